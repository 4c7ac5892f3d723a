import { expect, test } from 'vitest';
import { isMistyped, sealToken } from './token.ts';

const RANDOM = '0123456789abcdef'.repeat(4);

test('a token that lost or changed a letter is known without asking anybody (X6)', async () => {
  const token = await sealToken('aeg_', RANDOM);
  expect(token).toMatch(/^aeg_[0-9a-f]{70}$/);
  expect(await isMistyped(token)).toBe(false);
  for (let at = 4; at < token.length; at++) {
    const other = token[at] === '0' ? '1' : '0';
    expect(await isMistyped(token.slice(0, at) + other + token.slice(at + 1))).toBe(true);
  }
});

test.each(['', 'aeg_good', 'eyJhbGciOiJFZDI1NTE5In0.e30.AA'])(
  '%o is no token of ours, so nothing is said of it',
  async (text) => {
    expect(await isMistyped(text)).toBe(false);
  },
);
