import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
  while (!existsSync(credentials)) {
    if (child.exitCode !== null || performance.now() > endsAtMs) {
      await end();
      // vitest cannot show the message of an error that is thrown here.
      process.stderr.write(`The product did not start:\n${output}\n`);
      throw new Error('The product did not start');
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { url, accounts } = JSON.parse(readFileSync(credentials, 'utf8'));
  project.provide('house', { url, stateDir, accounts });
  return end;
}
