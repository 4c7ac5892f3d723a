import { expect, it } from 'vitest';
import type { Use } from './code/found-uses.ts';
import { comesFrom, flowTo, listed, shortened } from './flow.ts';

const place = { file: 'a.js', line: 2, column: 3, excerpt: '' };
const use: Use = {
  kind: 'eval',
  api: 'eval',
  values: [],
  complete: false,
  isShell: false,
  isConstant: false,
  isHidden: false,
  sources: [{ kind: 'network', name: 'fetch', place: { ...place, line: 1 } }],
  payload: [],
  unchecked: [],
  place,
};

it('a flow goes from the source to the use, or is empty', () => {
  expect(flowTo(use, ['network'])).toEqual([
    { file: 'a.js', line: 1, column: 3, note: 'an answer from the network (fetch)' },
    { file: 'a.js', line: 2, column: 3, note: 'reaches eval()' },
  ]);
  expect(flowTo(use, ['parameter'])).toEqual([]);
  expect([comesFrom(use, 'network'), comesFrom(use, 'file')]).toEqual([true, false]);
});

it('texts are shortened for a sentence', () => {
  expect(shortened(`a\n\t b\uffff${'x'.repeat(200)}`)).toMatch(/^a b…x{94}x*…$/);
  expect(listed(['a', 'b', 'c', 'd', 'e'])).toBe('“a”, “b”, “c” and 2 more');
  expect(listed(['a'])).toBe('“a”');
});
