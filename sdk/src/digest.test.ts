import { expect, test } from 'vitest';
import { digestOf, isDigest, sameDigest, sha256Hex } from './digest.ts';

/** FIPS 180-4, example "abc". */
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const abc = new TextEncoder().encode('abc');

test('the digest is that of the exact bytes, also of a view', async () => {
  expect(await sha256Hex(abc)).toBe(ABC);
  expect(await digestOf(new TextEncoder().encode('xabcx').subarray(1, 4))).toBe(`sha256:${ABC}`);
});

test.each([
  [`sha256:${ABC}`, true],
  [`sha256:${ABC.toUpperCase()}`, false],
  [`sha512:${ABC}`, false],
  [ABC, false],
  [`sha256:${ABC.slice(1)}`, false],
  [`sha256:${ABC}\n`, false],
])('%j is a digest: %s', (text, expected) => {
  expect(isDigest(text)).toBe(expected);
});

test('digests are the same only when every character is', () => {
  expect(sameDigest(`sha256:${ABC}`, `sha256:${ABC}`)).toBe(true);
  expect(sameDigest(`sha256:${ABC}`, `sha256:${ABC.slice(0, -1)}e`)).toBe(false);
  expect(sameDigest(`sha256:${ABC}`, ABC)).toBe(false);
});
