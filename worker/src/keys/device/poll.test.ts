import { expect, test } from 'vitest';
import { judgePoll, type Polled, pollError } from './poll.ts';

const fresh: Polled = { state: 'pending', expiresAtMs: 600_000, intervalSeconds: 5, lastPolledAtMs: null };
const code = (change: Partial<Polled>, nowMs: number) => {
  const answer = judgePoll({ ...fresh, ...change }, nowMs);
  return answer.kind === 'token' ? 'token' : answer.code;
};

test.each([
  ['a first poll', {}, 0, 'AUTHORIZATION_PENDING'],
  ['one after the interval', { lastPolledAtMs: 0 }, 5000, 'AUTHORIZATION_PENDING'],
  ['one that is half a second early', { lastPolledAtMs: 0 }, 4500, 'AUTHORIZATION_PENDING'],
  ['a hasty one', { lastPolledAtMs: 0 }, 4499, 'SLOW_DOWN'],
  ['an approved one', { state: 'approved' }, 1, 'token'],
  ['an approved one in haste', { state: 'approved', lastPolledAtMs: 0 }, 1, 'token'],
  ['a denied one', { state: 'denied' }, 1, 'ACCESS_DENIED'],
  ['one at its last moment', { state: 'approved' }, 599_999, 'token'],
  ['one that is over', { state: 'approved' }, 600_000, 'EXPIRED_TOKEN'],
  ['a denied one that is over', { state: 'denied' }, 600_000, 'EXPIRED_TOKEN'],
  ['a used one', { state: 'redeemed' }, 1, 'INVALID_GRANT'],
  ['a used one that is over', { state: 'redeemed' }, 600_000, 'INVALID_GRANT'],
] as const)('%s (RFC 8628, section 3.5)', (_, change, nowMs, wanted) => {
  expect(code(change, nowMs)).toBe(wanted);
});

test('a code that nobody was given is an invalid grant; each slow_down makes the interval longer', () => {
  expect(judgePoll(undefined, 0)).toEqual({ kind: 'error', code: 'INVALID_GRANT' });
  expect(judgePoll({ ...fresh, lastPolledAtMs: 0 }, 1)).toMatchObject({ intervalSeconds: 10 });
  expect(judgePoll({ ...fresh, intervalSeconds: 10, lastPolledAtMs: 0 }, 5001)).toMatchObject({ intervalSeconds: 15 });
  expect(pollError('SLOW_DOWN').status).toBe(400);
});
