import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AegisError, type FieldError } from '../errors.ts';
import { checkPackage, parseHandler } from '../manifest.ts';
import type { SkillManifest, ToolDefinition } from '../types.ts';
import { bundleFrom } from './bundle.ts';
import { readSkillFolder, type SkillFolder, textOf } from './skill-folder.ts';
import { withTemporaryFolder } from './temporary.ts';
import { describeTools } from './tool-process.ts';

export interface CheckedSkill {
  folder: SkillFolder;
  /** Null when something is wrong with it. */
  manifest: SkillManifest | null;
  errors: FieldError[];
}

const INDEX = ['index.ts', 'index.mts', 'index.js', 'index.mjs'];

/**
 * Everything that can be wrong with a skill's folder: the registry's own checks of manifest and package (A55), and the
 * tools that `index.ts` exports, which must be those of the manifest. `index.ts` is run for that, in a process of its own.
 */
export async function checkSkill(folder: string, cwd: string): Promise<CheckedSkill> {
  const read = await readSkillFolder(folder, cwd);
  if (textOf(read.files, 'manifest.yaml') === null) {
    throw new AegisError('USAGE', {
      detail: `${read.path} has no manifest.yaml, so it is no skill. Make one with: aegis init NAME`,
    });
  }
  const { manifest, errors } = checkPackage(read.files);
  const differences = manifest === null ? [] : await compareIndex(read, manifest);
  return { folder: read, manifest: differences.length === 0 ? manifest : null, errors: [...errors, ...differences] };
}

/** The manifest of a skill that has nothing wrong. @throws AegisError MANIFEST_INVALID with every error */
export async function requireSkill(
  folder: string,
  cwd: string,
): Promise<{ folder: SkillFolder; manifest: SkillManifest }> {
  const checked = await checkSkill(folder, cwd);
  if (checked.manifest !== null && checked.errors.length === 0) {
    return { folder: checked.folder, manifest: checked.manifest };
  }
  throw new AegisError('MANIFEST_INVALID', {
    detail: `${checked.errors.length} problem(s). See them in their place: aegis validate`,
    errors: checked.errors,
  });
}

async function compareIndex(folder: SkillFolder, manifest: SkillManifest): Promise<FieldError[]> {
  const index = INDEX.find((name) => textOf(folder.files, name) !== null);
  if (index === undefined) return [];
  const text = textOf(folder.files, index) ?? '';
  try {
    const exported = await withTemporaryFolder(async (temporary) => {
      const [bundle] = await bundleFrom(folder.path, index, 'index.bundle.mjs');
      const path = join(temporary, 'index.mjs');
      await writeFile(path, bundle?.bytes ?? '');
      return describeTools(path);
    });
    return exported === null ? [] : compareTools(exported, manifest.tools, index, text);
  } catch (error) {
    if (!(error instanceof AegisError)) throw error;
    if (error.errors.length > 0) return error.errors;
    return [{ pointer: '', file: index, line: 1, column: 1, detail: `${index} could not be run: ${error.message}` }];
  }
}

/** What differs between the tools of `index.ts` and those of the manifest, which is the truth. */
function compareTools(
  exported: unknown,
  declared: readonly ToolDefinition[],
  index: string,
  text: string,
): FieldError[] {
  const at = (name: string) => ({ file: index, ...placeOf(text, name) });
  const fix = `make ${index} agree with manifest.yaml, which is the truth`;
  if (!Array.isArray(exported)) {
    return [{ pointer: '/tools', ...at('tools'), detail: `${index} exports \`tools\` that is no array`, fix }];
  }
  const found = exported.filter(
    (tool): tool is Partial<ToolDefinition> & { name: string } => typeof tool?.name === 'string',
  );
  const errors: FieldError[] = [];
  for (const [position, tool] of declared.entries()) {
    const other = found.find(({ name }) => name === tool.name);
    const pointer = `/tools/${position}`;
    if (other === undefined) {
      errors.push({
        pointer,
        ...at('tools'),
        detail: `the tool ${tool.name} of manifest.yaml is not in ${index}`,
        fix,
      });
      continue;
    }
    for (const [field, here, there] of fieldsOf(tool, other)) {
      if (isDeepStrictEqual(here, there)) continue;
      errors.push({
        pointer: `${pointer}/${field}`,
        ...at(tool.name),
        detail: `the tool ${tool.name} has ${field} ${spell(there)} in ${index} and ${spell(here)} in manifest.yaml`,
        fix,
      });
    }
  }
  for (const { name } of found) {
    if (declared.some((tool) => tool.name === name)) continue;
    errors.push({
      pointer: '/tools',
      ...at(name),
      detail: `the tool ${name} of ${index} is not in manifest.yaml`,
      fix,
    });
  }
  return errors;
}

function fieldsOf(here: ToolDefinition, there: Partial<ToolDefinition>): [string, unknown, unknown][] {
  return [
    ['parameters', parametersOf(here), parametersOf(there)],
    ['inputSchema', here.inputSchema ?? null, there.inputSchema ?? null],
    ['handler', handlerOf(here), handlerOf(there)],
  ];
}

/** What matters of parameters: name, type, whether it must be there, and the default. */
function parametersOf({ parameters, inputSchema }: Partial<ToolDefinition>): unknown {
  if (inputSchema !== undefined) return null;
  return (parameters ?? []).map(({ name, type, required, default: fallback }) => ({
    name,
    type,
    required: required ?? false,
    default: fallback ?? null,
  }));
}

/** A leading `./` and the extension may be left out. */
function handlerOf({ handler = '' }: Partial<ToolDefinition>): string {
  const { path, exportName } = parseHandler(handler);
  return `${path.replace(/\.(?:[cm]?[jt]s|[jt]sx|py)$/, '')}#${exportName}`;
}

function spell(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** Where the name first stands in quotes or as a word. */
function placeOf(text: string, name: string): { line: number; column: number } {
  const quoted = [`'${name}'`, `"${name}"`, `\`${name}\``].map((word) => text.indexOf(word)).filter((at) => at >= 0);
  const at = quoted.length > 0 ? Math.min(...quoted) : Math.max(0, text.indexOf(name));
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
