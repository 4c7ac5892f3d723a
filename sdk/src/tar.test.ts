import { expect, test } from 'vitest';
import { bytesOf, writeMembers } from '../testing/tar-writer.ts';
import { fitsHeader, readTar, writeTar } from './tar.ts';

test('what we write is what we read, and nothing in it differs between two machines', () => {
  const files = [
    { path: 'a/größe.ts', bytes: bytesOf('x'.repeat(513)), mode: '0755' as const },
    { path: 'empty', bytes: new Uint8Array(0), mode: '0644' as const },
  ];
  const tar = writeTar(files);
  expect(readTar(tar, 'refuse')).toEqual({ entries: files.map((file) => ({ type: 'file', ...file })), problems: [] });
  // Header, two blocks of data, header, two zero blocks.
  expect(tar.length).toBe(512 * 6);
  expect(tar).toEqual(
    writeMembers([
      { name: 'a/größe.ts', data: 'x'.repeat(513), mode: '0000755\0', device: true },
      { name: 'empty', device: true },
    ]),
  );
});

test.each([
  [100, true],
  [101, false],
])('a name of %i bytes without a slash fits: %s', (length, fits) => {
  expect(fitsHeader('n'.repeat(length))).toBe(fits);
});

test.each([
  [`${'p'.repeat(155)}/${'n'.repeat(100)}`, true],
  [`${'p'.repeat(156)}/${'n'.repeat(99)}`, false],
  [`${'p'.repeat(154)}/${'n'.repeat(101)}`, false],
  [`a/${'ü'.repeat(50)}/b`, true],
])('the split of %s is possible: %s', (path, fits) => {
  expect(fitsHeader(path)).toBe(fits);
});

test('a pax path counts for the next file only', () => {
  const record = '13 path=long\n';
  const tar = writeMembers([
    { name: 'h', type: 'x', data: record },
    { name: 'short', data: 'a' },
    { name: 'other', data: 'b' },
  ]);
  expect(readTar(tar, 'read').entries.map(({ path }) => path)).toEqual(['long', 'other']);
});
