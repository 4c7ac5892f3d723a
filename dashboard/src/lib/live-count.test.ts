import { expect, test } from 'vitest';
import { countFresh } from './live-count.svelte.ts';

test('a row is new when it is not shown yet, or when it counted on', () => {
  const seen = new Map([
    ['a', 1],
    ['b', 2],
  ]);
  const rows = [
    { id: 'a', count: 1 },
    { id: 'b', count: 3 },
    { id: 'c', count: 1 },
  ];
  expect(countFresh(rows, seen)).toBe(2);
  expect(countFresh(rows.slice(0, 1), seen)).toBe(0);
});
