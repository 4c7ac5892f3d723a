import { spawn } from 'node:child_process';
import { AegisError } from '../errors.ts';
import type { Run } from './command.ts';

/** What is tried in the sandbox. */
export interface SandboxedCall {
  /** The skill's folder; the cluster agent makes its package. */
  folder: string;
  tool: string;
  input: unknown;
}

/**
 * Runs a tool by the cluster agent's program, in the same sandbox that a reviewer's evidence comes from. Returns its exit
 * code: 0 when everything that the tool did is declared. @throws AegisError USAGE when that program is not there
 */
export async function runInSandbox({ io, json, result, warn }: Run, call: SandboxedCall): Promise<number> {
  const { folder, tool, input } = call;
  const args = ['dry-run', folder, '--tool', tool, '--input', JSON.stringify(input), ...(json ? ['--json'] : [])];
  const child = spawn('aegis-agent', args, {
    cwd: io.cwd,
    env: { ...io.env },
    signal: io.signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (json) output += text;
    else io.stdout(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => warn(text.trimEnd()));
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', (cause) => reject(io.signal.aborted ? cause : missing(cause)));
    child.on('close', (exit) => resolve(exit ?? 1));
  });
  if (json && output !== '') result(JSON.parse(output));
  return code;
}

function missing(cause: Error): AegisError {
  return new AegisError('USAGE', {
    detail:
      '--sandbox needs the program aegis-agent in PATH, which runs the tool in a sandbox. A checkout of Aegis brings it along in node_modules/.bin.',
    cause,
  });
}
