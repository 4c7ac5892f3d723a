import { expect, test } from 'vitest';
import { newUserCode, parseUserCode, showUserCode } from './user-code.ts';

test('a code is eight consonants, and every one is as likely (RFC 8628, section 6.1)', () => {
  let next = 0;
  const counting = (bytes: Uint8Array<ArrayBuffer>) => bytes.map(() => next++ % 256);
  const letters = Array.from({ length: 3000 }, () => newUserCode(counting)).join('');
  const counts = new Map<string, number>();
  for (const letter of letters) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  expect([...counts.keys()].sort().join('')).toBe('BCDFGHJKLMNPQRSTVWXZ');
  expect(Math.max(...counts.values()) / Math.min(...counts.values())).toBeLessThan(1.2);
});

test('it is read however it is typed', () => {
  for (const text of ['BCDF-GHJK', 'bcdf ghjk', ' bcdfghjk ']) expect(parseUserCode(text)).toBe('BCDFGHJK');
  for (const text of ['', 'BCDF', 'BCDFGHJKL', 'AEIOUAEI', '12345678']) expect(parseUserCode(text)).toBeNull();
  expect(showUserCode('BCDFGHJK')).toBe('BCDF-GHJK');
});
