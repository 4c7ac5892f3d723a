import { describe, expect, expectTypeOf, it } from 'vitest';
import { AegisError } from './errors.ts';
import { parseCases, runCases, testTool } from './testing.ts';
import { createToolHandler, defineTool } from './tools.ts';
import type { ToolHandler } from './types.ts';

const tool = defineTool({
  name: 'fetch_title',
  description: 'Gets a title',
  parameters: [{ name: 'id', type: 'number', description: 'Which', required: true }],
  returns: { type: 'object', description: 'The title' },
  handler: './handlers/fetch-title',
});
const handler = createToolHandler(tool, async ({ id }, { fetch, files, env, log }) => {
  const response = await fetch(`https://api.example.com/titles/${id}`, {
    headers: { authorization: `Bearer ${env('TOKEN')}` },
  });
  if (!response.ok) throw new Error(`the API answered ${response.status}`);
  const { title } = (await response.json()) as { title: string };
  await files.write(`cache/${id}.txt`, title);
  log('stored', { id });
  return { title, at: new Date(0) };
});
const permissions = {
  network: [{ host: 'api.example.com', ports: [443], protocol: 'tls' as const }],
  files: { read: ['cache/**'], write: ['cache/**'] },
  environment: { required: ['TOKEN'], optional: [] },
  shell: false,
};
const manifest = { permissions, tools: [tool] };
const title = (id: number, text: string) => ({ url: `https://api.example.com/titles/${id}`, body: { title: text } });
describe('testTool (A12)', () => {
  it('runs a handler and returns all that it did', async () => {
    const options = { manifest, env: { TOKEN: 't' }, http: [title(7, 'Seven')], files: { 'cache/1.txt': 'One' } };
    const run = await testTool(handler, { id: 7 }, options);
    expectTypeOf(run.output).toEqualTypeOf<{ title: string; at: Date } | undefined>();
    expect(run).toEqual({
      output: { title: 'Seven', at: '1970-01-01T00:00:00.000Z' },
      error: null,
      calls: [
        { kind: 'env', value: 'TOKEN', allowed: true, reason: null },
        {
          kind: 'net',
          value: 'api.example.com:443',
          allowed: true,
          reason: null,
          net: { host: 'api.example.com', port: 443, protocol: 'tls', method: 'GET' },
        },
        { kind: 'fs.write', value: 'cache/7.txt', allowed: true, reason: null },
      ],
      files: { 'cache/1.txt': 'One', 'cache/7.txt': 'Seven' },
      requests: [
        { method: 'GET', url: 'https://api.example.com/titles/7', headers: { authorization: 'Bearer t' }, body: '' },
      ],
      unanswered: [],
      log: [{ message: 'stored', fields: { id: 7 } }],
    });
    expect(await testTool({ default: handler }, { id: 7 }, options)).toEqual(run);
  });

  it('grants nothing when nothing is granted', async () => {
    const run = await testTool(handler, { id: 7 }, { env: { TOKEN: 't' }, http: [title(7, 'Seven')] });
    expect(run.error).toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(run.output).toBeUndefined();
    expect(run.calls).toMatchObject([{ kind: 'env', value: 'TOKEN', allowed: false }]);
  });

  it('says clearly that no fixture answers a request, and which there are', async () => {
    const run = await testTool(handler, { id: 8 }, { manifest, env: { TOKEN: 't' }, http: [title(7, 'Seven')] });
    expect(run.error).toBeInstanceOf(AegisError);
    expect(run.error?.message).toBe(
      'No fixture answers GET https://api.example.com/titles/8. The fixtures are: GET https://api.example.com/titles/7. Add one under "http".',
    );
    expect(run.unanswered).toEqual(['GET https://api.example.com/titles/8']);
  });

  it('checks the input against the tool before the handler sees it', async () => {
    const never: ToolHandler = async () => 'reached';
    const run = await testTool(never, { id: '7' }, { manifest, tool: 'fetch_title' });
    expect(run.error).toMatchObject({
      code: 'VALIDATION_FAILED',
      message: 'fetch_title: id must be number, found string',
    });
    expect((await testTool(never, {}, { manifest, tool: 'other' })).error?.message).toContain('it has fetch_title');
    expect((await testTool(never, {}, { tool: 'other' })).error?.message).toContain('it has none');
  });

  it('ends when its signal aborts, even if the handler does not listen', async () => {
    const deaf: ToolHandler = () => new Promise(() => {});
    const abort = new AbortController();
    const run = testTool(deaf, {}, { signal: abort.signal });
    abort.abort(new Error('out of time'));
    expect((await run).error?.message).toBe('out of time');
    expect((await testTool(deaf, {}, { signal: AbortSignal.abort(new Error('too late')) })).error?.message).toBe(
      'too late',
    );
  });

  it('gives the handler copies and takes only what JSON can hold', async () => {
    const input = { list: [1] };
    const changing: ToolHandler<{ list: number[] }> = async ({ list }) => list.push(2);
    expect((await testTool(changing, input)).output).toBe(2);
    expect(input).toEqual({ list: [1] });
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    expect((await testTool(async () => circular, {})).error).toMatchObject({ code: 'VALIDATION_FAILED' });
    expect((await testTool(async () => undefined, {})).output).toBeUndefined();
  });

  it('turns whatever is thrown into an error', async () => {
    const { error } = await testTool(() => Promise.reject('a text'), {});
    expect(error?.message).toBe('the handler threw string: a text');
  });

  it('reads the files of the package without a permission, and does not list them as results', async () => {
    const reading: ToolHandler = async (_, { files }) => files.read('assets/a.txt');
    const run = await testTool(reading, {}, { packageFiles: { 'assets/a.txt': 'A' } });
    expect(run).toMatchObject({ output: 'A', files: {} });
  });
});

