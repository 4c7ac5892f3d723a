import { env } from 'cloudflare:workers';
import { SSO_DOMAINS_MAX } from '@aegis/skill-sdk/limits';
import { beforeAll, expect, test } from 'vitest';
import { createWorld, type World } from '../../testing/world.ts';

// The sign-in itself is tried with a real provider, end to end: `e2e/single-sign-on.test.ts`.
let world: World;
let path: string;
beforeAll(async () => {
  world = await createWorld();
  path = `/api/tenants/${world.acme.id}/sso`;
});

test('what a provider says decides over no owner: roles of groups end below (A66)', async () => {
  const body = { issuer: 'https://login.internal', clientId: 'x', roles: [{ group: 'all', role: 'owner' }] };
  const answer = await world.acme.owner.fetch(path, { method: 'PUT', body });
  expect(answer.status).toBe(422);
  expect(await answer.json()).toMatchObject({ errors: [{ pointer: '/roles/0/role' }] });
});

test('a domain is one name of the public net, claimed once by a tenant, by so many at most (C38)', async () => {
  const add = async (domain: string) =>
    (await world.acme.owner.fetch(`${path}/domains`, { method: 'POST', body: { domain } })).status;
  for (const domain of ['localhost', 'a b.example', '*.example', 'https://a.example', '-a.example', '10.0.0.1'])
    expect([domain, await add(domain)]).toEqual([domain, 422]);
  const names = Array.from({ length: SSO_DOMAINS_MAX }, (_, index) => `d${index}.example`);
  expect(await add(' D0.Example ')).toBe(201);
  expect(await add('d0.example')).toBe(409);
  for (const name of names.slice(1)) expect(await add(name)).toBe(201);
  expect(await add('one-more.example')).toBe(403);
});

test('another tenant’s domain is not there for anybody else (A112)', async () => {
  const { domains } = await world.acme.owner.json<{ domains: { id: string }[] }>(path);
  const foreign = `/api/tenants/${world.globex.id}/sso/domains/${domains[0]?.id}`;
  expect((await world.globex.owner.fetch(foreign, { method: 'DELETE' })).status).toBe(404);
  expect((await world.admin.fetch(foreign.replace('/api/', '/api/admin/'), { method: 'PUT' })).status).toBe(404);
});

test('every change is told, with what was before (C33)', async () => {
  const { results } = await env.DB.prepare(
    "select target_type from audit_events where action = 'sso:write' and tenant_id = ?",
  )
    .bind(world.acme.id)
    .all();
  expect(results).toHaveLength(SSO_DOMAINS_MAX);
});
