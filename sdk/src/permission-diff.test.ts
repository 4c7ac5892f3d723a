import { expect, test } from 'vitest';
import { diffItems, type Rules } from './permission-diff.ts';

/** Ranges of numbers stand for permissions: simple enough to see what the diff does. */
type Range = [number, number];
const RANGES: Rules<Range> = {
  allows: (list, item) => list.some((other) => other[0] <= item[0] && item[1] <= other[1]),
  holds: (wide, narrow) => wide[0] <= narrow[0] && narrow[1] <= wide[1],
  same: (left, right) => left[0] === right[0] && left[1] === right[1],
};

test.each<[string, Range[], Range[], unknown[]]>([
  ['nothing changes', [[1, 2]], [[1, 2]], [{ change: 'same', before: [1, 2], after: [1, 2] }]],
  ['something new', [], [[1, 2]], [{ change: 'wider', before: null, after: [1, 2] }]],
  ['something gone', [[1, 2]], [], [{ change: 'narrower', before: [1, 2], after: null }]],
  ['something grows', [[2, 3]], [[1, 4]], [{ change: 'wider', before: [2, 3], after: [1, 4] }]],
  ['something shrinks', [[1, 4]], [[2, 3]], [{ change: 'narrower', before: [1, 4], after: [2, 3] }]],
  [
    'two become one that holds both',
    [
      [1, 2],
      [3, 4],
    ],
    [[1, 4]],
    [
      { change: 'wider', before: [1, 2], after: [1, 4] },
      { change: 'same', before: [3, 4], after: [1, 4] },
    ],
  ],
  [
    'one becomes two parts of it',
    [[1, 4]],
    [
      [1, 2],
      [3, 4],
    ],
    [
      { change: 'narrower', before: [1, 4], after: [1, 2] },
      { change: 'narrower', before: [1, 4], after: [3, 4] },
    ],
  ],
  [
    'a part of what stays',
    [[1, 4]],
    [
      [1, 4],
      [2, 3],
    ],
    [
      { change: 'same', before: [1, 4], after: [1, 4] },
      { change: 'same', before: [1, 4], after: [2, 3] },
    ],
  ],
])('%s', (_, before, after, expected) => {
  expect(diffItems(before, after, RANGES)).toEqual(expected);
});