function problems(text: string): unknown {
  try {
    parseCases(text, 'tests/a.cases.yaml');
  } catch (error) {
    if (error instanceof AegisError) return error.errors;
    throw error;
  }
  return [];
}

describe('parseCases', () => {
  it('reads cases and fills in what is left out', () => {
    expect(
      parseCases('- name: a\n- name: b\n  input: {id: 1}\n  http: [{url: https://a.example/}]\n  expect: 3'),
    ).toEqual([
      { name: 'a', input: {}, http: [], files: {}, env: {} },
      { name: 'b', input: { id: 1 }, http: [{ url: 'https://a.example/' }], files: {}, env: {}, expect: 3 },
    ]);
  });

  it('names line and column of everything that is wrong', () => {
    const text = '- name: a\n  input: 7\n- name: b\n  http:\n    - url: nowhere\n      status: 99\n- nam: c\n';
    expect(problems(text)).toMatchObject([
      { pointer: '/0/input', file: 'tests/a.cases.yaml', line: 2, column: 10 },
      { pointer: '/1/http/0/url', line: 5, column: 12 },
      { pointer: '/1/http/0/status', line: 6, column: 15 },
      { pointer: '/2/name', line: 7 },
      { pointer: '/2', line: 7, column: 3 },
    ]);
  });

  it.each([
    ['', 'no list'],
    ['[]', 'no case'],
    ['- name: [', 'no YAML'],
    ['name: a', 'no list'],
    [`- name: a\n  input: {a: "${'x'.repeat(1024 * 1024)}"}`, 'too large'],
  ])('refuses what is no list of cases: %#', (text) => {
    expect(problems(text)).toMatchObject([{ line: expect.any(Number), column: expect.any(Number) }]);
  });

  it('survives a bomb of aliases', () => {
    const levels = [...Array(12).keys()].map((n) => `a${n + 1}: &a${n + 1} [${Array(12).fill(`*a${n}`).join(', ')}]`);
    expect(() => parseCases(`a0: &a0 [x]\n${levels.join('\n')}`)).toThrow();
  });
});

describe('runCases', () => {
  const env = { TOKEN: 't' };
  const base = { http: [], files: {}, env };

  it('passes what is as expected, errors included', async () => {
    const results = await runCases(
      [
        { ...base, name: 'title', input: { id: 7 }, http: [title(7, 'Seven')], expect: { title: 'Seven' } },
        { ...base, name: 'code', input: {}, expect: { error: 'VALIDATION_FAILED' } },
        { ...base, name: 'text', input: { id: 'x' }, expect: { error: 'must be number' } },
        { ...base, name: 'no expectation', input: { id: 7 }, http: [title(7, 'Seven')] },
      ],
      { default: handler },
      { manifest, tool: 'fetch_title' },
    );
    expect(results.map(({ name, passed, failures }) => ({ name, passed, failures }))).toEqual(
      ['title', 'code', 'text', 'no expectation'].map((name) => ({ name, passed: true, failures: [] })),
    );
  });

  it.each([
    [
      { input: { id: 7 }, http: [title(7, 'Seven')], expect: { title: 'Eight' } },
      '/title: expected "Eight", found "Seven"',
    ],
    [{ input: { id: 7 }, expect: { title: 'Seven' } }, 'the run failed with NETWORK: No fixture answers GET'],
    [
      { input: { id: 7 }, http: [title(7, 'Seven')], expect: { error: 'TIMEOUT' } },
      'expected the error "TIMEOUT", found an output',
    ],
    [{ input: {}, expect: { error: 'TIMEOUT' } }, 'expected the error "TIMEOUT", found VALIDATION_FAILED: '],
    [{ input: { id: 7 }, http: [{ ...title(7, ''), status: 500 }] }, 'the run failed with the API answered 500'],
  ])('fails and says why: %#', async (one, sentence) => {
    const [result] = await runCases([{ ...base, name: 'a', ...one }], handler, { manifest, tool });
    expect(result?.failures).toEqual([expect.stringContaining(sentence)]);
    expect(result?.passed).toBe(false);
  });

  it('fails when the handler swallowed that no fixture answered, or returns another type', async () => {
    const swallowing: ToolHandler = async (_, { fetch }) => fetch('https://api.example.com/').catch(() => ({}));
    const cases = [{ ...base, name: 'a', input: {} }];
    expect((await runCases(cases, swallowing, { permissions }))[0]?.failures).toEqual([
      'no fixture answers GET https://api.example.com/, and the handler went on without an answer',
    ]);
    const text: ToolHandler = async () => 'text';
    const bare = { ...tool, parameters: [] };
    expect((await runCases(cases, text, { tool: bare }))[0]?.failures).toEqual([
      'the tool returns object, found string',
    ]);
  });

  it('gives each case a signal of its own', async () => {
    const deaf: ToolHandler = () => new Promise(() => {});
    const signal = () => AbortSignal.abort(new Error('out of time'));
    const results = await runCases([{ ...base, name: 'a', input: {}, expect: { error: 'out of time' } }], deaf, {
      signal,
    });
    expect(results[0]?.passed).toBe(true);
  });
});
