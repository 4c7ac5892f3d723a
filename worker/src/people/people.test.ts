import { beforeAll, describe, expect, test } from 'vitest';
import {
  accept,
  createKey,
  createTenant,
  createWorld,
  PASSWORD,
  type Person,
  signIn,
  type TestTenant,
  type World,
} from '../testing/world.ts';

let world: World;
let made = 0;
beforeAll(async () => {
  world = await createWorld();
});

describe('people', () => {
  test('the set-up link makes one admin and no second one', async () => {
    const again = await world.nobody.fetch('/api/setup', {
      method: 'POST',
      body: { token: 'test', email: 'x@y.example', name: 'X', password: PASSWORD },
    });
    expect(again.status).toBe(409);
  });

  test('a wrong set-up token is refused', async () => {
    const answer = await world.nobody.fetch('/api/setup', {
      method: 'POST',
      body: { token: 'guess', email: 'x@y.example', name: 'X', password: PASSWORD },
    });
    expect(answer.status).toBe(403);
  });

  test('a wrong password and an unknown e-mail get the same answer', async () => {
    const tries = await Promise.all(
      [
        { email: world.acme.owner.email, password: 'Wrong-Password-1!' },
        { email: 'nobody@nowhere.example', password: 'Wrong-Password-1!' },
      ].map((body) =>
        world.nobody.fetch('/api/auth/sign-in/email', {
          method: 'POST',
          body,
          headers: { origin: 'http://localhost:8788' },
        }),
      ),
    );
    expect(tries.map((answer) => answer.status)).toEqual([401, 401]);
    const [one, two] = await Promise.all(tries.map((answer) => answer.json<{ detail: string }>()));
    expect(one?.detail).toBe(two?.detail);
  });

  test('signing up without an invitation is not possible', async () => {
    for (const path of [
      '/api/auth/sign-up/email',
      '/api/auth/update-user',
      '/api/auth/list-sessions',
      '/api/auth/change-password',
    ]) {
      expect(
        (
          await world.nobody.fetch(path, {
            method: 'POST',
            body: { email: 'a@b.example', password: PASSWORD, name: 'A' },
          })
        ).status,
      ).toBe(404);
    }
  });

  test('a signed-out person is 401 everywhere', async () => {
    for (const path of [
      '/api/me',
      '/api/admin/tenants',
      `/api/tenants/${world.acme.id}`,
      '/api/blocked',
      '/api/audit',
      '/api/skills/private',
    ]) {
      expect([path, (await world.nobody.fetch(path)).status]).toEqual([path, 401]);
    }
  });

  test('sign-out ends the session', async () => {
    const someone = await signIn(world.acme.member.email);
    expect((await someone.fetch('/api/me')).status).toBe(200);
    await someone.json('/api/auth/sign-out', { method: 'POST', body: {} });
    expect((await someone.fetch('/api/me')).status).toBe(401);
  });

  test('me says who I am, in which tenants, and what I may do', async () => {
    const me = await world.acme.author.json<{ tenants: { id: string; role: string }[]; can: Record<string, string[]> }>(
      '/api/me',
    );
    expect(me.tenants).toEqual([expect.objectContaining({ id: world.acme.id, role: 'author' })]);
    expect(me.can[world.acme.id]).toContain('skill:publish');
    expect(me.can[world.acme.id]).not.toContain('member:invite');
    expect(me.can.platform).toEqual([]);
  });

  test('another tenant is 404 in every route of the room (A112)', async () => {
    const id = world.globex.id;
    for (const [method, path] of [
      ['GET', `/api/tenants/${id}`],
      ['GET', `/api/tenants/${id}/members`],
      ['GET', `/api/tenants/${id}/invitations`],
      ['POST', `/api/tenants/${id}/invitations`],
      ['GET', `/api/tenants/${id}/keys`],
      ['GET', '/api/admin/tenants'],
    ] as const) {
      const body = method === 'POST' ? { email: 'x@y.example', role: 'member' } : undefined;
      expect([path, (await world.acme.owner.fetch(path, { method, body })).status]).toEqual([path, 404]);
    }
  });

  test('a member sees the tenant but invites nobody: 403 with the reason', async () => {
    const answer = await world.acme.member.fetch(`/api/tenants/${world.acme.id}/invitations`, {
      method: 'POST',
      body: { email: 'x@y.example', role: 'member' },
    });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'FORBIDDEN', detail: expect.stringContaining('member:invite') });
  });

  test('an invitation works once and tells nothing to a guesser', async () => {
    const { url } = await world.acme.owner.json<{ url: string }>(`/api/tenants/${world.acme.id}/invitations`, {
      method: 'POST',
      body: { email: 'once@acme.example', role: 'member' },
    });
    const token = new URL(url).searchParams.get('token');
    const body = { token, name: 'Once', password: PASSWORD };
    const answers = await Promise.all(
      [1, 2].map(() => world.nobody.fetch('/api/invitations/accept', { method: 'POST', body })),
    );
    const [won, lost] = answers.map((answer) => answer.status).sort();
    // The loser comes while the invitation is open (409) or after it was taken (404).
    expect([won, [404, 409].includes(lost ?? 0)]).toEqual([201, true]);
    expect((await world.nobody.fetch('/api/invitations/preview', { method: 'POST', body: { token } })).status).toBe(
      404,
    );
    expect(
      (await world.nobody.fetch('/api/invitations/preview', { method: 'POST', body: { token: 'guess' } })).status,
    ).toBe(404);
  });

  test('a weak password is refused with what is wanted', async () => {
    const { url } = await world.acme.owner.json<{ url: string }>(`/api/tenants/${world.acme.id}/invitations`, {
      method: 'POST',
      body: { email: 'weak@acme.example', role: 'member' },
    });
    const token = new URL(url).searchParams.get('token');
    const sentence = 'the tide table lies ';
    for (const password of ['short', 'alllowercase12', sentence.slice(1), 'Password123!']) {
      expect(
        (await world.nobody.fetch('/api/invitations/accept', { method: 'POST', body: { token, name: 'W', password } }))
          .status,
      ).toBe(422);
    }
    expect(
      (
        await world.nobody.fetch('/api/invitations/accept', {
          method: 'POST',
          body: { token, name: 'W', password: sentence },
        })
      ).status,
    ).toBe(201);
  });

  test('two tenants cannot have one slug', async () => {
    await createTenant(world.admin, 'initech');
    const answer = await world.admin.fetch('/api/admin/tenants', {
      method: 'POST',
      body: { slug: 'initech', name: 'x', ownerEmail: 'a@b.example' },
    });
    expect([answer.status, (await answer.json<{ code: string }>()).code]).toEqual([409, 'ALREADY_EXISTS']);
  });

  test('a foreign page cannot use the cookie', async () => {
    const answer = await world.acme.owner.fetch(`/api/tenants/${world.acme.id}/invitations`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
      body: { email: 'x@y.example', role: 'member' },
    });
    expect(answer.status).toBe(403);
  });

  test('tenants are listed page by page with a cursor, and an unreadable cursor is 400', async () => {
    const first = await world.admin.json<{ tenants: { slug: string }[]; nextCursor: string }>(
      '/api/admin/tenants?limit=1',
    );
    const second = await world.admin.json<{ tenants: { slug: string }[] }>(
      `/api/admin/tenants?limit=1&cursor=${first.nextCursor}`,
    );
    expect([first.tenants[0]?.slug, second.tenants[0]?.slug]).toEqual(['acme', 'globex']);
    expect((await world.admin.fetch('/api/admin/tenants?cursor=%21%21')).status).toBe(400);
    expect((await world.admin.fetch('/api/admin/tenants?limit=0')).status).toBe(422);
  });

  test('removing a member ends their rights; the last owner stays', async () => {
    const tenant = await createTenant(world.admin, 'hooli');
    const { members } = await tenant.owner.json<{ members: { userId: string; role: string }[] }>(
      `/api/tenants/${tenant.id}/members`,
    );
    const idOf = (role: string) => members.find((member) => member.role === role)?.userId;
    expect(
      (await tenant.owner.fetch(`/api/tenants/${tenant.id}/members/${idOf('owner')}`, { method: 'DELETE' })).status,
    ).toBe(409);
    await tenant.owner.json(`/api/tenants/${tenant.id}/members/${idOf('member')}`, { method: 'DELETE' });
    await expect
      .poll(async () => (await tenant.member.fetch(`/api/tenants/${tenant.id}`)).status, { timeout: 3000 })
      .toBe(401);
  });
});

