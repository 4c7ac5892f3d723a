import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { PackageFile } from '../archive.ts';
import { AegisError, type FieldError } from '../errors.ts';
import { handlerFile, parseHandler } from '../manifest.ts';
import type { ToolDefinition } from '../types.ts';

/** From `src/cli` and from `dist/cli` alike. */
export const HANDLER_CHILD = join(dirname(fileURLToPath(import.meta.url)), '../../python/handler_child.py');

/** The oldest Python whose language and library the handlers' process is written for. */
const PYTHON_MIN = [3, 9] as const;
const CHECK_MS = 30_000;
const run = promisify(execFile);

export function isPython(file: string | null): file is string {
  return file?.endsWith('.py') ?? false;
}

/** The function that a handler names; `handle` when it names none. */
export function pythonFunction(handler: string): string {
  const { exportName } = parseHandler(handler);
  return exportName === 'default' ? 'handle' : exportName;
}

/**
 * The interpreter for the handlers of a skill: that of its `.venv`, else the machine's `python3` or `python`.
 * @throws AegisError USAGE when there is none of version 3.9 or newer
 */
export async function findPython(skillFolder: string, path = process.env.PATH ?? ''): Promise<string> {
  const own = ['.venv/bin/python', '.venv/Scripts/python.exe'].map((way) => join(skillFolder, way)).filter(existsSync);
  const found: string[] = [];
  for (const candidate of [...own, 'python3', 'python']) {
    const words = 'import sys; print("%d %d %d" % sys.version_info[:3]); print(sys.executable)';
    const answer = await run(candidate, ['-c', words], {
      timeout: CHECK_MS,
      env: { ...process.env, PATH: path },
    }).catch(() => null);
    const [version = '', executable = ''] = answer?.stdout.trim().split(/\r?\n/) ?? [];
    const [major = 0, minor = 0] = version.split(' ').map(Number);
    if (major > PYTHON_MIN[0] || (major === PYTHON_MIN[0] && minor >= PYTHON_MIN[1])) return executable || candidate;
    if (version !== '') found.push(version.replaceAll(' ', '.'));
  }
  throw new AegisError('USAGE', {
    detail: `A handler is Python, and this machine has ${found.length === 0 ? 'no Python in PATH' : `only Python ${found[0]}`}. Wanted ${PYTHON_MIN.join('.')} or newer: install it so that python3 starts it, or make a .venv in the skill's folder.`,
  });
}

/** What is wrong with the Python handlers of a skill, found without running them. @throws AegisError USAGE without Python */
export async function checkPython(
  folder: string,
  tools: readonly ToolDefinition[],
  files: readonly PackageFile[],
): Promise<FieldError[]> {
  const paths = new Set(files.map(({ path }) => path));
  const errors: FieldError[] = [];
  let python: string | null = null;
  for (const [at, { handler }] of tools.entries()) {
    const file = handlerFile(handler, paths);
    if (!isPython(file)) continue;
    python ??= await findPython(folder);
    const args = [HANDLER_CHILD, '--check', join(folder, file), pythonFunction(handler)];
    const { stdout } = await run(python, args, { timeout: CHECK_MS });
    const wrong: { line: number; column: number; message: string } | null = JSON.parse(stdout);
    if (wrong === null) continue;
    const { line, column, message } = wrong;
    errors.push({ pointer: `/tools/${at}/handler`, file, line, column, detail: message });
  }
  return errors;
}
