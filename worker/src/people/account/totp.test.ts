import { base32 } from '@better-auth/utils/base32';
import { expect, test } from 'vitest';
import { hotp, newTotpSecret, stepOf, totpUri } from './totp.ts';

const SECRET = base32.encode(new TextEncoder().encode('12345678901234567890'), { padding: false });

test.each([
  [59, '94287082'],
  [1111111109, '07081804'],
  [1111111111, '14050471'],
  [1234567890, '89005924'],
  [2000000000, '69279037'],
  [20000000000, '65353130'],
])('RFC 6238, appendix B: at %i s the code is %s', (seconds, code) => {
  expect(hotp(SECRET, Math.floor(seconds / 30), 8)).toBe(code);
});

test('RFC 4226, appendix D: the first ten codes', () => {
  const codes = Array.from({ length: 10 }, (_, counter) => hotp(SECRET, counter));
  expect(codes.join(' ')).toBe('755224 287082 359152 969429 338314 254676 287922 162583 399871 520489');
});

test('a code holds one step before and after its own, and says which step it was', () => {
  const code = hotp(SECRET, 100);
  const at = (step: number) => stepOf(SECRET, code, step * 30_000);
  expect([at(98), at(99), at(100), at(101), at(102)]).toEqual([null, 100, 100, 100, null]);
});

test.each(['', '12345', '1234567', 'abcdef', '٠١٢٣٤٥'])('%o is no code', (code) => {
  expect(stepOf(SECRET, code, 3_000_000)).toBeNull();
});

test('a secret has 160 bits and no two are alike', () => {
  expect(newTotpSecret()).toMatch(/^[A-Z2-7]{32}$/);
  expect(newTotpSecret()).not.toBe(newTotpSecret());
  expect(totpUri('ABC', 'a+b@c.example')).toBe(
    'otpauth://totp/Aegis:a%2Bb%40c.example?secret=ABC&issuer=Aegis&algorithm=SHA1&digits=6&period=30',
  );
});
