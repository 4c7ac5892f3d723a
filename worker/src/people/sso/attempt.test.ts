import { expect, test } from 'vitest';
import { attemptUntilMs, forgetCookie, keepCookie, keptIn } from './attempt.ts';

const SECRET = 'a-secret-for-tests-only-0123456789abcdef';
const LINK = { tenantId: 't', issuer: 'i', subject: 's', email: 'a@b.example', untilMs: attemptUntilMs(1000) };
const pair = (cookie: string) => cookie.split(';')[0] ?? '';

test('a browser keeps what it began, for ten minutes, where no script and no other registry can read it', async () => {
  const cookie = await keepCookie({ secret: SECRET, isHttps: true }, 'link', LINK);
  expect(cookie).toMatch(/; HttpOnly; SameSite=Lax; Secure; Max-Age=600$/);
  expect(cookie).not.toContain('a@b.example');
  const kept = (cookies: string, nowMs = 1000, secret = SECRET) => keptIn(secret, 'link', cookies, nowMs);
  expect(await kept(`x=y; ${pair(cookie)}`)).toEqual(LINK);
  expect(await kept(pair(cookie), LINK.untilMs - 1)).toEqual(LINK);
  expect(await kept(pair(cookie), LINK.untilMs)).toBeNull();
  expect(await kept(pair(cookie), 1000, `${SECRET}x`)).toBeNull();
  expect(await kept(pair(forgetCookie('link', true)))).toBeNull();
  expect(await keptIn(SECRET, 'link', undefined, 1000)).toBeNull();
});

test('what was kept for one purpose is worth nothing for the other', async () => {
  const sealed = pair(await keepCookie({ secret: SECRET, isHttps: false }, 'link', LINK)).split('=')[1];
  expect(await keptIn(SECRET, 'attempt', `aegis.sso=${sealed}`, 1000)).toBeNull();
});
