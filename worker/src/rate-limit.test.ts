import { expect, test } from 'vitest';
import { countRequest } from './rate-limit.ts';

test('the request after the limit is refused with the time to wait, and the next minute starts anew', () => {
  const at = 1_000_000;
  expect(countRequest('a', 2, at).state).toBe('"default";r=1;t=60');
  expect(countRequest('a', 2, at + 30_000).state).toBe('"default";r=0;t=30');
  expect(countRequest('a', 2, at + 30_001)).toMatchObject({
    state: '"default";r=0;t=30',
    refusal: { code: 'RATE_LIMITED', meta: { retryAfterSeconds: 30 } },
  });
  expect(countRequest('a', 2, at + 60_000).state).toBe('"default";r=1;t=60');
});

test('principals do not share a limit', () => {
  countRequest('one', 1, 0);
  expect(countRequest('two', 1, 0).refusal).toBeNull();
  expect(countRequest('one', 1, 0).refusal).not.toBeNull();
});
