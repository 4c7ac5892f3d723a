import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { asMapping, checkShape, nearest, pointerOf, record, show, text, toFieldError } from './field-errors.ts';

const Shape = record({
  name: text((value) => (value === 'ok' ? null : { detail: 'not ok', fix: 'Write ok.' })),
  level: z.enum(['low', 'high']).optional(),
  size: z.int().min(1, 'Make it larger.').max(5, 'Make it smaller.').optional(),
  list: z.array(z.boolean()).max(2, 'Shorten it.').optional(),
  either: z.union([z.string(), record({ host: z.string() })]).optional(),
  map: z.record(z.string(), z.unknown()).optional(),
});

const errorsOf = (value: unknown) =>
  checkShape(Shape, value).errors.map(({ path, at, detail, fix }) => `${path.join('.')} ${at} | ${detail} | ${fix}`);

test('a value of the shape comes back, without errors', () => {
  const value = { name: 'ok', level: 'low', size: 5, list: [true], either: { host: 'h' }, map: { a: 1 } };
  expect(checkShape(Shape, value)).toEqual({ data: value, errors: [] });
});

describe('each kind of mistake has its words', () => {
  test.each<[unknown, string[]]>([
    [undefined, [' value | Found nothing; wanted a mapping | Write a mapping here.']],
    ['x', [' value | Found "x"; wanted a mapping | Write a mapping here.']],
    [{}, ['name value | "name" is missing; wanted text | Add "name".']],
    [{ name: 'no' }, ['name value | not ok | Write ok.']],
    [{ name: 1 }, ['name value | Found 1 (a number); wanted text | Put it in quotes.']],
    [{ name: true }, ['name value | Found true (a boolean); wanted text | Put it in quotes.']],
    [{ name: null }, ['name value | Found nothing; wanted text | Write text here.']],
    [
      { name: 'ok', naem: 1, zzz: 2 },
      [
        'naem key | Unknown key "naem" | Did you mean "name"?',
        'zzz key | Unknown key "zzz" | Remove it; the keys here are: name, level, size, list, either, map.',
      ],
    ],
    [{ name: 'ok', level: 'hihg' }, ['level value | Found "hihg"; wanted one of low, high | Did you mean "high"?']],
    [{ name: 'ok', level: 7 }, ['level value | Found 7 (a number); wanted one of low, high | Write one of low, high.']],
    [{ name: 'ok', size: 0 }, ['size value | Found 0; wanted at least 1 | Make it larger.']],
    [{ name: 'ok', size: 6 }, ['size value | Found 6; wanted at most 5 | Make it smaller.']],
    [{ name: 'ok', size: Number.NaN }, ['size value | Found NaN (a number); wanted a number | Write a number here.']],
    [
      { name: 'ok', list: [1, true] },
      ['list.0 value | Found 1 (a number); wanted true or false | Write true or false here.'],
    ],
    // A list that is too long is not read entry by entry.
    [{ name: 'ok', list: [1, 2, 3] }, ['list value | Found 3 entries; wanted at most 2 | Shorten it.']],
    [{ name: 'ok', either: 5 }, ['either value | Found 5 (a number); wanted text | Put it in quotes.']],
    [
      { name: 'ok', either: { hots: 1 } },
      [
        'either.host value | "host" is missing; wanted text | Add "host".',
        'either.hots key | Unknown key "hots" | Did you mean "host"?',
      ],
    ],
    [{ name: 'ok', map: [] }, ['map value | Found a list; wanted a mapping | Write a mapping here.']],
  ])('%j', (value, expected) => {
    expect(errorsOf(value).sort()).toEqual([...expected].sort());
    expect(checkShape(Shape, value).data).toBeNull();
  });
});

test.each([
  ['naem', 'name'],
  ['Name', 'name'],
  ['env', 'environment'],
  ['permisions', 'permissions'],
  ['securityLevle', 'securityLevel'],
  ['udp', null],
  ['x', null],
  ['', null],
  ['completely', null],
])('the known word nearest to %j is %j', (word, expected) => {
  expect(nearest(word, ['name', 'environment', 'permissions', 'securityLevel', 'tcp'])).toBe(expected);
});

test('a pointer is escaped as RFC 6901 says', () => {
  expect(pointerOf(['a/b', 'c~d', 0])).toBe('/a~1b/c~0d/0');
  expect(toFieldError({ path: [], at: 'key', detail: 'd', fix: 'f' })).toEqual({ pointer: '', detail: 'd', fix: 'f' });
});

test('a value is shown short and on one line', () => {
  expect(show('a\nb')).toBe('"a\\nb"');
  expect(show('x'.repeat(200))).toHaveLength(81);
  expect(show([1])).toBe('a list');
  expect(show({})).toBe('a mapping');
  expect(show(1.5)).toBe('1.5 (a number)');
});

test('what is no mapping is taken as an empty one', () => {
  expect([null, 5, [1], undefined].map(asMapping)).toEqual([{}, {}, {}, {}]);
  expect(asMapping({ a: 1 })).toEqual({ a: 1 });
});
