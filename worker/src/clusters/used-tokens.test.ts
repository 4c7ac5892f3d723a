import { CLOCK_SKEW_SECONDS, CLUSTER_TOKENS_REMEMBERED } from '@aegis/skill-sdk/limits';
import { expect, test } from 'vitest';
import { UsedTokens } from './used-tokens.ts';

const SKEW_MS = CLOCK_SKEW_SECONDS * 1000;
const BORN_MS = 1_000_000;
const use = (jti: string, issuedAtMs = BORN_MS, untilMs = issuedAtMs + 60_000) => ({ jti, issuedAtMs, untilMs });

test('a credential is taken once, of each cluster for itself', () => {
  const used = new UsedTokens(BORN_MS);
  expect(used.take('a', use('1'), BORN_MS)).toBe('taken');
  expect(used.take('a', use('1'), BORN_MS + 1)).toBe('used');
  expect(used.take('b', use('1'), BORN_MS + 1)).toBe('taken');
});

test('what is older than the memory by more than clocks may differ is not taken', () => {
  const used = new UsedTokens(BORN_MS);
  expect(used.take('a', use('1', BORN_MS - SKEW_MS - 1), BORN_MS)).toBe('older');
  expect(used.take('a', use('1', BORN_MS - SKEW_MS), BORN_MS)).toBe('taken');
});

test('it remembers so many of a cluster, refuses more, and makes room when they expire', () => {
  const used = new UsedTokens(BORN_MS);
  for (let made = 0; made < CLUSTER_TOKENS_REMEMBERED; made++) {
    expect(used.take('a', use(`t${made}`), BORN_MS)).toBe('taken');
  }
  expect(used.take('a', use('more'), BORN_MS)).toBe('full');
  expect(used.take('b', use('more'), BORN_MS)).toBe('taken');
  const later = BORN_MS + 60_000;
  expect(used.take('a', use('more', later), later)).toBe('taken');
});
