import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { once, stampOf, toolsFolder } from './folder.ts';
import { RUNSC_VERSION } from './recipes.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-tools-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

it('a tool is built once, also when two want it at the same time', async () => {
  const tools = temporaryFolder();
  let builds = 0;
  const build = async (folder: string) => {
    builds++;
    await new Promise((resolve) => setImmediate(resolve));
    writeFileSync(join(folder, 'tool'), 'whole');
  };
  const [first, second] = await Promise.all([once(tools, 'tool-1', build), once(tools, 'tool-1', build)]);
  expect([first, second]).toEqual([join(tools, 'tool-1'), join(tools, 'tool-1')]);
  await once(tools, 'tool-1', build);
  expect(builds).toBe(1);
  expect(readFileSync(join(tools, 'tool-1', 'tool'), 'utf8')).toBe('whole');
});

it('a build that fails leaves nothing behind, and the next one may try again', async () => {
  const tools = temporaryFolder();
  await expect(once(tools, 'tool-1', () => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
  expect(readdirSync(tools)).toEqual([]);
  await once(tools, 'tool-1', async (folder) => writeFileSync(join(folder, 'tool'), ''));
  expect(existsSync(join(tools, 'tool-1', 'tool'))).toBe(true);
});

it('the lock of a builder that was killed is taken over', async () => {
  const tools = temporaryFolder();
  writeFileSync(join(tools, 'tool-1.lock'), '4194999');
  await once(tools, 'tool-1', async (folder) => writeFileSync(join(folder, 'tool'), ''));
  expect(readdirSync(tools)).toEqual(['tool-1']);
});

it('tools lie where AEGIS_TOOLS says, else in the user’s cache, and never in the clone', () => {
  expect(toolsFolder({ AEGIS_TOOLS: '/opt/tools' })).toBe('/opt/tools');
  expect(toolsFolder({ XDG_CACHE_HOME: '/cache' })).toBe('/cache/aegis/tools');
  expect(toolsFolder({})).toMatch(/\.cache\/aegis\/tools$/);
});

it('a stamp changes with every part, and with where one ends', () => {
  expect(new Set([stampOf('ab', 'c'), stampOf('a', 'bc'), stampOf('abc'), stampOf('ab', 'd')]).size).toBe(4);
});

it('reports name the version of gVisor that is built', () => {
  const go = readFileSync(new URL('runsc/go.mod', import.meta.url), 'utf8');
  expect(go).toContain(`gvisor.dev/gvisor ${RUNSC_VERSION}`);
});
