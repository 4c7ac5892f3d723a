import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { ToolContext } from '@aegis/skill-sdk/types';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import { callTool } from './tool-call.ts';

/** A context that answers without a network, and keeps what it was asked. */
function context(fetch: ToolContext['fetch']): ToolContext {
  const refuse = () => Promise.reject(new AegisError('PERMISSION_DENIED', { detail: 'Not declared.' }));
  const files = { read: refuse, write: refuse, list: refuse, remove: refuse };
  return { fetch, files, env: () => undefined, log: () => {}, signal: new AbortController().signal };
}

/** Runs the body of a handler in its own process. */
async function call(body: string, fetch: ToolContext['fetch'] = async () => new Response('hello'), memoryMb = 128) {
  const packageFolder = await temporaryFolder();
  const module = join(packageFolder, 'tool.mjs');
  await writeFile(module, `export default async (params, context) => { ${body} };`);
  return callTool({
    start: { module, exportName: 'default', params: { n: 1 }, environment: {}, declaredEnvironment: [] },
    packageFolder,
    workFolder: packageFolder,
    files: { read: [], write: [] },
    context: context(fetch),
    limits: { memoryMb, callSeconds: 10 },
    signal: new AbortController().signal,
  });
}

describe('calling a tool in its own process', () => {
  it('gives it its parameters and takes its output', async () => {
    expect(await call('return { got: params.n, list: [1, null] };')).toEqual({
      ok: true,
      output: { got: 1, list: [1, null] },
    });
    expect(await call('')).toEqual({ ok: true, output: null });
  });

  it('carries a request and its answer whole: method, headers, bytes, status', async () => {
    const seen: unknown[] = [];
    const answer: ToolContext['fetch'] = async (input, init) => {
      const request = new Request(input, init);
      seen.push(request.method, request.url, request.headers.get('x-a'), [
        ...new Uint8Array(await request.arrayBuffer()),
      ]);
      return new Response(Uint8Array.from([0, 255, 10]), {
        status: 418,
        headers: { 'x-b': 'b', 'content-encoding': 'gzip' },
      });
    };
    const body = `const answer = await context.fetch('http://a.example/x?y=1', { method: 'PUT', headers: { 'x-a': 'a' }, body: Uint8Array.from([1, 0, 2]) });
      return { status: answer.status, b: answer.headers.get('x-b'), coding: answer.headers.get('content-encoding'), bytes: [...new Uint8Array(await answer.arrayBuffer())] };`;
    expect(await call(body, answer)).toEqual({
      ok: true,
      output: { status: 418, b: 'b', coding: null, bytes: [0, 255, 10] },
    });
    expect(seen).toEqual(['PUT', 'http://a.example/x?y=1', 'a', [1, 0, 2]]);
  });

  it('carries an answer without a body', async () => {
    const body =
      "const answer = await fetch('http://a.example/'); return { status: answer.status, text: await answer.text() };";
    expect(await call(body, async () => new Response(null, { status: 204 }))).toEqual({
      ok: true,
      output: { status: 204, text: '' },
    });
  });

  it('gives an error its message and code on both ways', async () => {
    const caught =
      "try { await context.files.read('x'); } catch (error) { return { code: error.code, message: error.message }; }";
    expect(await call(caught)).toEqual({ ok: true, output: { code: 'PERMISSION_DENIED', message: 'Not declared.' } });
    expect(await call("await context.files.read('x');")).toEqual({
      ok: false,
      code: 'PERMISSION_DENIED',
      message: 'Not declared.',
    });
    expect(await call("throw 'text';")).toEqual({ ok: false, code: null, message: 'text' });
  });

  it('holds an answer of at most 16 MiB', async () => {
    const large = async () => new Response(new Uint8Array(16 * 1024 * 1024 + 1));
    expect(await call("await fetch('http://a.example/');", large)).toMatchObject({
      ok: false,
      code: 'PAYLOAD_TOO_LARGE',
    });
  });

  it('ends one that takes more memory than its limit', async () => {
    const hungry = 'const kept = []; for (;;) kept.push(new Array(1e5).fill({ n: Math.random() }));';
    expect(await call(hungry, undefined, 32)).toMatchObject({
      ok: false,
      message: expect.stringContaining('gave no result'),
    });
  });
});
