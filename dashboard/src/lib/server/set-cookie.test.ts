import { expect, test } from 'vitest';
import { parseSetCookie } from './set-cookie.ts';

test('name, value and every attribute come through', () => {
  const line = 'aegis.session_token=a%2Bb.c=; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax';
  expect(parseSetCookie(line)).toEqual({
    name: 'aegis.session_token',
    value: 'a%2Bb.c=',
    options: { path: '/', maxAge: 604_800, httpOnly: true, secure: true, sameSite: 'lax' },
  });
});

test('what the registry did not ask for is not added', () => {
  expect(parseSetCookie('a=b')?.options).toEqual({ path: '/', httpOnly: false, secure: false });
});

test('domain, expiry and stricter sites are kept', () => {
  const options = parseSetCookie(
    'a=; Domain=x.example; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=Strict',
  )?.options;
  expect(options).toMatchObject({ domain: 'x.example', expires: new Date(0), sameSite: 'strict' });
});

test('a line without a name is no cookie', () => {
  expect(parseSetCookie('=b')).toBeNull();
  expect(parseSetCookie('')).toBeNull();
});
