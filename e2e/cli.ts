import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import type { Account } from '../scripts/accounts.ts';
import { AGENT, agentEnvironment } from '../scripts/agent.ts';
import { ROOT } from '../scripts/root.ts';

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** A folder that is gone when the test is. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-e2e-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs the program `aegis` in a folder, as that account, with a home of its own. */
export async function aegis(args: string[], options: { cwd: string; as?: Account }): Promise<Ran> {
  const environment = {
    PATH: process.env.PATH,
    HOME: temporaryFolder(),
    NO_COLOR: '1',
    AEGIS_REGISTRY: inject('house').url,
    ...(options.as === undefined ? {} : { AEGIS_TOKEN: options.as.apiKey ?? '' }),
  };
  return await run([join(ROOT, 'sdk', 'bin', 'aegis.js'), ...args], options.cwd, environment);
}

/** Runs the program `aegis` as somebody with that home, who may have signed in there. */
export async function aegisAt(home: string, args: string[], hear?: (stderr: string) => void): Promise<Ran> {
  const environment = { PATH: process.env.PATH, HOME: home, NO_COLOR: '1', AEGIS_REGISTRY: inject('house').url };
  return await run([join(ROOT, 'sdk', 'bin', 'aegis.js'), ...args], home, environment, hear);
}

/** Runs the program `aegis` in a folder, which is its home too, with that environment and nothing else. */
export async function aegisWith(home: string, args: string[], more: NodeJS.ProcessEnv): Promise<Ran> {
  const environment = { PATH: process.env.PATH, HOME: home, NO_COLOR: '1', ...more };
  return await run([join(ROOT, 'sdk', 'bin', 'aegis.js'), ...args], home, environment);
}

/** Runs `aegis-agent` on the state folder of the local cluster agent. */
export async function aegisAgent(args: string[], options: { cwd: string }): Promise<Ran> {
  const { url, stateDir } = inject('house');
  return await run([AGENT, ...args], options.cwd, agentEnvironment(url, stateDir, null));
}

/** `hear` gets everything of standard error so far, whenever there is more of it. */
function run(
  args: string[],
  cwd: string,
  environment: NodeJS.ProcessEnv,
  hear: (stderr: string) => void = () => {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
        hear(output.stderr);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, ...output }));
  });
}
