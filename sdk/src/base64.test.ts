import { expect, test } from 'vitest';
import { fromBase64, toBase64, toBase64Url } from './base64.ts';

const bytes = Uint8Array.of(0xfb, 0xff, 0xbf, 0x00);

test('bytes come back from both spellings', () => {
  expect(toBase64(bytes)).toBe('+/+/AA==');
  expect(toBase64Url(bytes)).toBe('-_-_AA');
  for (const text of ['+/+/AA==', '-_-_AA', '-_-_AA==']) expect(fromBase64(text)).toEqual(bytes);
  expect(fromBase64('')).toEqual(new Uint8Array());
});

test.each(['a', 'a b', 'a=b', 'ä', 'AAAA==='])('%j is no base64', (text) => {
  expect(fromBase64(text)).toBeNull();
});
