import { describe, expect, it } from 'vitest';
import { checkSchema, escapePointer, typeName, uncheckedKeywords } from './json-schema.ts';

const said = (schema: unknown, value: unknown) =>
  checkSchema(schema, value).map(({ pointer, detail }) => `${pointer} ${detail}`);

describe('checkSchema', () => {
  it.each([
    [{ type: 'string' }, 'a'],
    [{ type: 'integer' }, 3],
    [{ type: ['string', 'null'] }, null],
    [{ enum: ['a', 1, { b: [1] }] }, { b: [1] }],
    [{ const: [1, 2] }, [1, 2]],
    [{ type: 'number', minimum: 1, maximum: 3 }, 3],
    [{ type: 'string', minLength: 1, maxLength: 2 }, '👍👍'],
    [{ type: 'array', minItems: 1, maxItems: 2, items: { type: 'boolean' } }, [true, false]],
    [
      { type: 'object', required: ['a'], properties: { a: { type: 'number' } } },
      { a: 1, anything: 'else' },
    ],
    [{ type: 'object', additionalProperties: { type: 'number' } }, { a: 1 }],
    [{ type: 'object', additionalProperties: false, properties: { a: {} } }, { a: null }],
    [{ type: 'object', additionalProperties: false }, { a: undefined }],
    [true, 'anything'],
    [{}, undefined],
  ])('accepts what the schema describes: %j', (schema, value) => {
    expect(checkSchema(schema, value)).toEqual([]);
  });

  it.each([
    [false, 1, ' nothing is allowed here'],
    [{ type: 'string' }, 1, ' must be string, found number'],
    [{ type: ['string', 'null'] }, 1, ' must be string or null, found number'],
    [{ type: 'integer' }, 1.5, ' must be integer, found number'],
    [{ type: 'number' }, Number.NaN, ' must be number, found NaN'],
    [{ type: 'object' }, [], ' must be object, found array'],
    [{ type: 'object' }, null, ' must be object, found null'],
    [{ enum: ['a', 1] }, 'b', ' must be one of "a", 1'],
    [{ const: { a: 1 } }, { a: 1, b: 2 }, ' must be {"a":1}'],
    [{ minimum: 1 }, 0, ' must be 1 or more, found 0'],
    [{ maximum: 1 }, 2, ' must be 1 or less, found 2'],
    [{ minLength: 2 }, '👍', ' must have length 2 or more, found 1'],
    [{ maxItems: 1 }, [1, 2], ' must have length 1 or less, found 2'],
    [{ items: { type: 'string' } }, ['a', 2], '/1 must be string, found number'],
    [{ required: ['a/b'] }, {}, '/a~1b is required'],
    [{ required: ['toString'] }, {}, '/toString is required'],
    [{ additionalProperties: false, properties: { a: {} } }, { b: 1 }, '/b is unknown; known are a'],
    [{ additionalProperties: false }, { b: 1 }, '/b is unknown; known are none'],
    [{ additionalProperties: { type: 'string' } }, { b: 1 }, '/b must be string, found number'],
    [
      { properties: { a: { properties: { b: { type: 'null' } } } } },
      { a: { b: 1 } },
      '/a/b must be null, found number',
    ],
  ])('refuses what it does not: %j', (schema, value, message) => {
    expect(said(schema, value)).toEqual([message]);
  });

  it('names every field that is wrong, not the first', () => {
    const schema = { required: ['a', 'b'], properties: { c: { type: 'string' } }, additionalProperties: false };
    expect(said(schema, { c: 1, d: 2 })).toEqual([
      '/a is required',
      '/b is required',
      '/c must be string, found number',
      '/d is unknown; known are c',
    ]);
  });

  it('treats __proto__ as a name like any other', () => {
    expect(said({ additionalProperties: false }, JSON.parse('{"__proto__": {"a": 1}}'))).toEqual([
      '/__proto__ is unknown; known are none',
    ]);
  });
});

describe('uncheckedKeywords', () => {
  it('says which keywords are not checked, wherever they stand', () => {
    const schema = {
      $ref: '#/x',
      title: 'a title is nothing to check',
      properties: { 'a/b': { pattern: '^a', type: 'string' }, c: { items: { anyOf: [] } } },
      additionalProperties: { format: 'date' },
    };
    expect(uncheckedKeywords(schema)).toEqual([
      '/$ref',
      '/properties/a~1b/pattern',
      '/properties/c/items/anyOf',
      '/additionalProperties/format',
    ]);
    expect(uncheckedKeywords({ type: 'object', properties: { a: { enum: [1], minimum: 0 } } })).toEqual([]);
    expect(uncheckedKeywords(true)).toEqual([]);
  });
});

it('escapes pointer tokens as RFC 6901 §3 says', () => {
  expect(escapePointer('a~/b')).toBe('a~0~1b');
});

it('names types as JSON does', () => {
  expect([null, [], {}, 1, Number.NaN, 'a', true, undefined].map(typeName)).toEqual([
    'null',
    'array',
    'object',
    'number',
    'NaN',
    'string',
    'boolean',
    'undefined',
  ]);
});
