import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder, writeFiles } from '../../testing/test-io.ts';
import { NO_PERMISSIONS, type PermissionBlock } from '../permissions.ts';
import { startTool } from './tool-process.ts';

const TOOL = {
  name: 'run',
  description: 'x',
  parameters: [],
  returns: { type: 'object', description: 'x' },
  handler: 'h',
} as const;
const WITH_ENV: PermissionBlock = { ...NO_PERMISSIONS, environment: { required: ['API_KEY'], optional: [] } };

/** A tool in its process, and a function that runs one case there. */
async function world(code: string, { exported = 'default', permissions = NO_PERMISSIONS } = {}) {
  const folder = await temporaryFolder();
  await writeFiles(folder, { 'h.mjs': code });
  await mkdir(join(folder, 'work'));
  const signal = new AbortController().signal;
  const tool = startTool({
    bundle: join(folder, 'h.mjs'),
    exported,
    manifest: { permissions, tools: [TOOL] },
    tool: 'run',
    packageFiles: { 'data.txt': 'own' },
    callMs: 2000,
    signal,
  });
  onTestFinished(() => tool.stop());
  const run = (more: object = {}) =>
    tool.runCase({
      testCase: { name: 'c', input: {}, http: [], files: {}, env: {}, ...more },
      workFolder: join(folder, 'work'),
    });
  return { run, call: (input: unknown = {}) => tool.call({ input, workFolder: join(folder, 'work'), env: {} }) };
}

describe('the code of a skill', () => {
  it('gets the variables of its case in both ways, and only for that case', async () => {
    const { run } = await world(
      'export default async (p, { env }) => ({ a: env("API_KEY") ?? null, b: process.env.API_KEY ?? null, path: process.env.OTHER ?? null });',
      { permissions: WITH_ENV },
    );
    expect((await run({ env: { API_KEY: 'k', OTHER: 'o' } })).output).toEqual({ a: 'k', b: 'k', path: null });
    expect((await run()).output).toEqual({ a: null, b: null, path: null });
  });

  it('reads its own package, and finds itself in its working folder', async () => {
    const { run } = await world(
      'export default async (p, { files }) => ({ text: await files.read("data.txt"), cwd: process.cwd().endsWith("work") });',
    );
    expect((await run()).output).toEqual({ text: 'own', cwd: true });
  });

  it('is fenced in the global fetch as in its context’s, and the global one comes back', async () => {
    const { run } = await world(
      'const g = fetch; export default async () => ({ same: g === globalThis.fetch, code: await fetch("https://a.example/").catch((e) => e.code) });',
    );
    expect((await run()).output).toEqual({ same: false, code: 'PERMISSION_DENIED' });
    expect((await run()).calls).toMatchObject([{ kind: 'net', value: 'a.example:443', allowed: false }]);
  });

  it('may export its handler by name', async () => {
    const { run } = await world('export async function other() { return { ok: true }; }', { exported: 'other' });
    expect((await run()).output).toEqual({ ok: true });
    const missing = await world('export default 7;');
    await expect(missing.run()).rejects.toThrow(/exports default; wanted a function as the default export/);
    const none = await world('export {};', { exported: 'x' });
    await expect(none.run()).rejects.toThrow(/exports nothing; wanted a function as “x”/);
  });

  it('may throw anything and return nothing', async () => {
    expect((await (await world('export default async () => { throw "a text"; };')).call()).error).toMatchObject({
      message: 'a text',
      code: null,
    });
    expect(await (await world('export default async () => {};')).call()).toMatchObject({ output: null, error: null });
    expect((await (await world('export default async () => ({});')).call({ x: 1 })).error).toMatchObject({
      code: 'VALIDATION_FAILED',
    });
  });
});
