import { expect, test } from 'vitest';
import { isOwnChallenge, newChallenge } from './challenge.ts';

const SECRET = 'a-secret-for-tests-only-0123456789abcdef';
const NOW = 1_800_000_000_000;
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

test('a challenge holds for its use, for five minutes', () => {
  const challenge = text(newChallenge(SECRET, 'sign-in', NOW));
  const holds = (use: string, at: number, secret = SECRET) => isOwnChallenge(secret, use, challenge, at);
  expect([holds('sign-in', NOW), holds('sign-in', NOW + 299_999), holds('sign-in', NOW + 300_000)]).toEqual([
    true,
    true,
    false,
  ]);
  expect([holds('add usr-a', NOW), holds('sign-in', NOW, `${SECRET}x`)]).toEqual([false, false]);
  expect(text(newChallenge(SECRET, 'sign-in', NOW))).not.toBe(challenge);
});

test('nobody makes one up, or makes one last', () => {
  const bytes = newChallenge(SECRET, 'sign-in', NOW);
  for (const index of [0, 16, 23, 24, 55]) {
    const changed = bytes.slice();
    changed[index] = (changed[index] ?? 0) ^ 1;
    expect(isOwnChallenge(SECRET, 'sign-in', text(changed), NOW)).toBe(false);
  }
  for (const made of ['', 'AAAA', text(new Uint8Array(56)), '!!']) {
    expect(isOwnChallenge(SECRET, 'sign-in', made, NOW)).toBe(false);
  }
});
