import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { createWorld, PASSWORD, person, type World } from '../testing/world.ts';
import { authOf } from './sign-in.ts';

const ORIGIN = 'http://localhost:8788';
let world: World;
beforeAll(async () => {
  world = await createWorld();
});

const tokensKept = async () =>
  (await env.DB.prepare('select token from sessions').all<{ token: string }>()).results.map(({ token }) => token);

test('no token of a session stands in the database: who reads it there cannot sign in with it (C39)', async () => {
  const answer = await world.nobody.fetch('/api/auth/sign-in/email', {
    method: 'POST',
    headers: { origin: ORIGIN },
    body: { email: world.acme.member.email, password: PASSWORD },
  });
  const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
  const sent = decodeURIComponent(cookie.find((pair) => pair.startsWith('aegis.session_token=')) ?? '');
  const token = /=([^.]+)\./.exec(sent)?.[1] ?? 'none';
  expect(token.length).toBeGreaterThan(20);
  const kept = await tokensKept();
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.every((value) => /^[0-9a-f]{64}$/.test(value))).toBe(true);
  expect(JSON.stringify(kept)).not.toContain(token);
  const own = person('', '', { cookie: cookie.join('; '), origin: ORIGIN });
  expect((await own.fetch('/api/me')).status).toBe(200);
  expect((await own.fetch('/api/auth/sign-out', { method: 'POST', body: {} })).status).toBe(200);
  await expect.poll(async () => (await own.fetch('/api/me')).status).toBe(401);
});

test('better-auth sees the token where it asks for one, in each way of asking', async () => {
  const { internalAdapter, adapter } = await authOf(env).$context;
  const made = await internalAdapter.createSession(world.acme.owner.id);
  const other = await internalAdapter.createSession(world.acme.owner.id);
  expect((await internalAdapter.findSession(made.token))?.session.token).toBe(made.token);
  const found = await internalAdapter.findSessions([made.token, other.token]);
  expect(found.map(({ session }) => session.token).sort()).toEqual([made.token, other.token].sort());
  const later = new Date(Date.now() + 3_600_000);
  expect((await internalAdapter.updateSession(made.token, { expiresAt: later }))?.token).toBe(made.token);
  const by = (token: string) => ({ model: 'session', where: [{ field: 'token', value: token }] });
  expect(await adapter.count(by(made.token))).toBe(1);
  expect(await adapter.transaction((part) => part.count(by(other.token)))).toBe(1);
  await internalAdapter.deleteSession(made.token);
  await adapter.deleteMany(by(other.token));
  expect(await internalAdapter.findSession(made.token)).toBeNull();
  expect(await adapter.findOne(by(other.token))).toBeNull();
});
