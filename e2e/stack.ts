import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import type { Account } from '../scripts/accounts.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    house: House;
  }
}

/** The running product that all tests of a run share; each test brings its own names. */
export interface House {
  url: string;
  stateDir: string;
  accounts: Account[];
  /** The session cookie of each account, by e-mail: sign-in is limited per minute, and the tests are many. */
  cookies: Record<string, string>;
  /** What the start wrote, down to its closing text. */
  output: string;
}

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Building the dashboard on a busy machine takes most of it. */
const READY_WITHIN_MS = 240_000;

/** Boots the product once for a run, as `npm start` does, with its demo and its local cluster agent. Returns its end. */
export default async function boot(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-e2e-'));
  const stateDir = join(folder, 'state');
  const credentials = join(folder, 'credentials.json');
  const args = ['--port', '0', '--state', stateDir, '--credentials', credentials];
  const program = ['--conditions=aegis-source', join(ROOT, 'scripts', 'start.ts'), ...args];
  const child = spawn(process.execPath, program, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const end = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const endsAtMs = performance.now() + READY_WITHIN_MS;
  while (!output.includes('Stop with Ctrl-C')) {
    if (child.exitCode !== null || performance.now() > endsAtMs) {
      await end();
      // vitest cannot show the message of an error that is thrown here.
      process.stderr.write(`The product did not start:\n${output}\n`);
      throw new Error('The product did not start');
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { url, accounts }: Pick<House, 'url' | 'accounts'> = JSON.parse(readFileSync(credentials, 'utf8'));
  const cookies = Object.fromEntries(
    await Promise.all(accounts.map(async (account) => [account.email, await sessionOf(url, account)])),
  );
  project.provide('house', { url, stateDir, accounts, cookies, output });
  return end;
}

async function sessionOf(url: string, { email, password }: Account): Promise<string> {
  const response = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ email, password }),
  });
  const cookies = response.headers.getSetCookie().map((line) => line.split(';')[0]);
  if (cookies.length === 0) throw new Error(`${email} could not sign in: ${response.status} ${await response.text()}`);
  return cookies.join('; ');
}
