import { beforeAll, describe, expect, test } from 'vitest';
import { createWorld, PASSWORD, type Person, type World } from './testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

describe('what is sent is bounded before it is read (C38)', () => {
  const send = (who: Person, text: string, headers: Record<string, string> = {}) =>
    who.fetch('/api/invitations/preview', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: text,
    });
  const token = (text: string) => `{"token":${text}}`;

  test.each([
    ['the deepest JSON that is read', token('['.repeat(31) + ']'.repeat(31)), 422],
    ['one level more', token('['.repeat(32) + ']'.repeat(32)), 400],
    ['nothing but brackets', '['.repeat(10_000), 400],
    ['the longest array that is read', token(`[${'1,'.repeat(4999)}1]`), 422],
    ['one member more', token(`[${'1,'.repeat(5000)}1]`), 400],
    ['no JSON at all', '{"token"', 400],
  ])('%s', async (_, text, status) => {
    expect((await send(world.nobody, text)).status).toBe(status);
  });

  test('a body without a length is bounded as it comes, one with too large a length is not read', async () => {
    const large = token(`"${'x'.repeat(1024 * 1024)}"`);
    expect((await send(world.nobody, large)).status).toBe(413);
    expect((await send(world.nobody, large, { 'content-length': String(large.length) })).status).toBe(413);
  });

  test('headers and addresses have an end', async () => {
    expect((await send(world.nobody, token('"x"'), { 'x-long': 'x'.repeat(33_000) })).status).toBe(413);
    expect((await world.nobody.fetch(`/api/health?q=${'x'.repeat(9000)}`)).status).toBe(200);
    expect((await world.nobody.fetch(`/api/me?q=${'x'.repeat(9000)}`)).status).toBe(413);
  });
});

describe('a foreign page (C38)', () => {
  test('reads nothing: no answer names another origin, to no request', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    for (const [method, path] of [
      ['OPTIONS', '/api/me'],
      ['GET', '/api/me'],
      ['GET', '/api/health'],
      ['OPTIONS', '/api/device/token'],
    ] as const) {
      const answer = await world.acme.owner.fetch(path, { method, headers });
      expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  test('shows no answer in a frame, runs nothing of it, and embeds it nowhere', async () => {
    for (const path of ['/api/me', '/api/health', '/api/nothing']) {
      const { headers } = await world.nobody.fetch(path);
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('strict-transport-security')).toContain('max-age=31536000');
    }
  });

  test('never has the session: its cookie is for this site and not for scripts', async () => {
    const answer = await world.nobody.fetch('/api/auth/sign-in/email', {
      method: 'POST',
      headers: { origin: 'http://localhost:8788' },
      body: { email: world.acme.member.email, password: PASSWORD },
    });
    const cookies = answer.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) expect(cookie).toMatch(/; HttpOnly; SameSite=Lax/);
  });
});
