import { expect, test } from 'vitest';
import { deviceCookie, knownDevice } from './known-device.ts';

const SECRET = 'a-secret-for-tests-only-0123456789abcdef';
const value = (cookie: string) => cookie.split(';')[0] ?? '';

test('a browser is known for the account that it was used with, and for no other', () => {
  const cookie = value(deviceCookie(SECRET, 'a@b.example', false));
  expect(knownDevice(SECRET, 'a@b.example', `x=y; ${cookie}`)).toMatch(/^[0-9a-f-]{36}$/);
  expect(knownDevice(SECRET, 'other@b.example', cookie)).toBeNull();
  expect(knownDevice(`${SECRET}x`, 'a@b.example', cookie)).toBeNull();
});

test.each([null, '', 'aegis.device=', 'aegis.device=abc', 'aegis.device=abc.def', 'aegisxdevice=a.b'])(
  'nobody makes %o up',
  (cookies) => expect(knownDevice(SECRET, 'a@b.example', cookies)).toBeNull(),
);

test('the cookie is for this site and not for scripts, and over https for https only', () => {
  expect(deviceCookie(SECRET, 'a@b.example', true)).toMatch(/; HttpOnly; SameSite=Lax; Secure$/);
  expect(deviceCookie(SECRET, 'a@b.example', false)).not.toContain('Secure');
});
