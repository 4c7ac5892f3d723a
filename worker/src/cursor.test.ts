import { expect, test } from 'vitest';
import { decodeCursor, encodeCursor, pageOf } from './cursor.ts';

test('a cursor reads back as it was made, whatever it holds', () => {
  for (const parts of [['skv-1'], ['ü/=+', 7], ['']])
    expect(decodeCursor(encodeCursor(parts), parts.length)).toEqual(parts);
});

test('no cursor is the first page', () => {
  expect(decodeCursor(undefined, 1)).toBeNull();
});

test.each(['%', 'bm90anNvbg', encodeCursor(['a', 'b']), encodeCursor([]), '', encodeCursor(['a'.repeat(400)])])(
  'the cursor %j that we did not make is INVALID_REQUEST',
  (cursor) => {
    expect(() => decodeCursor(cursor, 1)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  },
);

test('a page is cut at its limit and names its last row; the last page has no cursor', () => {
  const page = pageOf([1, 2, 3], 2, (row) => [row]);
  expect(page.rows).toEqual([1, 2]);
  expect(decodeCursor(page.nextCursor ?? undefined, 1)).toEqual([2]);
  expect(pageOf([1, 2], 2, (row) => [row])).toEqual({ rows: [1, 2], nextCursor: null });
});
