import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { AegisError } from './errors.ts';
import { checkInput, createToolHandler, defineTool, type InputOf, type ParamsOf } from './tools.ts';
import type { ToolContext, ToolDefinition, ToolHandler } from './types.ts';

const search = defineTool({
  name: 'search',
  description: 'Finds documents',
  parameters: [
    { name: 'query', type: 'string', description: 'What to look for', required: true },
    { name: 'limit', type: 'number', description: 'How many', default: 10 },
    { name: 'exact', type: 'boolean', description: 'No stemming' },
    { name: 'tags', type: 'array', description: 'All of them', default: [] },
    { name: 'options', type: 'object', description: 'Options of the index', required: false },
  ],
  returns: { type: 'object', description: 'What was found' },
  handler: './handlers/search',
});

const book = defineTool({
  name: 'book',
  description: 'Books a room',
  inputSchema: {
    type: 'object',
    required: ['room'],
    additionalProperties: false,
    properties: {
      room: { enum: ['red', 'blue'] },
      seats: { type: 'integer', minimum: 1 },
      note: { type: ['string', 'null'] },
      guests: {
        type: 'array',
        items: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
      },
    },
  },
  returns: { type: 'string', description: 'The number of the booking' },
  handler: './handlers/book',
});

const context: ToolContext = {
  fetch: () => Promise.reject(new Error('no network here')),
  files: {
    read: async () => '',
    write: async () => undefined,
    list: async () => [],
    remove: async () => undefined,
  },
  env: () => undefined,
  log: () => undefined,
  signal: new AbortController().signal,
};

function failure(tool: ToolDefinition, input: unknown): AegisError {
  try {
    checkInput(tool, input);
  } catch (error) {
    if (error instanceof AegisError) return error;
  }
  throw new Error('this input should have been refused');
}

describe('defineTool', () => {
  it('returns the definition itself (A38)', () => {
    const config = { ...search };
    expect(defineTool(config)).toBe(config);
    expectTypeOf(search).toExtend<ToolDefinition>();
    // @ts-expect-error: a type that no parameter can have
    defineTool({ ...search, parameters: [{ name: 'a', type: 'text', description: 'a' }] });
  });
});

