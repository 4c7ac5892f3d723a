import { spawn } from 'node:child_process';
import { AegisError } from '@aegis/skill-sdk/errors';

/** So much of the output of a program that failed is shown. */
const OUTPUT_CHARACTERS_MAX = 20_000;

interface RunOptions {
  cwd: string;
  /** Ends the program when it aborts. */
  signal?: AbortSignal | undefined;
  env?: NodeJS.ProcessEnv;
}

/** Runs a program and keeps its output to itself unless it fails: then USAGE, with what it said. */
export async function runQuietly(failed: string, command: string, args: string[], options: RunOptions): Promise<void> {
  const { code, output } = await capture(command, args, options);
  if (code !== 0) throw new AegisError('USAGE', { detail: `${failed} (exit ${code}).\n${output}` });
}

/** Runs a program to its end and returns the last part of what it wrote, both streams in the order they came. */
export function capture(
  command: string,
  args: string[],
  options: RunOptions,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, env: plain(options.env), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-OUTPUT_CHARACTERS_MAX);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** Without colours: the output is kept, and perhaps shown where nothing understands them. */
function plain({ FORCE_COLOR: _, ...environment }: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return { ...environment, NO_COLOR: '1' };
}
