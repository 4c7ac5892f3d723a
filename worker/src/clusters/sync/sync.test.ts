import { verifyApproval } from '@aegis/skill-sdk/approval';
import type { Cluster, KeySet } from '@aegis/skill-sdk/wire/clusters';
import { beforeAll, describe, expect, test } from 'vitest';
import { createAgent, place, readState, readTenant } from '../../testing/desired-state.ts';
import {
  createTenant,
  createWorld,
  enrolCluster,
  publishApproved,
  type TestCluster,
  type TestTenant,
  type World,
} from '../../testing/world.ts';

let world: World;
let keys: KeySet;
beforeAll(async () => {
  world = await createWorld();
  keys = await world.nobody.json<KeySet>('/.well-known/aegis/keys.json');
});

describe('desired state', () => {
  let cluster: TestCluster;
  let tenant: TestTenant;
  let agentId: string;
  beforeAll(async () => {
    cluster = await enrolCluster(world.admin, 'prod');
    tenant = await createTenant(world.admin, 'umbrella');
    await place(world.admin, cluster, tenant);
    agentId = await createAgent(tenant, cluster, 'worker-1');
  });

  test('an agent without skills may reach nothing', async () => {
    const { document } = await readState(cluster);
    const found = document === null ? null : await readTenant(cluster, document, tenant.id);
    expect(found).toMatchObject({ mode: 'hard', agents: [{ agentId, allow: [], base: null }], installs: [] });
  });

  test('an approved install is there with its origin and a signature that verifies', async () => {
    const versionId = await publishApproved(world, tenant, { name: 'rates', hosts: ['api.rates.example'] });
    await tenant.member.json(`/api/tenants/${tenant.id}/agents/${agentId}/skills/private`, {
      method: 'POST',
      body: { privateSkillId: versionId },
    });
    const { document } = await readState(cluster);
    if (document === null) throw new Error('no state');
    const found = await readTenant(cluster, document, tenant.id);
    const [install] = found.installs;
    if (install === undefined) throw new Error('no install');
    expect(found.agents[0]?.allow).toEqual([
      {
        host: 'api.rates.example',
        ports: [443],
        protocol: 'tls',
        origin: { kind: 'skill', name: 'rates', version: '1.0.0', digest: install.archiveDigest },
      },
    ]);
    const predicate = await verifyApproval(install.approval, keys, {
      tenantId: tenant.id,
      name: 'rates',
      version: '1.0.0',
      archiveDigest: install.archiveDigest,
      contentDigest: install.contentDigest,
    });
    expect(predicate.permissions.network[0]?.host).toBe('api.rates.example');
  });

  test('one agent’s skill opens nothing for another', async () => {
    const other = await createAgent(tenant, cluster, 'worker-2');
    const { document } = await readState(cluster);
    const found = document === null ? null : await readTenant(cluster, document, tenant.id);
    expect(found?.agents.find((agent) => agent.agentId === other)?.allow).toEqual([]);
  });

  test('a poll with the newest tag waits, and a change wakes it', async () => {
    const { etag } = await readState(cluster);
    const waiting = readState(cluster, { etag, wait: 20 });
    // The poll is held once the hub knows of it; the ring may come before, then the next read is what tells.
    const agent = await createAgent(tenant, cluster, 'worker-3');
    const { status, document } = await waiting;
    expect(status).toBe(200);
    const found = document === null ? null : await readTenant(cluster, document, tenant.id);
    expect(found?.agents.map((entry) => entry.agentId)).toContain(agent);
  });

  test('revoking a cluster ends its open poll at once, and no other (X6)', async () => {
    const [revoked, other] = [await enrolCluster(world.admin, 'cut-off'), await enrolCluster(world.admin, 'stays')];
    const held = async (one: TestCluster) => await readState(one, { etag: (await readState(one)).etag, wait: 20 });
    const staying = held(other);
    const cut = held(revoked);
    await world.admin.json(`/api/admin/clusters/${revoked.id}`, { method: 'DELETE' });
    // The other poll would last twenty seconds by itself.
    expect((await Promise.race([cut, staying])).status).toBe(401);
    expect((await cut).status).toBe(401);
    await place(world.admin, other, tenant);
    expect((await staying).status).toBe(200);
  });

  test('a poll with nothing new is 304', async () => {
    const { etag } = await readState(cluster);
    expect((await readState(cluster, { etag, wait: 1 })).status).toBe(304);
  });

  test('a revoked version is never in the feed; the sequence rises', async () => {
    const versionId = await publishApproved(world, tenant, { name: 'revocable', hosts: ['api.gone.example'] });
    const path = `/api/tenants/${tenant.id}/agents/${agentId}/skills/private`;
    await tenant.member.json(path, { method: 'POST', body: { privateSkillId: versionId } });
    const before = await readState(cluster);
    await world.admin.json(`/api/admin/skills/private/${versionId}/revocation`, {
      method: 'PUT',
      body: { reason: 'It phones home.' },
    });
    const after = await readState(cluster);
    if (before.document === null || after.document === null) throw new Error('no state');
    expect(after.document.sequence).toBeGreaterThan(before.document.sequence);
    const found = await readTenant(cluster, after.document, tenant.id);
    expect(JSON.stringify(found)).not.toContain('api.gone.example');
  });

  test('a tenant that is no longer placed disappears, and the sequence still rises', async () => {
    const leaving = await createTenant(world.admin, 'leaving');
    await place(world.admin, cluster, leaving);
    const before = await readState(cluster);
    await world.admin.json(`/api/admin/clusters/${cluster.id}/tenants/${leaving.id}`, { method: 'DELETE' });
    const after = await readState(cluster);
    expect(after.document?.tenants.map((entry) => entry.tenantId)).not.toContain(leaving.id);
    expect(after.document?.sequence).toBeGreaterThan(before.document?.sequence ?? 0);
  });

  test('a new placement starts SOFT', async () => {
    const fresh = await createTenant(world.admin, 'fresh');
    await world.admin.json(`/api/admin/clusters/${cluster.id}/tenants/${fresh.id}`, { method: 'PUT', body: {} });
    const { document } = await readState(cluster);
    expect(document === null ? null : (await readTenant(cluster, document, fresh.id)).mode).toBe('soft');
  });

  test('acknowledgements are shown as they were sent, and an older one changes nothing', async () => {
    const { document } = await readState(cluster);
    const entry = document?.tenants.find((found) => found.tenantId === tenant.id);
    if (document === null || entry === undefined) throw new Error('no state');
    const send = async (sequence: number, state: string) =>
      (await cluster.as()).json(`/api/clusters/${cluster.id}/acks`, {
        method: 'POST',
        body: {
          bootId: cluster.bootId,
          epoch: document.epoch,
          sequence,
          agentVersion: '0.1.0',
          target: 'manifests',
          acks: [{ tenantId: tenant.id, revision: entry.revision, state, enforcement: 'none' }],
        },
      });
    await send(document.sequence, 'written');
    await send(document.sequence - 1, 'failed');
    const { clusters } = await world.admin.json<{ clusters: Cluster[] }>('/api/admin/clusters');
    const shown = clusters
      .find((found) => found.id === cluster.id)
      ?.tenants.find((found) => found.tenantId === tenant.id);
    expect(shown).toMatchObject({
      state: 'written',
      enforcement: 'none',
      ackedRevision: entry.revision,
      wantedRevision: entry.revision,
    });
  });

  test('an acknowledgement for a tenant of another cluster is refused', async () => {
    const answer = await (await cluster.as()).json(`/api/clusters/${cluster.id}/acks`, {
      method: 'POST',
      body: {
        bootId: cluster.bootId,
        epoch: 1,
        sequence: 1,
        agentVersion: '0.1.0',
        target: 'manifests',
        acks: [{ tenantId: world.globex.id, revision: 1, state: 'written', enforcement: 'verified' }],
      },
    });
    expect(answer).toEqual({ refused: [world.globex.id] });
  });
});
