import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, join } from 'node:path';
import { ROOT } from './root.ts';

/** Runs the program `<first argument><suffix>` of the checkout in this terminal and ends with it. */
export async function runProgram(suffix: string): Promise<never> {
  const [name, ...args] = process.argv.slice(2);
  const exclude = (path: string) => path.includes('node_modules') || path.includes('.svelte-kit');
  const found = globSync(`{bench,e2e,scripts,sdk,worker,cluster-agent}/**/*${suffix}`, { cwd: ROOT, exclude });
  const programs = new Map(found.map((path) => [basename(path, suffix), path]));
  const program = programs.get(name ?? '');
  if (program === undefined) {
    const known = programs.size === 0 ? 'there is none yet' : [...programs.keys()].sort().join(', ');
    process.stderr.write(`${name === undefined ? 'Say which one' : `There is no ${name}`}: ${known}\n`);
    process.exit(2);
  }
  const command = ['--conditions=aegis-source', join(ROOT, program), ...args];
  const child = spawn(process.execPath, command, { cwd: ROOT, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const code = await new Promise<number>((resolve) => {
    child.on('exit', (exit, signal) => resolve(exit ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
  process.exit(code);
}
