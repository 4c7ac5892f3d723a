import { expect, test } from 'vitest';
import { measureJson } from './json-shape.ts';

test.each([
  ['', 0, 0],
  ['1', 0, 0],
  ['[]', 1, 1],
  ['[1,2,3]', 1, 3],
  ['{"a":[1,2],"b":{"c":{}}}', 3, 2],
  ['["a,b,[[[","\\"[",",,,"]', 1, 3],
  ['[[1,2,3,4],[5]]', 2, 4],
])('%s is that deep and that wide', (text, depth, members) => {
  expect(measureJson(text)).toEqual({ depth, members });
});

test('a megabyte of brackets is measured in a moment, and nothing throws', () => {
  expect(measureJson('['.repeat(1_000_000)).depth).toBe(1_000_000);
  for (const text of ['"', '"\\', ']]]', '{,}', ',']) expect(() => measureJson(text)).not.toThrow();
});
