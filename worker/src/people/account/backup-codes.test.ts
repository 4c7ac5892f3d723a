import { expect, test } from 'vitest';
import { backupCodeHash, newBackupCodes } from './backup-codes.ts';

test('ten codes, no two alike', () => {
  const codes = newBackupCodes();
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
});

test('how a code is typed does not matter, whose it is does', async () => {
  const hash = await backupCodeHash('usr-a', '3k7m-9qxd-0a2f-w8re');
  expect(await backupCodeHash('usr-a', ' 3K7M 9QXD 0A2F W8RE ')).toBe(hash);
  expect(await backupCodeHash('usr-b', '3k7m-9qxd-0a2f-w8re')).not.toBe(hash);
});
