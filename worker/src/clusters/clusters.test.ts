import { newId } from '@aegis/skill-sdk/ids';
import type { Tenant } from '@aegis/skill-sdk/wire/people';
import { beforeAll, describe, expect, test } from 'vitest';
import { createWorld, enrolCluster, type Person, person, type World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

describe('a cluster joins', () => {
  test('with a token that works once and is shown once', async () => {
    const { joinToken } = await world.admin.json<{ joinToken: string }>('/api/admin/clusters', {
      method: 'POST',
      body: { name: 'once' },
    });
    const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify'])) as CryptoKeyPair;
    const { x = '' } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey;
    const bootId = newId('boot', Date.now(), (bytes) => crypto.getRandomValues(bytes));
    const body = { joinToken, publicKey: { kty: 'OKP', crv: 'Ed25519', x }, bootId, agentVersion: '0.1.0' };
    const join = (publicKey: unknown) =>
      world.nobody.fetch('/api/clusters/enrol', { method: 'POST', body: { ...body, publicKey } });
    const other = { ...body.publicKey, x: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' };
    const answers = await Promise.all([join(body.publicKey), join(other)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 401]);
    const winner = answers[0]?.status === 201 ? body.publicKey : other;
    // Its answer was lost: the same token with the same key is answered once more, with another key never.
    expect([(await join(winner)).status, (await join(winner === other ? body.publicKey : other)).status]).toEqual([
      201, 401,
    ]);
    const { clusters } = await world.admin.json<{ clusters: unknown[] }>('/api/admin/clusters');
    expect(JSON.stringify(clusters)).not.toContain('aegj_');
  });

  test.each(['', 'AAAA', 'A'.repeat(44), `${'A'.repeat(42)}!`])('and not with %o, which is no key', async (x) => {
    const publicKey = { kty: 'OKP', crv: 'Ed25519', x };
    const bootId = newId('boot', Date.now(), (bytes) => crypto.getRandomValues(bytes));
    const body = { joinToken: 'made-up', publicKey, bootId, agentVersion: '0.1.0' };
    expect((await world.nobody.fetch('/api/clusters/enrol', { method: 'POST', body })).status).toBe(422);
  });

  test('and only its own key opens its doors', async () => {
    const one = await enrolCluster(world.admin, 'own-one');
    const other = await enrolCluster(world.admin, 'own-other');
    expect((await (await other.as()).fetch(`/api/clusters/${one.id}/state`)).status).toBe(404);
    expect(
      (
        await person('x', '', { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }).fetch(
          `/api/clusters/${one.id}/state`,
        )
      ).status,
    ).toBe(401);
    expect((await world.acme.owner.fetch(`/api/clusters/${one.id}/state`)).status).toBe(404);
  });

  test('tenants never see clusters of the platform', async () => {
    expect((await world.acme.owner.fetch('/api/admin/clusters')).status).toBe(404);
    expect((await world.reviewer.fetch('/api/admin/clusters', { method: 'POST', body: { name: 'nope' } })).status).toBe(
      403,
    );
  });

  test('a tenant reads where it is placed and whether there is watched or denied, and nothing of others', async () => {
    const [first, second] = [await enrolCluster(world.admin, 'b-first'), await enrolCluster(world.admin, 'a-second')];
    const place = (clusterId: string, tenantId: string, mode: string) =>
      world.admin.json(`/api/admin/clusters/${clusterId}/tenants/${tenantId}`, { method: 'PUT', body: { mode } });
    await place(first.id, world.acme.id, 'soft');
    await place(second.id, world.acme.id, 'hard');
    await place(second.id, world.globex.id, 'soft');
    const placements = async (member: Person, tenantId: string) =>
      (await member.json<Tenant>(`/api/tenants/${tenantId}`)).placements;
    const soft = { clusterId: first.id, clusterName: 'b-first', mode: 'soft' };
    const hard = { clusterId: second.id, clusterName: 'a-second', mode: 'hard' };
    expect(await placements(world.acme.member, world.acme.id)).toEqual([hard, soft]);
    expect(await placements(world.globex.member, world.globex.id)).toEqual([{ ...hard, mode: 'soft' }]);
    expect((await world.globex.owner.fetch(`/api/tenants/${world.acme.id}`)).status).toBe(404);
    await world.admin.json(`/api/admin/clusters/${first.id}`, { method: 'DELETE' });
    expect(await placements(world.acme.member, world.acme.id)).toEqual([hard]);
  });

  test('a revoked cluster is out at once', async () => {
    const cluster = await enrolCluster(world.admin, 'gone');
    const before = await cluster.as();
    expect((await before.fetch(`/api/clusters/${cluster.id}/state`)).status).toBe(200);
    await world.admin.json(`/api/admin/clusters/${cluster.id}`, { method: 'DELETE' });
    await expect
      .poll(async () => (await (await cluster.as()).fetch(`/api/clusters/${cluster.id}/state`)).status)
      .toBe(401);
  });
});
