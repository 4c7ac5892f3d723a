import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PackageFile } from '../archive.ts';
import { AegisError } from '../errors.ts';
import { handlerFile, parseHandler } from '../manifest.ts';
import type { SkillManifest, ToolDefinition } from '../types.ts';
import { BUNDLED, bundleFrom } from './bundle.ts';
import { findPython, isPython, pythonFunction } from './python.ts';
import type { SkillFolder } from './skill-folder.ts';

/** Where a tool's code lies, ready to run. */
export interface ToolTarget {
  /** Path of the bundle in the temporary folder, or of the Python file in the skill. */
  bundle: string;
  exported: string;
  python?: { interpreter: string; root: string };
  packageFiles: Record<string, string>;
}

/** Makes a tool's handler ready to run: bundled into a temporary folder, or as it is with the machine's Python. */
export async function bundleTool(folder: SkillFolder, tool: ToolDefinition, temporary: string): Promise<ToolTarget> {
  const source = handlerFile(tool.handler, new Set(folder.files.map((file) => file.path)));
  const packageFiles = textFiles(folder.files);
  if (isPython(source)) {
    const python = { interpreter: await findPython(folder.path), root: folder.path };
    return { bundle: join(folder.path, source), exported: pythonFunction(tool.handler), python, packageFiles };
  }
  if (source === null || !BUNDLED.test(source)) {
    throw new AegisError('USAGE', {
      detail: `The handler of ${tool.name} is ${source ?? tool.handler}; wanted JavaScript, TypeScript or Python.`,
    });
  }
  const bundle = join(temporary, `${tool.name}.bundle.mjs`);
  const made = await bundleFrom(folder.path, source, `${tool.name}.bundle.mjs`);
  for (const file of made) await writeFile(join(temporary, file.path), file.bytes);
  return { bundle, exported: parseHandler(tool.handler).exportName, packageFiles };
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
