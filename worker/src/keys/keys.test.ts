import { beforeAll, describe, expect, test } from 'vitest';
import { createKey, createWorld, type World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

describe('keys', () => {
  test('a key does what its scopes say and nothing else', async () => {
    const key = await createKey(world.acme.author, world.acme.id, { scopes: ['skill:read'] });
    expect((await key.fetch('/api/skills/private')).status).toBe(200);
    const answer = await key.fetch(`/api/tenants/${world.acme.id}/agents`);
    expect([answer.status, (await answer.json<{ detail: string }>()).detail]).toEqual([
      403,
      'This key does not have the scope agent:read.',
    ]);
  });

  test('a key never reaches another tenant', async () => {
    const key = await createKey(world.acme.owner, world.acme.id);
    expect((await key.fetch(`/api/tenants/${world.globex.id}/agents`)).status).toBe(404);
  });

  test('nobody makes a key that can do more than they can', async () => {
    const answer = await world.acme.member.fetch(`/api/tenants/${world.acme.id}/keys`, {
      method: 'POST',
      body: { name: 'k', scopes: ['skill:publish'] },
    });
    expect(answer.status).toBe(403);
    const tenantOwned = await world.acme.member.fetch(`/api/tenants/${world.acme.id}/keys`, {
      method: 'POST',
      body: { name: 'k', scopes: ['skill:read'], ownedBy: 'tenant' },
    });
    expect(tenantOwned.status).toBe(403);
  });

  test('a revoked key stops working; its secret is never shown again', async () => {
    const key = await createKey(world.acme.author, world.acme.id);
    const { keys } = await world.acme.author.json<{ keys: Record<string, unknown>[] }>(
      `/api/tenants/${world.acme.id}/keys`,
    );
    expect(JSON.stringify(keys)).not.toMatch(/aeg_[0-9a-f]{20}/);
    await world.acme.author.json(`/api/tenants/${world.acme.id}/keys/${key.id}`, { method: 'DELETE' });
    await expect.poll(async () => (await key.fetch('/api/me')).status, { timeout: 3000 }).toBe(401);
  });

  test('a member sees and revokes only their own keys', async () => {
    const foreign = await createKey(world.acme.author, world.acme.id);
    expect(
      (await world.acme.member.fetch(`/api/tenants/${world.acme.id}/keys/${foreign.id}`, { method: 'DELETE' })).status,
    ).toBe(404);
    const { keys } = await world.acme.member.json<{ keys: unknown[] }>(`/api/tenants/${world.acme.id}/keys`);
    expect(keys).toEqual([]);
  });

  test('a made-up key is 401', async () => {
    expect(
      (await world.nobody.fetch('/api/me', { headers: { authorization: `Bearer aeg_${'0'.repeat(70)}` } })).status,
    ).toBe(401);
    expect((await world.nobody.fetch('/api/me', { headers: { authorization: 'Basic x' } })).status).toBe(401);
  });
});
