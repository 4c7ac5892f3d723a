import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackageFile } from '../archive.ts';
import { AegisError } from '../errors.ts';
import { handlerFile, parseHandler } from '../manifest.ts';
import type { SkillManifest, ToolDefinition } from '../types.ts';
import { BUNDLED, bundleFrom } from './bundle.ts';
import type { SkillFolder } from './skill-folder.ts';

/** Where a tool's code lies, ready to run. */
export interface ToolTarget {
  /** Path of the bundle in the temporary folder. */
  bundle: string;
  exported: string;
  packageFiles: Record<string, string>;
}

/** True when `dev` and `test` can run the tool: JavaScript and TypeScript. */
export function isRunnable(tool: ToolDefinition, files: readonly PackageFile[]): boolean {
  const source = handlerFile(tool.handler, new Set(files.map((file) => file.path)));
  return source !== null && BUNDLED.test(source);
}

/** Bundles a tool's handler into a temporary folder. */
export async function bundleTool(folder: SkillFolder, tool: ToolDefinition, temporary: string): Promise<ToolTarget> {
  const source = handlerFile(tool.handler, new Set(folder.files.map((file) => file.path)));
  if (source === null || !BUNDLED.test(source)) {
    throw new AegisError('USAGE', {
      detail: `The handler of ${tool.name} is ${source ?? tool.handler}. This version of aegis runs JavaScript and TypeScript handlers only.`,
    });
  }
  const bundle = join(temporary, `${tool.name}.bundle.mjs`);
  const made = await bundleFrom(folder.path, source, `${tool.name}.bundle.mjs`);
  for (const file of made) await writeFile(join(temporary, file.path), file.bytes);
  return { bundle, exported: parseHandler(tool.handler).exportName, packageFiles: textFiles(folder.files) };
}

/** The tool of that name, or the only one. */
export function chooseTool(manifest: SkillManifest, name: string | undefined): ToolDefinition {
  const names = manifest.tools.map((tool) => tool.name);
  const chosen =
    name === undefined && manifest.tools.length === 1
      ? manifest.tools[0]
      : manifest.tools.find((tool) => tool.name === name);
  if (chosen !== undefined) return chosen;
  if (names.length === 0)
    throw new AegisError('USAGE', { detail: `${manifest.name} has no tools; it is read, not run.` });
  const found =
    name === undefined ? `${manifest.name} has ${names.length} tools` : `${manifest.name} has no tool ${name}`;
  throw new AegisError('USAGE', { detail: `${found}. Choose one with --tool: ${names.join(', ')}.` });
}

function textFiles(files: readonly PackageFile[]): Record<string, string> {
  const decoder = new TextDecoder();
  return Object.fromEntries(files.map((file) => [file.path, decoder.decode(file.bytes)]));
}
