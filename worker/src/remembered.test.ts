import { expect, test } from 'vitest';
import { forget, isKept, keepBytes, keptBytes, remembered } from './remembered.ts';

test('a row is read once in half a second, anew after it, and anew after a change', async () => {
  let reads = 0;
  const load = async () => ++reads;
  const at = (ms: number) => remembered('once', ms, load);
  expect([await at(0), await at(499), await at(500)]).toEqual([1, 1, 2]);
  forget();
  expect(await at(501)).toBe(3);
});

test('an error is never kept', async () => {
  await expect(remembered('bad', 0, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await remembered('bad', 0, async () => 'yes')).toBe('yes');
});

test('small bytes are kept until newer ones need the room, large ones never', () => {
  const mebibyte = 1024 * 1024;
  for (let index = 0; index < 20; index++) keepBytes(`b${index}`, new Uint8Array(mebibyte));
  keepBytes('large', new Uint8Array(mebibyte + 1));
  expect([
    keptBytes('b0'),
    keptBytes('b19')?.length,
    keptBytes('large'),
    isKept(mebibyte),
    isKept(mebibyte + 1),
  ]).toEqual([null, mebibyte, null, true, false]);
});
