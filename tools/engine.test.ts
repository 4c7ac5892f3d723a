import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { findTools } from './build.ts';
import { whyNoEngine } from './engine.ts';

const tools = whyNoEngine().length > 0 ? null : await findTools();
const reason =
  tools !== null ? '' : ` (${whyNoEngine()[0] ?? 'the tools of the sandbox are not built here: npm run tools'})`;

/** Starts an engine and says where it is, then waits to be killed. */
const PROGRAM = `
import { findTools } from ${JSON.stringify(new URL('build.ts', import.meta.url).href)};
import { startEngine } from ${JSON.stringify(new URL('engine.ts', import.meta.url).href)};
console.log(JSON.stringify(await startEngine(await findTools())));
setInterval(() => {}, 1000);
`;

describe.skipIf(tools === null)(`an engine of one’s own${reason}`, () => {
  it('is gone with everything that it started when whoever started it was killed', async () => {
    const args = ['--conditions=aegis-source', '--input-type=module', '-e', PROGRAM];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await new Promise<string>((resolve) => child.stdout.once('data', (text) => resolve(String(text))));
    const { folder, socket, pid }: { folder: string; socket: string; pid: number } = JSON.parse(line);
    expect(existsSync(socket)).toBe(true);
    child.kill('SIGKILL');
    await vi.waitFor(
      () => {
        expect(existsSync(folder)).toBe(false);
        expect(existsSync(`/proc/${pid}`)).toBe(false);
        expect(commandLinesWith(folder)).toEqual([]);
      },
      { timeout: 50_000, interval: 200 },
    );
  });
});

function commandLinesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8');
        return line.includes(text) ? [line] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    });
}
