import { fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import type { StartMessage, ToolMessage } from './tool-messages.ts';

const PROGRAM = fileURLToPath(new URL('./tool-process.ts', import.meta.url));

/** Starts the program with a module of this text; returns what it says until it gives a result. */
async function talk(text: string, start: Partial<StartMessage> = {}): Promise<ToolMessage[]> {
  const folder = await temporaryFolder();
  const module = join(folder, 'tool.mjs');
  await writeFile(module, text);
  const child = fork(PROGRAM, [], { env: {}, execArgv: [], serialization: 'advanced' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said: ToolMessage[] = [];
  child.send({ module, exportName: 'default', params: {}, environment: {}, declaredEnvironment: [], ...start });
  await new Promise<void>((resolve) => {
    child.on('message', (message: ToolMessage) => {
      said.push(message);
      if (message.kind === 'result' || message.kind === 'failure') resolve();
    });
  });
  return said;
}

describe('the program of a tool’s process', () => {
  it('says that there is no such export', async () => {
    expect(await talk('export const other = 1;')).toMatchObject([{ kind: 'failure', code: 'MANIFEST_INVALID' }]);
    expect(await talk('export const other = 1;', { exportName: 'other' })).toMatchObject([{ kind: 'failure' }]);
  });

  it('says that the module does not load', async () => {
    expect(await talk('export default (')).toMatchObject([{ kind: 'failure' }]);
  });

  it('gives declared variables, reports each read, and refuses the others', async () => {
    const text =
      "export default async (_, { env }) => { const a = env('A'); const b = env('B'); try { env('HOME'); } catch (error) { return { a, b: b ?? null, code: error.code }; } };";
    expect(await talk(text, { environment: { A: 'a' }, declaredEnvironment: ['A', 'B'] })).toEqual([
      { kind: 'env', name: 'A' },
      { kind: 'env', name: 'B' },
      { kind: 'env', name: 'HOME' },
      { kind: 'result', output: { a: 'a', b: null, code: 'PERMISSION_DENIED' } },
    ]);
  });

  it('asks for everything else by message, and says what the tool logs', async () => {
    const text =
      "export default async (_, context) => { context.log('said', { n: 1 }); void context.files.list('data').catch(() => {}); void fetch('http://a.example/', { redirect: 'manual' }).catch(() => {}); await new Promise((resolve) => setTimeout(resolve, 50)); return 1; };";
    const said = await talk(text);
    expect(said).toEqual(
      expect.arrayContaining([
        { kind: 'log', message: 'said', fields: { n: 1 } },
        { kind: 'file', id: 1, verb: 'list', path: 'data' },
        { kind: 'fetch', id: 2, url: 'http://a.example/', method: 'GET', redirect: 'manual', headers: [], body: null },
        { kind: 'result', output: 1 },
      ]),
    );
  });
});
