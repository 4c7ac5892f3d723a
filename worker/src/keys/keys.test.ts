import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { createKey, createWorld, type Person, person, type World } from '../testing/world.ts';

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

interface Rotated {
  key: { id: string; expiresAt: string; previous: { prefix: string; validUntil: string } | null };
  secret: string;
}
const withSecret = (secret: string) => person('key', '', { authorization: `Bearer ${secret}` });
const works = async (who: Person) => (await who.fetch('/api/me')).status;

describe('rotation (X6)', () => {
  const rotate = (who: Person, keyId: string, body: Record<string, unknown>) =>
    who.fetch(`/api/tenants/${world.acme.id}/keys/${keyId}/rotation`, { method: 'POST', body });
  const endOverlap = (who: Person, keyId: string) =>
    who.fetch(`/api/tenants/${world.acme.id}/keys/${keyId}/rotation`, { method: 'DELETE' });

  test('the new secret works now and the old one until the overlap ends, or is ended', async () => {
    const { author, id } = world.acme;
    const old = await createKey(author, id, { days: 3 });
    const answer = await rotate(author, old.id, { overlapHours: 168, days: 30 });
    const { key, secret } = await answer.json<Rotated>();
    expect(answer.status).toBe(201);
    expect([await works(old), await works(withSecret(secret))]).toEqual([200, 200]);
    // Never longer than it would have lived.
    const { credential } = await old.json<{ credential: { expiresAt: string; replaced: boolean } }>('/api/me');
    expect(credential).toEqual({ replaced: true, expiresAt: key.previous?.validUntil });
    expect(Date.parse(credential.expiresAt) - Date.now()).toBeLessThanOrEqual(3 * 24 * 3_600_000);
    expect((await rotate(author, old.id, {})).status).toBe(409);
    expect((await endOverlap(author, old.id)).status).toBe(200);
    await expect.poll(() => works(old), { timeout: 3000 }).toBe(401);
    expect(await works(withSecret(secret))).toBe(200);
    expect((await endOverlap(author, old.id)).status).toBe(409);
  });

  test('without an overlap the old secret ends with the rotation; revoking ends both', async () => {
    const { author, id } = world.acme;
    const old = await createKey(author, id);
    const { secret } = await (await rotate(author, old.id, { overlapHours: 0 })).json<Rotated>();
    await expect.poll(() => works(old), { timeout: 3000 }).toBe(401);
    const { secret: third } = await (await rotate(author, old.id, { overlapHours: 1 })).json<Rotated>();
    await author.json(`/api/tenants/${id}/keys/${old.id}`, { method: 'DELETE' });
    for (const each of [secret, third]) await expect.poll(() => works(withSecret(each)), { timeout: 3000 }).toBe(401);
    expect((await rotate(author, old.id, {})).status).toBe(404);
  });

  test('of two rotations at once one wins', async () => {
    const { author, id } = world.acme;
    const key = await createKey(author, id);
    const answers = await Promise.all([1, 2, 3].map(() => rotate(author, key.id, {})));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });

  test('nobody rotates the key of somebody else: they would hold it', async () => {
    const { author, owner, member, id } = world.acme;
    const key = await createKey(author, id);
    expect((await rotate(owner, key.id, {})).status).toBe(403);
    expect((await rotate(member, key.id, {})).status).toBe(404);
    expect((await rotate(world.globex.owner, key.id, {})).status).toBe(404);
    const tenants = await createKey(owner, id, { ownedBy: 'tenant' });
    expect((await rotate(author, tenants.id, {})).status).toBe(404);
    expect((await rotate(owner, tenants.id, {})).status).toBe(201);
  });

  test.each([-1, 169, 1.5, 'a'])('an overlap of %o hours is refused', async (overlapHours) => {
    const key = await createKey(world.acme.author, world.acme.id);
    expect((await rotate(world.acme.author, key.id, { overlapHours })).status).toBe(422);
  });

  test('a key rotates itself, lives no longer for it, and its old secret cannot take it over', async () => {
    const key = await createKey(world.acme.author, world.acme.id, { scopes: ['skill:read'], days: 5 });
    const ask = { method: 'POST', body: { overlapHours: 24 } };
    const before = await key.json<{ credential: { expiresAt: string } }>('/api/me');
    const { key: after, secret } = await key.json<Rotated>('/api/keys/own/rotation', ask);
    expect(after.expiresAt).toBe(before.credential.expiresAt);
    for (const each of [key, withSecret(secret)])
      expect((await each.fetch('/api/keys/own/rotation', ask)).status).toBe(409);
    expect((await world.acme.author.fetch('/api/keys/own/rotation', ask)).status).toBe(403);
  });

  test('both secrets are hashes at rest, and the audit trail holds neither (C39)', async () => {
    const key = await createKey(world.acme.author, world.acme.id);
    const { secret } = await (await rotate(world.acme.author, key.id, {})).json<Rotated>();
    const rows = await env.DB.prepare('select * from api_keys where id = ?').bind(key.id).all();
    const events = await env.DB.prepare('select * from audit_events where target_id = ?').bind(key.id).all();
    expect(events.results.map(({ action }) => action)).toEqual(['key:create', 'key:rotate']);
    const kept = JSON.stringify([rows.results, events.results]);
    expect(kept).not.toContain(secret.slice(12));
    expect(rows.results[0]?.previous_hash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(events.results)).not.toContain(String(rows.results[0]?.previous_hash));
  });
});
