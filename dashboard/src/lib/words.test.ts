import { expect, test } from 'vitest';
import { adviceFor, DECISION, ENFORCEMENT, INSTALL_STATE, SKILL_STATUS } from './words.ts';

test('nothing is green that was not proved', () => {
  const green = (words: Record<string, { tone: string }>) =>
    Object.entries(words)
      .filter(([, { tone }]) => tone === 'ok')
      .map(([name]) => name);
  expect(green(ENFORCEMENT)).toEqual(['verified']);
  expect(green(INSTALL_STATE)).toEqual(['verified']);
  expect(green(SKILL_STATUS)).toEqual(['approved']);
  expect(green(DECISION)).toEqual(['approved']);
});

test('each enforcement has its own word and its own shape', () => {
  const words = [ENFORCEMENT.verified, ENFORCEMENT.unverified, ENFORCEMENT.none];
  expect(new Set(words.map(({ text }) => text)).size).toBe(3);
  expect(new Set(words.map(({ icon }) => icon)).size).toBe(3);
});

test('a failed page always says that nothing was changed', () => {
  for (const code of ['NOT_FOUND', 'FORBIDDEN', 'RATE_LIMITED', 'UNAVAILABLE', undefined]) {
    expect(adviceFor(code)).toContain('Nothing was changed');
  }
});
