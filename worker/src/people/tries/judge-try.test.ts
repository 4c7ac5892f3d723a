import { expect, test } from 'vitest';
import { judgeTry } from './judge-try.ts';

const MINUTE = 60_000;

/** Tries as often as it is let, for so long; answers the moments that were let through. */
function attack(everyMs: number, forMs: number): number[] {
  let tried: number[] = [];
  const through: number[] = [];
  for (let now = 0; now < forMs; now += everyMs) {
    const judged = judgeTry(tried, now);
    if (!judged.allowed) continue;
    tried = judged.triedAtMs;
    through.push(now);
  }
  return through;
}

test('of tries without end, five in fifteen minutes are let through, with growing waits (A222)', () => {
  expect(attack(100, 15 * MINUTE)).toEqual([0, 100, 200, 2200, 6200]);
  expect(attack(1000, 60 * MINUTE).length).toBeLessThanOrEqual(4 * 5 + 5);
});

test('the wait says when the next try is heard, to the millisecond', () => {
  const tried = [0, 0, 0, 5000, 20_000];
  expect(judgeTry(tried, 30_000)).toEqual({ allowed: false, waitMs: 15 * MINUTE - 30_000 });
  expect(judgeTry(tried, 15 * MINUTE - 1)).toEqual({ allowed: false, waitMs: 1 });
  expect(judgeTry(tried, 15 * MINUTE)).toEqual({ allowed: true, triedAtMs: [5000, 20_000, 15 * MINUTE] });
});

test('two slips cost nothing', () => {
  expect(judgeTry([0, 10], 20).allowed).toBe(true);
  expect(judgeTry([0, 10, 20], 30)).toEqual({ allowed: false, waitMs: 1990 });
});
