import { expect, test } from 'vitest';
import { type SpendWindow, spendOne } from './spend-one.ts';

const POLICY = { limit: 3, windowMs: 1000 };

test('exactly as many as allowed pass in a window, and it ends to the millisecond (C32)', () => {
  let window: SpendWindow | undefined;
  const take = (nowMs: number) => {
    const result = spendOne(window, POLICY, nowMs);
    window = result.window;
    return result.spent;
  };
  expect([0, 1, 2].map((at) => take(at).left)).toEqual([2, 1, 0]);
  expect(take(999)).toEqual({ allowed: false, left: 0, resetMs: 1 });
  expect(take(1000)).toEqual({ allowed: true, left: 2, resetMs: 1000 });
});

test('a clock that goes back gives nothing away', () => {
  expect(spendOne({ startedAtMs: 5000, used: 3 }, POLICY, 4000).spent.allowed).toBe(false);
});