describe('createToolHandler', () => {
  it('types a plain function and leaves it as it is (A39)', async () => {
    const handler = createToolHandler<{ a: number }, string>(async ({ a }) => String(a));
    expectTypeOf(handler).toEqualTypeOf<ToolHandler<{ a: number }, string>>();
    expect(await handler({ a: 1 }, context)).toBe('1');
  });

  it('infers parameters from the definition, required and default included (A37)', () => {
    expectTypeOf<ParamsOf<typeof search>>().toEqualTypeOf<{
      query: string;
      limit: number;
      tags: unknown[];
      exact?: boolean;
      options?: Record<string, unknown>;
    }>();
    expectTypeOf<InputOf<typeof search>>().toEqualTypeOf<{
      query: string;
      limit?: number;
      tags?: unknown[];
      exact?: boolean;
      options?: Record<string, unknown>;
    }>();
    const handler = createToolHandler(search, async ({ query, limit }, { signal }) => {
      expectTypeOf(query).toBeString();
      expectTypeOf(limit).toBeNumber();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      return { hits: [query], limit };
    });
    expectTypeOf(handler).returns.resolves.toEqualTypeOf<{ hits: string[]; limit: number }>();
    // @ts-expect-error: the tool returns an object
    createToolHandler(search, async () => 'text');
    // @ts-expect-error: no such parameter
    createToolHandler(search, async ({ quer }) => ({ quer }));
  });

  it('infers parameters from a JSON Schema', () => {
    expectTypeOf<ParamsOf<typeof book>>().toEqualTypeOf<{
      room: 'red' | 'blue';
      seats?: number;
      note?: string | null;
      guests?: { name: string }[];
    }>();
  });

  it('knows nothing of a definition that is only known at run time', () => {
    expectTypeOf<ParamsOf<ToolDefinition>>().toEqualTypeOf<Record<string, unknown>>();
  });

  it('fills in defaults and hands the handler a copy of them', async () => {
    const handler = createToolHandler(search, async (params) => {
      params.tags.push('changed');
      return params;
    });
    expect(await handler({ query: 'a' }, context)).toEqual({ query: 'a', limit: 10, tags: ['changed'] });
    expect(await handler({ query: 'b' }, context)).toEqual({ query: 'b', limit: 10, tags: ['changed'] });
    expect(await handler({ query: 'c', limit: 0, exact: false }, context)).toMatchObject({ limit: 0, exact: false });
  });

  it('never calls the handler with input that does not fit the definition', async () => {
    let calls = 0;
    const handler = createToolHandler(search, async () => ({ calls: ++calls }));
    await expect(handler({} as never, context)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(calls).toBe(0);
  });

  it('says so when the function is missing', () => {
    expect(() => createToolHandler(search as never)).toThrow('createToolHandler(search) needs a function');
  });
});

describe('checkInput', () => {
  it('names each field that is wrong, with a pointer to it', () => {
    const error = failure(search, { limit: '10', tags: {}, exact: null, 'a/b': 1 });
    expect(error.code).toBe('VALIDATION_FAILED');
    expect(error.errors).toEqual([
      { pointer: '/query', detail: 'is required' },
      { pointer: '/limit', detail: 'must be number, found string' },
      { pointer: '/exact', detail: 'must be boolean, found null' },
      { pointer: '/tags', detail: 'must be array, found object' },
      { pointer: '/a~1b', detail: 'is unknown; known are query, limit, exact, tags, options' },
    ]);
    expect(error.detail).toContain('search: query is required; limit must be number, found string');
  });

  it.each([[null], [[]], ['text'], [undefined], [7]])('refuses input that is no object: %j', (input) => {
    expect(failure(search, input).errors).toHaveLength(1);
    expect(failure(book, input).errors).toHaveLength(1);
    expect(failure({ ...book, inputSchema: {} }, input).detail).toBe('book: the input must be an object');
  });

  it('does not convert: "1" is no number, and NaN is none either', () => {
    expect(failure(search, { query: 'a', limit: '1' }).errors).toHaveLength(1);
    expect(failure(search, { query: 'a', limit: Number.NaN }).detail).toBe('search: limit must be number, found NaN');
  });

  it('takes nothing from the prototype of the input', () => {
    expect(failure(search, Object.create({ query: 'a' })).detail).toBe('search: query is required');
    expect(failure(search, JSON.parse('{"query": "a", "__proto__": {}}')).errors[0]?.pointer).toBe('/__proto__');
  });

  it('accepts a tool without parameters and refuses input to it', () => {
    const { parameters: _, ...bare } = search;
    expect(checkInput(bare, {})).toEqual({});
    expect(failure(bare, { a: 1 }).detail).toBe('search: a is unknown; known are none');
  });

  it('checks a JSON Schema and leaves the input itself alone', () => {
    const input = { room: 'red', seats: 2, guests: [{ name: 'Ada' }] };
    const params = checkInput(book, input);
    expect(params).toEqual(input);
    expect(params).not.toBe(input);
    expect(failure(book, { room: 'green', seats: 0, guests: [{}], x: 1 }).errors.map(({ pointer }) => pointer)).toEqual(
      ['/room', '/seats', '/guests/0/name', '/x'],
    );
  });
});

it('costs a bundled handler less than 8 KB, and no dependency comes with it', async () => {
  const { metafile, outputFiles } = await build({
    stdin: {
      contents: `import { createToolHandler, defineTool } from '@aegis/skill-sdk';
        const tool = defineTool({ name: 'a', description: 'a', returns: { type: 'object', description: 'a' }, handler: 'a' });
        export default createToolHandler(tool, async () => ({}));`,
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    bundle: true,
    format: 'esm',
    minify: true,
    conditions: ['aegis-source'],
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const kept = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const files = kept.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path.replace(/^.*\//, ''));
  expect(files.sort()).toEqual(['<stdin>', 'errors.ts', 'json-schema.ts', 'tools.ts']);
  expect(outputFiles[0]?.contents.length).toBeLessThan(8 * 1024);
});
