import { expect, test } from 'vitest';
import { hashPassword, newToken, tokenHash, verifyPassword } from './secrets.ts';

test('a password verifies against its own hash only, and two hashes of it differ', async () => {
  const [one, two] = [await hashPassword('Correct-Horse-7!'), await hashPassword('Correct-Horse-7!')];
  expect(one).not.toBe(two);
  expect(await verifyPassword(one, 'Correct-Horse-7!')).toBe(true);
  expect(await verifyPassword(one, 'Correct-Horse-8!')).toBe(false);
});

test('a password verifies however its characters were composed', async () => {
  expect(await verifyPassword(await hashPassword('Zo\u00eb-Passwort-1'), 'Zoe\u0308-Passwort-1')).toBe(true);
});

test.each(['', 'bcrypt:00:00', 'scrypt:00', 'scrypt:00:'])('the broken hash %j verifies nothing', async (hash) => {
  expect(await verifyPassword(hash, 'x')).toBe(false);
});

test('a token carries its prefix and a checksum, and only its hash is kept', async () => {
  const token = await newToken('aeg_');
  expect(token).toMatch(/^aeg_[0-9a-f]{70}$/);
  expect((await tokenHash(token.slice(0, -6))).slice(0, 6)).toBe(token.slice(-6));
});
