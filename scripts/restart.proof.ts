// Proof: whenever it is stopped, also in the middle of a start, nothing of the product stays behind and nothing that
// was stored is lost. `npm run prove -- restart [ROUNDS]`; e2e/start.test.ts stops a ready product once in each way.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from './port.ts';
import { processesOf } from './process-group.ts';
import { ROOT } from './root.ts';
import { signIn } from './session.ts';
import { until } from './until.ts';

const ROUNDS = Number(process.argv[2] ?? 40);
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** The stops fall evenly into a start and, a little, behind its end. */
const STARTS_COVERED = 1.2;
const READY_WITHIN_MS = 300_000;
const GONE_WITHIN_MS = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'aegis-proof-'));
const credentials = join(folder, 'credentials.json');
const port = await findFreePort();
try {
  const measured = join(folder, 'measured');
  const firstMs = await startWhole(measured);
  const warmMs = await startWhole(measured);
  // A first start that is cut off while it loads the demo begins anew the next time; a warm one must lose nothing.
  const stateDir = join(folder, 'state');
  const ready = (await stopInside(stateDir, firstMs)) + (await stopInside(stateDir, warmMs));
  const { accounts } = JSON.parse(readFileSync(credentials, 'utf8'));
  console.log(`${ROUNDS} stops (${ready} of a ready product): no process left, ${accounts.length} accounts sign in.`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Half of the rounds on a start that takes so long, then a whole one. Returns how many stops met a ready product. */
async function stopInside(stateDir: string, startMs: number): Promise<number> {
  const rounds = Math.ceil(ROUNDS / 2);
  let ready = 0;
  for (let round = 0; round < rounds; round++) {
    const waitMs = ((round + 1) / rounds) * startMs * STARTS_COVERED;
    ready += (await startAndStop(stateDir, SIGNALS[round % SIGNALS.length] ?? 'SIGINT', waitMs)) ? 1 : 0;
  }
  await startWhole(stateDir);
  return ready;
}

/** Starts, signs everybody in, and stops with TERM to npm alone. Returns how long the start took. */
async function startWhole(stateDir: string): Promise<number> {
  const startedAtMs = performance.now();
  const started = start(stateDir);
  await until(`a start is ready; it said: ${started.output()}`, READY_WITHIN_MS, async () =>
    started.output().includes('Stop with Ctrl-C') ? true : null,
  );
  const tookMs = performance.now() - startedAtMs;
  const { url, accounts } = JSON.parse(readFileSync(credentials, 'utf8'));
  for (const { email, password } of accounts) await signIn(url, email, password);
  await stop(started, 'SIGTERM', started.group);
  return tookMs;
}

interface Started {
  group: number;
  output: () => string;
}

function start(stateDir: string): Started {
  const args = ['start', '--', '--port', String(port), '--state', stateDir, '--credentials', credentials];
  const npm = spawn('npm', args, { cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return { group: npm.pid ?? 0, output: () => output };
}

/** Ctrl-C in a terminal and its end reach the whole group; `kill` reaches npm alone. */
async function startAndStop(stateDir: string, signal: NodeJS.Signals, waitMs: number): Promise<boolean> {
  const started = start(stateDir);
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  const wasReady = started.output().includes('Stop with Ctrl-C');
  await stop(started, signal, signal === 'SIGTERM' ? started.group : -started.group);
  return wasReady;
}

async function stop({ group, output }: Started, signal: NodeJS.Signals, target: number): Promise<void> {
  process.kill(target, signal);
  await until(`${signal} ends all of group ${group}; it said: ${output()}`, GONE_WITHIN_MS, async () =>
    processesOf(group).length === 0 ? true : null,
  );
}
