import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const AEGIS = fileURLToPath(new URL('../../sdk/bin/aegis.js', import.meta.url));
const SKILL = fileURLToPath(new URL('../skills/service-status/', import.meta.url));
const MINUTE_MS = 60_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'service-status-'));
  await cp(SKILL, folder, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

const aegis = async (...argv: string[]) =>
  (await run(process.execPath, [AEGIS, ...argv, folder], { env: { PATH: process.env.PATH, HOME: folder } })).stdout;

it(
  'passes its cases with the machine’s Python, and builds with a program for the shell',
  async () => {
    expect(await aegis('validate')).toContain('✓ Manifest valid');
    expect(await aegis('test')).toContain('6 cases passed');
    expect(await aegis('build')).toContain('aegis_run.py');
  },
  MINUTE_MS,
);

it(
  'has nothing that blocks an approval',
  async () => {
    const scanned = await aegis('scan', '--json').catch((error: { stdout: string }) => error.stdout);
    expect(
      JSON.parse(scanned).findings.filter(({ severity }: { severity: string }) => severity === 'critical'),
    ).toEqual([]);
  },
  MINUTE_MS,
);
