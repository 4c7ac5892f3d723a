import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isInstalled } from '../scripts/installed.mjs';
import { findFreePort } from '../scripts/port.ts';
import { processesOf } from '../scripts/process-group.ts';
import { ROOT } from '../scripts/root.ts';
import { until } from '../scripts/until.ts';

/** Generous: the machine runs the other suites at the same time. */
const READY_WITHIN_MS = 90_000;
const GONE_WITHIN_MS = 20_000;

let stateDir: string;
let port: number;
const groups = new Set<number>();

beforeAll(async () => {
  // `npm start` would install the packages otherwise, below the feet of the other tests.
  expect(isInstalled(ROOT)).toBe(true);
  stateDir = join(mkdtempSync(join(tmpdir(), 'aegis-start-')), 'state');
  port = await findFreePort();
});
afterAll(() => {
  for (const group of groups) process.kill(-group, 'SIGKILL');
  rmSync(join(stateDir, '..'), { recursive: true, force: true });
});

interface Started {
  npm: ChildProcess;
  /** Leader of the process group that npm and all it starts are in. */
  group: number;
  output: () => string;
  ended: Promise<number | null>;
}

function npmStart(...args: string[]): Started {
  const all = ['start', '--', '--no-demo', '--port', String(port), '--state', stateDir, ...args];
  const npm = spawn('npm', all, { cwd: ROOT, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const group = npm.pid ?? 0;
  groups.add(group);
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return { npm, group, output: () => output, ended: new Promise((resolve) => npm.on('exit', resolve)) };
}

async function untilReady(started: Started): Promise<void> {
  await until(`npm start is ready; it said: ${started.output()}`, READY_WITHIN_MS, async () => {
    if (started.npm.exitCode !== null) throw new Error(`npm start ended:\n${started.output()}`);
    return started.output().includes('Stop with Ctrl-C') ? true : null;
  });
}

async function untilGone(group: number): Promise<void> {
  await until(`all of group ${group} ends`, GONE_WITHIN_MS, async () =>
    processesOf(group).length === 0 ? true : null,
  );
  groups.delete(group);
}

/** What a killed process would leave behind, and one that ended in order does not. */
const isLocked = () => existsSync(join(stateDir, 'lock'));

it('an empty registry starts with a link for its first admin, and answers by name and by address', async () => {
  const started = npmStart();
  await untilReady(started);
  const link = /http:\/\/localhost:\d+\/setup\?token=\S+/.exec(started.output())?.[0];
  expect(link).toContain(`localhost:${port}`);
  for (const host of ['localhost', '127.0.0.1']) {
    const response = await fetch(`http://${host}:${port}/api/health`);
    expect(response.status).toBe(200);
  }
  expect(statSync(join(stateDir, 'secrets.json')).mode & 0o777).toBe(0o600);

  const second = npmStart();
  expect(await second.ended).not.toBe(0);
  expect(second.output()).toContain(`Port ${port} is taken`);
  await untilGone(second.group);

  // Ctrl-C in a terminal: every process of the group gets it.
  process.kill(-started.group, 'SIGINT');
  await untilGone(started.group);
  expect(isLocked()).toBe(false);
});

it('a second start is warm, keeps the state, and ends with TERM to npm alone', async () => {
  const before = readFileSync(join(stateDir, 'secrets.json'), 'utf8');
  const started = npmStart();
  await untilReady(started);
  expect(started.output()).toContain('Dashboard unchanged');
  expect(readFileSync(join(stateDir, 'secrets.json'), 'utf8')).toBe(before);
  const token = JSON.parse(before).setupToken;
  const account = { email: 'first@aegis.example', name: 'First', password: 'A-first-password-1' };
  const made = await fetch(`http://localhost:${port}/api/setup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, ...account }),
  });
  expect(made.status, await made.text()).toBe(201);
  started.npm.kill('SIGTERM');
  await untilGone(started.group);
  expect(isLocked()).toBe(false);
});

it('what was stored survives, the link is not offered again, and a closed terminal ends it', async () => {
  const started = npmStart();
  await untilReady(started);
  expect(started.output()).not.toContain('/setup?token=');
  const signedIn = await fetch(`http://localhost:${port}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: `http://127.0.0.1:${port}` },
    body: JSON.stringify({ email: 'first@aegis.example', password: 'A-first-password-1' }),
  });
  expect(signedIn.status, await signedIn.text()).toBe(200);
  process.kill(-started.group, 'SIGHUP');
  await untilGone(started.group);
  expect(isLocked()).toBe(false);
});

it('a state folder of a newer Aegis gets a sentence and is left alone', async () => {
  const path = join(stateDir, 'version.json');
  const version = readFileSync(path, 'utf8');
  const newer = JSON.stringify({ schema: '9999_future.sql', app: '9.0.0' });
  writeFileSync(path, newer);
  const started = npmStart();
  expect(await started.ended).not.toBe(0);
  expect(started.output()).toContain('was written by a newer Aegis (9.0.0');
  expect(readFileSync(path, 'utf8')).toBe(newer);
  writeFileSync(path, version);
  await untilGone(started.group);
});
