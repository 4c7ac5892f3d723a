import { expect, test } from 'vitest';
import { MANIFEST_DEPTH_MAX } from './limits.ts';
import { crossErrors } from './manifest-cross-check.ts';

const errorsOf = (value: unknown) =>
  crossErrors(value).map(({ path, at, detail }) => `${path.join('.')} ${at} ${detail}`);
const tool = (parts: object) => errorsOf({ tools: [parts] });
const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);

test.each([
  [undefined],
  [null],
  [5],
  [[]],
  [{}],
  [{ tools: 5, permissions: [] }],
  [{ tools: [null, 5, { parameters: 'x', name: 7 }, { name: 7 }] }],
])('what has the wrong type is skipped: %j', (value) => {
  expect(errorsOf(value)).toEqual([]);
});

test('a variable is required or optional, not both', () => {
  expect(errorsOf({ permissions: { environment: { required: ['A', 'B'], optional: ['C', 'A'] } } })).toEqual([
    'permissions.environment.optional.1 value "A" is required and optional at once',
  ]);
});

test('what tcp needs is asked of the manifest too', () => {
  expect(errorsOf({ permissions: { network: [{ host: 'a.example', protocol: 'tcp' }] } })).toEqual([
    'permissions.network.0.ports value "ports" is missing; tcp has no default',
  ]);
});

test('names of tools and of their parameters are unique', () => {
  expect(
    errorsOf({
      tools: [{ name: 'a' }, { name: 'b' }, { name: 'a', parameters: [{ name: 'p' }, { name: 'p' }, { name: 'p' }] }],
    }),
  ).toEqual([
    'tools.2.name value The name "a" is there twice',
    'tools.2.parameters.1.name value The name "p" is there twice',
    'tools.2.parameters.2.name value The name "p" is there twice',
  ]);
});

test.each([
  ['string', 'x', true],
  ['string', 1, false],
  ['number', 1.5, true],
  ['number', '1', false],
  ['boolean', false, true],
  ['object', {}, true],
  ['object', [], false],
  ['object', null, false],
  ['array', [], true],
  ['array', {}, false],
  ['unknown', 1, false],
  [5, 1, true],
  ['string', undefined, true],
])('a default of type %j may be %j: %s', (type, value, fits) => {
  expect(tool({ parameters: [{ name: 'p', type, default: value }] })).toHaveLength(fits ? 0 : 1);
});

test('an input schema is an object, alone, and needs nothing from elsewhere', () => {
  expect(
    tool({ inputSchema: { type: 'object', properties: { a: { $ref: '#/$defs/a' }, $ref: { type: 'string' } } } }),
  ).toEqual([]);
  expect(tool({ inputSchema: { type: 'object' }, parameters: [] })).toEqual([
    'tools.0.inputSchema key "parameters" and "inputSchema" exclude each other',
  ]);
  expect(tool({ inputSchema: {} })).toEqual([
    'tools.0.inputSchema.type value Found the type nothing; the input of a tool is an object',
  ]);
  expect(tool({ inputSchema: 5 })).toHaveLength(1);
  expect(tool({ inputSchema: { type: 'object', anyOf: [{ $ref: 'https://schemas.example/x' }] } })).toEqual([
    'tools.0.inputSchema.anyOf.0.$ref value The reference "https://schemas.example/x" leads out of the schema',
  ]);
});

test.each([
  [Number.NaN, 'NaN is no JSON number'],
  [Number.NEGATIVE_INFINITY, '-Infinity is no JSON number'],
  [2 ** 53, 'The number is beyond 2^53 and would be rounded'],
  ['a\ud800', 'The text is not valid Unicode'],
  [JSON.parse('{"__proto__": 1}'), 'The key "__proto__" is not allowed'],
  [{ 'a\ud800': 1 }, 'is not allowed'],
  [nested(MANIFEST_DEPTH_MAX + 1), `Nested deeper than ${MANIFEST_DEPTH_MAX} levels`],
])('what is no JSON, or read differently by two programs, is no default and no schema: %j', (value, detail) => {
  expect(tool({ parameters: [{ name: 'p', type: 'array', default: [value] }] }).join()).toContain(detail);
  expect(tool({ inputSchema: { type: 'object', const: value } }).join()).toContain(detail);
});

test('numbers that JSON holds exactly are right', () => {
  for (const value of [2 ** 53 - 1, 0.1, 1e-300, -0]) {
    expect(tool({ parameters: [{ name: 'p', type: 'number', default: value }] })).toEqual([]);
  }
});