describe('roles of a tenant', () => {
  const join = async (tenant: TestTenant, role: string) => {
    const email = `${role}-${++made}@${tenant.slug}.example`;
    const { url } = await tenant.owner.json<{ url: string }>(`/api/tenants/${tenant.id}/invitations`, {
      method: 'POST',
      body: { email, role },
    });
    return await accept(url, email, email);
  };
  const setRole = (who: Person, tenant: TestTenant, userId: string, role: string) =>
    who.fetch(`/api/tenants/${tenant.id}/members/${userId}`, { method: 'PUT', body: { role } });

  test('a tenant admin runs the tenant and cannot take it from its owner', async () => {
    const tenant = await createTenant(world.admin, 'cyberdyne');
    const admin = await join(tenant, 'tenant_admin');
    expect((await setRole(admin, tenant, tenant.member.id, 'author')).status).toBe(200);
    const refused = [
      await setRole(admin, tenant, admin.id, 'owner'),
      await setRole(admin, tenant, tenant.owner.id, 'member'),
      await admin.fetch(`/api/tenants/${tenant.id}/members/${tenant.owner.id}`, { method: 'DELETE' }),
      await admin.fetch(`/api/tenants/${tenant.id}/invitations`, {
        method: 'POST',
        body: { email: 'more@cyberdyne.example', role: 'owner' },
      }),
    ];
    for (const answer of refused)
      expect([answer.status, (await answer.json<{ detail: string }>()).detail]).toEqual([
        403,
        'Your role tenant_admin does not include owner:grant.',
      ]);
  });

  test('a tenant auditor reads everything and changes nothing', async () => {
    const auditor = await join(world.globex, 'tenant_auditor');
    expect((await auditor.fetch(`/api/audit-logs?tenantId=${world.globex.id}`)).status).toBe(200);
    expect((await setRole(auditor, world.globex, auditor.id, 'owner')).status).toBe(403);
  });

  test('a role that was taken away holds nowhere after a second, also not in a key', async () => {
    const tenant = await createTenant(world.admin, 'tyrell');
    const key = await createKey(tenant.author, tenant.id);
    const upload = () => key.fetch(`/api/skills/private/upload?tenantId=${tenant.id}`, { method: 'POST' });
    expect((await upload()).status).not.toBe(403);
    expect((await setRole(tenant.owner, tenant, tenant.author.id, 'tenant_auditor')).status).toBe(200);
    await expect.poll(async () => (await upload()).status, { timeout: 1000, interval: 50 }).toBe(403);
  });

  test('of two owners who take the role from each other at once, one stays', async () => {
    const tenant = await createTenant(world.admin, 'weyland');
    const other = await join(tenant, 'owner');
    const answers = await Promise.all([
      setRole(tenant.owner, tenant, other.id, 'member'),
      setRole(other, tenant, tenant.owner.id, 'member'),
    ]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const { members } = await world.admin.json<{ members: { role: string }[] }>(`/api/tenants/${tenant.id}/members`);
    expect(members.filter(({ role }) => role === 'owner')).toHaveLength(1);
  });

  test('the last owner keeps the role; somebody of another tenant is not there', async () => {
    const { globex } = world;
    expect((await setRole(globex.owner, globex, globex.owner.id, 'author')).status).toBe(409);
    expect((await setRole(globex.owner, globex, world.acme.member.id, 'author')).status).toBe(404);
  });
});

describe('the doors of the wire', () => {
  test('an id that does not parse is 404, like one that does not exist', async () => {
    expect((await world.acme.owner.fetch('/api/tenants/ten-nonsense')).status).toBe(404);
    expect((await world.acme.owner.fetch('/api/tenants/ten-01jd0000000000000000000000')).status).toBe(404);
  });

  test('broken JSON is 400, another content type 415, an unknown path 404', async () => {
    const path = `/api/tenants/${world.acme.id}/invitations`;
    const send = (type: string, body: string) =>
      world.acme.owner.fetch(path, {
        method: 'POST',
        headers: { 'content-type': type, 'content-length': String(body.length) },
        body,
      });
    expect((await send('application/json', '{')).status).toBe(400);
    expect((await send('text/plain', 'hello')).status).toBe(415);
    expect((await world.acme.owner.fetch('/api/nothing')).status).toBe(404);
  });

  test('all bad fields are named at once', async () => {
    const answer = await world.acme.owner.fetch(`/api/tenants/${world.acme.id}/invitations`, {
      method: 'POST',
      body: { email: 'no', role: 'king' },
    });
    expect(answer.status).toBe(422);
    expect(
      (await answer.json<{ errors: { pointer: string }[] }>()).errors.map((error) => error.pointer).sort(),
    ).toEqual(['/email', '/role']);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  test('a peer of an older wire is told what to do', async () => {
    const answer = await world.acme.owner.fetch('/api/me', { headers: { 'aegis-wire': '0.9' } });
    expect([answer.status, (await answer.json<{ code: string }>()).code]).toEqual([426, 'CLIENT_OUTDATED']);
  });

  test.each<[string, string, number]>([
    ['a known caller', '/api/me', 200],
    ['a dead credential', '/api/me', 401],
    ['a path that is nowhere', '/api/nothing', 404],
  ])('%s is answered with its request id and the rate limit', async (_, path, status) => {
    const headers: Record<string, string> = status === 401 ? { authorization: 'Bearer aeg_dead' } : {};
    const answer = await world.acme.owner.fetch(path, { headers });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-request-id')).toMatch(/^req-/);
    expect(answer.headers.get('ratelimit-policy')).toMatch(/^"default";q=\d+;w=60$/);
    expect(answer.headers.get('ratelimit')).toMatch(/^"default";r=\d+;t=\d+$/);
  });

  test('the OpenAPI document describes every route', async () => {
    const document = await world.nobody.json<{ openapi: string; paths: Record<string, unknown> }>('/api/openapi.json');
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/api/skills/private/upload',
        '/api/clusters/{clusterId}/state',
        '/api/auth/sign-in/email',
      ]),
    );
  });
});
