import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createApp } from './app.ts';
import { createWorld, PASSWORD, type Person, person, type Send, signIn, type World } from './testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

/** To a registry that counts so many requests a minute; its allowances are in proportion. */
function sendTo(requestsPerMinute: number): Send {
  const app = createApp();
  return async (url, init) => {
    const execution = createExecutionContext();
    const own = { ...env, RATE_LIMIT_PER_MINUTE: String(requestsPerMinute) };
    const answer = await app.fetch(new Request(url, init), own, execution);
    await waitOnExecutionContext(execution);
    return answer;
  };
}

describe('allowances hold across isolates (C32)', () => {
  // Windows are minutes: with the clock at rest nothing depends on how fast this machine is.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  // 20 requests a minute: 2 changes, 1 upload and 1 search each, 1 invitation an hour; 10 changes in a tenant.
  const strict = sendTo(20);
  const calm = sendTo(1_000_000);
  /** Signs in without being counted, and is counted from then on. */
  const as = ({ email }: Person, via = strict) =>
    signIn(email, PASSWORD, (url, init) => (url.includes('/api/auth/') ? calm : via)(url, init));
  const change = (who: Person) => who.fetch('/api/account/totp', { method: 'DELETE' });

  test('changes: the third in a minute waits, in every isolate, and nobody else does', async () => {
    const owner = await as(world.acme.owner);
    const first = await change(owner);
    expect(first.headers.get('ratelimit-policy')).toBe('"default";q=20;w=60, "write";q=2;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"default";r=\d+;t=\d+, "write";r=1;t=60$/);
    await change(owner);
    // Another instance of the application knows as much.
    const third = await change(await as(world.acme.owner, sendTo(20)));
    expect([third.status, third.headers.get('retry-after')]).toEqual([429, '60']);
    expect(third.headers.get('ratelimit')).toContain('"write";r=0;t=60');
    expect((await third.json<{ detail: string }>()).detail).toContain('More than 2 changes in 60 s');
    expect((await change(await as(world.acme.member))).status).not.toBe(429);
    // Reading goes on, and a minute later so do changes.
    expect((await owner.fetch('/api/me')).status).toBe(200);
    vi.setSystemTime(Date.now() + 60_000);
    expect((await change(owner)).status).not.toBe(429);
  });

  test.each([
    ['uploads', 'POST', (tenantId: string) => `/api/skills/private/upload?tenantId=${tenantId}`],
    ['searches', 'GET', () => '/api/skills/private?q=x'],
    ['invitations', 'POST', () => '/api/admin/invitations'],
  ])('%s have one of their own', async (what, method, path) => {
    const author = await as(world.globex.author);
    const ask = () => author.fetch(path(world.globex.id), { method });
    expect((await ask()).status).not.toBe(429);
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect((await refused.json<{ detail: string }>()).detail).toContain(what);
  });

  test('a tenant has its own, and no outsider takes from it', async () => {
    const maker = await as(world.acme.author, calm);
    // Six changes in the tenant, by somebody who may make many.
    const secrets: string[] = [];
    while (secrets.length < 6) {
      const body = { name: 'k', scopes: ['agent:read'] };
      const made = await maker.json<{ secret: string }>(`/api/tenants/${world.acme.id}/keys`, { method: 'POST', body });
      secrets.push(made.secret);
    }
    const outsider = await as(world.globex.member);
    await outsider.fetch(`/api/tenants/${world.acme.id}/agents`, { method: 'POST', body: {} });
    const statuses: number[] = [];
    for (const secret of secrets) {
      const key = person('key', '', { authorization: `Bearer ${secret}` }, strict);
      statuses.push((await key.fetch('/api/keys/own/rotation', { method: 'POST', body: {} })).status);
    }
    expect(statuses).toEqual([201, 201, 201, 201, 429, 429]);
  });
});
