import { expect, test } from 'vitest';
import { planRotation, secretUntilMs } from './rotate.ts';

const HOUR = 3_600_000;
const KEY = { hash: 'old', prefix: 'aeg_old', expiresAtMs: 100 * HOUR, revokedAtMs: null, previousUntilMs: null };

test('the old secret works for the chosen time, and never longer than it would have', () => {
  const plan = (overlapHours: number) => planRotation(KEY, { overlapHours, expiresAtMs: null }, HOUR);
  expect(plan(24)).toEqual({
    previousHash: 'old',
    previousPrefix: 'aeg_old',
    previousUntilMs: 25 * HOUR,
    expiresAtMs: 100 * HOUR,
  });
  expect(plan(0).previousUntilMs).toBe(HOUR);
  expect(plan(168).previousUntilMs).toBe(100 * HOUR);
});

test('a person gives it a new expiry; a key by itself keeps its own', () => {
  expect(planRotation(KEY, { overlapHours: 1, expiresAtMs: 500 * HOUR }, HOUR).expiresAtMs).toBe(500 * HOUR);
});

test('no rotation while the secret before still works, nor of a dead key', () => {
  const attempt = (change: object, nowMs: number) => () =>
    planRotation({ ...KEY, ...change }, { overlapHours: 1, expiresAtMs: null }, nowMs);
  expect(attempt({ previousUntilMs: 5 * HOUR }, 5 * HOUR - 1)).toThrow('works until 1970-01-01T05:00:00.000Z');
  expect(attempt({ previousUntilMs: 5 * HOUR }, 5 * HOUR)).not.toThrow();
  expect(attempt({ revokedAtMs: 1 }, HOUR)).toThrow();
  expect(attempt({}, 100 * HOUR)).toThrow();
});

test('each secret has its own end', () => {
  const key = { ...KEY, hash: 'new', previousUntilMs: 7 };
  expect([secretUntilMs(key, 'new'), secretUntilMs(key, 'old')]).toEqual([100 * HOUR, 7]);
  expect(secretUntilMs({ ...key, previousUntilMs: null }, 'old')).toBe(0);
});
