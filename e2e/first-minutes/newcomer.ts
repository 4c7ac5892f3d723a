import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from '../../scripts/accounts.ts';
import { findFreePort } from '../../scripts/port.ts';
import { processesOf } from '../../scripts/process-group.ts';
import { ROOT } from '../../scripts/root.ts';
import { until } from '../../scripts/until.ts';

const READY_WITHIN_MS = 900_000;
const GONE_WITHIN_MS = 30_000;

/** A fresh clone whose product runs, and somebody who has nothing but its pages. */
export interface Newcomer {
  clone: string;
  /** For whatever is made on the way. */
  folder: string;
  home: string;
  url: string;
  stateDir: string;
  accounts: Account[];
  /** What `npm start` wrote. */
  output: string;
  clonedAtMs: number;
  environment: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** `git clone`, then the first command of the tutorial, on a free port. */
export async function cloneAndStart(folder: string, say: (line: string) => void): Promise<Newcomer> {
  const clone = join(folder, 'aegis');
  const home = join(folder, 'home');
  mkdirSync(home);
  const clonedAtMs = performance.now();
  const cloned = spawnSync('git', ['clone', '-q', ROOT, clone]);
  if (cloned.status !== 0) throw new Error(`git clone: ${cloned.stderr}`);
  const page = readFileSync(join(clone, 'docs/tutorial.md'), 'utf8');
  const first = /^```bash\n(.*)\n```$/m.exec(page)?.[1] ?? '';
  const port = await findFreePort();
  // npm hands its own settings on to what it starts; a newcomer's shell has none of them.
  const own = Object.entries(process.env).filter(([name]) => !/^(?:npm_|AEGIS_|INIT_CWD)/.test(name));
  const environment = { ...Object.fromEntries(own), NO_COLOR: '1' };
  const child = spawn('bash', ['-c', `${first} --port ${port}`], {
    cwd: clone,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const group = child.pid ?? 0;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  await until('the product is ready', READY_WITHIN_MS, async () => {
    if (child.exitCode !== null) throw new Error(`“${first}” ended:\n${output}`);
    return output.includes('Stop with Ctrl-C') ? true : null;
  });
  say(`- from git clone to a running product (${first}): ${seconds(clonedAtMs)}`);
  const stop = async () => {
    process.kill(-group, 'SIGINT');
    await until('the product is gone', GONE_WITHIN_MS, async () => (processesOf(group).length === 0 ? true : null));
  };
  const { url, stateDir, accounts } = JSON.parse(readFileSync(join(clone, 'demo.json'), 'utf8'));
  return { clone, folder, home, url, stateDir, accounts, output, clonedAtMs, environment, stop };
}

/** The time since then, for people. */
export function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

/** One of the demo's accounts; tenant null for the platform's. */
export function accountOf({ accounts }: Newcomer, tenant: string | null, role: Account['role']): Account {
  const found = accounts.find((account) => account.tenant === tenant && account.role === role);
  if (found === undefined) throw new Error(`the demo has no ${role} of ${tenant}`);
  return found;
}

export interface Took {
  wallSeconds: number;
  /** Of the processor: what a machine that does nothing else would take at most. */
  cpuSeconds: number;
}

/** Put before a command in bash, so that `tookOf` finds in its standard error what it took. */
export const TIMED = "TIMEFORMAT='took %R %U %S'; time";

/** What the last command behind `TIMED` took. */
export function tookOf(stderr: string): Took {
  const [, wall, user, system] = /took ([\d.]+) ([\d.]+) ([\d.]+)\s*$/.exec(stderr) ?? [];
  return { wallSeconds: Number(wall), cpuSeconds: Number(user) + Number(system) };
}

/** `3.1 s (wanted at most 10 s; 2.9 s of the processor)`. */
export function spellTook({ wallSeconds, cpuSeconds }: Took, wantedSeconds: number): string {
  return `${wallSeconds.toFixed(1)} s (wanted at most ${wantedSeconds} s; ${cpuSeconds.toFixed(1)} s of the processor)`;
}
