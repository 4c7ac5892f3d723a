import { expect, it } from 'vitest';
import { differences } from './subset.ts';

it.each([
  [{ a: 1 }, { a: 1, b: 2 }],
  [{ a: { b: [{ c: 1 }] } }, { a: { b: [{ c: 1, d: 2 }], e: 3 } }],
  [[], []],
  [null, null],
  ['text', 'text'],
  [{}, { a: 1 }],
])('%j is part of %j', (expected, found) => {
  expect(differences(expected, found)).toEqual([]);
});

it.each([
  [{ a: 1 }, { a: 2 }, '/a: expected 1, found 2'],
  [{ a: 1 }, {}, '/a: expected 1, found undefined'],
  [{ toString: 1 }, {}, '/toString: expected 1, found undefined'],
  [[1], [1, 2], 'output: expected 1 items, found 2'],
  [{ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, '/a/1/b: expected 2, found 3'],
  [{ a: 1 }, [1], 'output: expected {"a":1}, found [1]'],
  ['1', 1, 'output: expected "1", found 1'],
  [null, undefined, 'output: expected null, found undefined'],
  ['x'.repeat(300), '', `output: expected "${'x'.repeat(199)}…, found ""`],
])('%j is not part of %j', (expected, found, sentence) => {
  expect(differences(expected, found)).toEqual([sentence]);
});
