// Proof: whenever it is stopped, also in the middle of a start, nothing of the product stays behind and nothing that
// was stored is lost. `npm run prove -- restart [ROUNDS]`; the suite runs a few rounds of it (e2e/start.test.ts).
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
/** A start takes about this long, so the stops fall before, into and behind it. */
const STOP_BEFORE_MS = 6000;
const GONE_WITHIN_MS = 20_000;

const folder = mkdtempSync(join(tmpdir(), 'aegis-proof-'));
const stateDir = join(folder, 'state');
const credentials = join(folder, 'credentials.json');
const port = await findFreePort();
try {
  let ready = 0;
  for (let round = 0; round < ROUNDS; round++) {
    // The first start loads the demo, which may be cut off too: the next one then begins anew.
    const waitMs = round === 0 ? 0 : (round / ROUNDS) * STOP_BEFORE_MS;
    ready += (await startAndStop(SIGNALS[round % SIGNALS.length] ?? 'SIGINT', waitMs)) ? 1 : 0;
  }
  const last = start();
  await until('the last start is ready', 120_000, async () =>
    last.output().includes('Stop with Ctrl-C') ? true : null,
  );
  const { url, accounts } = JSON.parse(readFileSync(credentials, 'utf8'));
  for (const { email, password } of accounts) await signIn(url, email, password);
  await stop(last, 'SIGINT');
  console.log(`${ROUNDS} stops (${ready} of a ready product): no process left, ${accounts.length} accounts sign in.`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

interface Started {
  group: number;
  output: () => string;
}

function start(): Started {
  const args = ['start', '--', '--port', String(port), '--state', stateDir, '--credentials', credentials];
  const npm = spawn('npm', args, { cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return { group: npm.pid ?? 0, output: () => output };
}

async function startAndStop(signal: NodeJS.Signals, waitMs: number): Promise<boolean> {
  const started = start();
  await new Promise((resolve) => setTimeout(resolve, waitMs));
  const wasReady = started.output().includes('Stop with Ctrl-C');
  await stop(started, signal);
  return wasReady;
}

async function stop({ group, output }: Started, signal: NodeJS.Signals): Promise<void> {
  process.kill(-group, signal);
  await until(`${signal} ends all of group ${group}; it said: ${output()}`, GONE_WITHIN_MS, async () =>
    processesOf(group).length === 0 ? true : null,
  );
}
