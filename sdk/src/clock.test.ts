import { expect, test } from 'vitest';
import { clockHint, fromInstant, toInstant } from './clock.ts';
import { CLOCK_SKEW_SECONDS } from './limits.ts';

test('an instant is RFC 3339 in UTC with milliseconds, and comes back', () => {
  expect(toInstant(1_700_000_000_123)).toBe('2023-11-14T22:13:20.123Z');
  expect(fromInstant('2023-11-14T22:13:20.123Z')).toBe(1_700_000_000_123);
  expect(fromInstant('2023-11-14T23:13:20.123+01:00')).toBe(1_700_000_000_123);
});

test('what is no instant is NaN', () => {
  expect(fromInstant('yesterday')).toBeNaN();
});

const AT_MS = Date.parse('2026-11-21T12:00:00Z');
const date = (offsetSeconds: number) => new Date(AT_MS + offsetSeconds * 1000).toUTCString();

test.each([
  [0, null],
  [CLOCK_SKEW_SECONDS, null],
  [-CLOCK_SKEW_SECONDS, null],
  [CLOCK_SKEW_SECONDS + 1, '2 minutes behind the registry’s (2026-11-21T12:00:00.000Z here, 2026-11-21T12:02:01.000Z'],
  [-3600, '60 minutes ahead of the registry’s'],
  [-86_400, '24 hours ahead of'],
])('a registry whose clock is %i s ahead is told about when it matters', (offset, words) => {
  const hint = clockHint(date(offset), AT_MS);
  if (words === null) expect(hint).toBeNull();
  else expect(hint).toContain(words);
});

test('without a date that can be read nothing is said of the clock', () => {
  expect([clockHint(null, AT_MS), clockHint('soon', AT_MS)]).toEqual([null, null]);
});
