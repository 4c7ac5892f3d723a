import { expect, test } from 'vitest';
import { fromInstant, toInstant } from './clock.ts';

test('an instant is RFC 3339 in UTC with milliseconds, and comes back', () => {
  expect(toInstant(1_700_000_000_123)).toBe('2023-11-14T22:13:20.123Z');
  expect(fromInstant('2023-11-14T22:13:20.123Z')).toBe(1_700_000_000_123);
  expect(fromInstant('2023-11-14T23:13:20.123+01:00')).toBe(1_700_000_000_123);
});

test('what is no instant is NaN', () => {
  expect(fromInstant('yesterday')).toBeNaN();
});
