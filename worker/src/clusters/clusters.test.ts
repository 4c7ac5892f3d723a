import { env } from 'cloudflare:workers';
import { verifyApproval } from '@aegis/skill-sdk/approval';
import { digestOf } from '@aegis/skill-sdk/digest';
import { newId } from '@aegis/skill-sdk/ids';
import type { Cluster, KeySet, StateDocument, TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import { compactVerify, importJWK } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  createTenant,
  createWorld,
  enrolCluster,
  type Person,
  person,
  publishApproved,
  type TestCluster,
  type TestTenant,
  type World,
} from '../testing/world.ts';

let world: World;
let keys: KeySet;
beforeAll(async () => {
  world = await createWorld();
  keys = await world.nobody.json<KeySet>('/.well-known/aegis/keys.json');
});

async function readState(cluster: TestCluster, init: { etag?: string; wait?: number } = {}) {
  const answer = await (await cluster.as()).fetch(`/api/clusters/${cluster.id}/state?wait=${init.wait ?? 0}`, {
    headers: init.etag === undefined ? {} : { 'if-none-match': init.etag },
  });
  const etag = answer.headers.get('etag') ?? '';
  if (answer.status !== 200) return { status: answer.status, etag, document: null };
  const { state } = await answer.json<{ state: string }>();
  const stateKey = keys.keys.find((key) => key.purpose === 'state');
  if (stateKey === undefined) throw new Error('no state key');
  const { payload, protectedHeader } = await compactVerify(state, await importJWK(stateKey, 'Ed25519'), {
    algorithms: ['Ed25519'],
  });
  expect(protectedHeader.kid).toBe(stateKey.kid);
  return { status: 200, etag, document: JSON.parse(new TextDecoder().decode(payload)) as StateDocument };
}

async function readTenant(cluster: TestCluster, document: StateDocument, tenantId: string): Promise<TenantDocument> {
  const digest = document.tenants.find((tenant) => tenant.tenantId === tenantId)?.digest ?? '';
  const answer = await (await cluster.as()).fetch(`/api/clusters/${cluster.id}/tenants/${digest}`);
  expect(answer.status).toBe(200);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  expect(await digestOf(bytes)).toBe(digest);
  return JSON.parse(new TextDecoder().decode(bytes)) as TenantDocument;
}

const place = (cluster: TestCluster, tenant: TestTenant, mode: 'soft' | 'hard' = 'hard') =>
  world.admin.json<Cluster>(`/api/admin/clusters/${cluster.id}/tenants/${tenant.id}`, {
    method: 'PUT',
    body: { mode },
  });

async function createAgent(tenant: TestTenant, cluster: TestCluster, name: string): Promise<string> {
  const { id } = await tenant.owner.json<{ id: string }>(`/api/tenants/${tenant.id}/agents`, {
    method: 'POST',
    body: { name, clusterId: cluster.id },
  });
  return id;
}

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
    const join = () => world.nobody.fetch('/api/clusters/enrol', { method: 'POST', body });
    const answers = await Promise.all([join(), join()]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 401]);
    const { clusters } = await world.admin.json<{ clusters: unknown[] }>('/api/admin/clusters');
    expect(JSON.stringify(clusters)).not.toContain('aegj_');
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

describe('desired state', () => {
  let cluster: TestCluster;
  let tenant: TestTenant;
  let agentId: string;
  beforeAll(async () => {
    cluster = await enrolCluster(world.admin, 'prod');
    tenant = await createTenant(world.admin, 'umbrella');
    await place(cluster, tenant);
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
    await place(cluster, leaving);
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

describe('agents and installs', () => {
  let cluster: TestCluster;
  let agentId: string;
  const skills = () => `/api/tenants/${world.acme.id}/agents/${agentId}/skills/private`;
  beforeAll(async () => {
    cluster = await enrolCluster(world.admin, 'agents');
    await place(cluster, world.acme);
    agentId = await createAgent(world.acme, cluster, 'assistant');
  });

  test('an install, an upgrade, a rollback and an uninstall (A87, X1)', async () => {
    const one = await publishApproved(world, world.acme, { name: 'stepper', version: '1.0.0' });
    const two = await publishApproved(world, world.acme, { name: 'stepper', version: '1.1.0' });
    const install = (privateSkillId: string) =>
      world.acme.member.fetch(skills(), { method: 'POST', body: { privateSkillId } });
    expect((await install(one)).status).toBe(201);
    expect((await install(one)).status).toBe(200);
    expect(await (await install(two)).json()).toMatchObject({
      version: '1.1.0',
      rollbackTo: { version: '1.0.0' },
      enforcement: 'pending',
    });
    expect(await world.acme.member.json(`${skills()}/stepper/rollback`, { method: 'POST' })).toMatchObject({
      version: '1.0.0',
    });
    await world.acme.member.json(`${skills()}/stepper`, { method: 'DELETE' });
    expect((await world.acme.member.fetch(`${skills()}/stepper`, { method: 'DELETE' })).status).toBe(404);
    expect(await world.acme.member.json(skills())).toEqual({ installs: [], nextCursor: null });
  });

  test('a yanked version cannot be installed anew and stays where it is', async () => {
    const versionId = await publishApproved(world, world.acme, { name: 'yankee' });
    await world.acme.member.json(skills(), { method: 'POST', body: { privateSkillId: versionId } });
    await world.acme.author.json(`/api/skills/private/${versionId}/yank`, {
      method: 'PUT',
      body: { reason: 'Wrong units.' },
    });
    const other = await createAgent(world.acme, cluster, 'assistant-2');
    const answer = await world.acme.member.fetch(`/api/tenants/${world.acme.id}/agents/${other}/skills/private`, {
      method: 'POST',
      body: { privateSkillId: versionId },
    });
    expect([answer.status, (await answer.json<{ code: string }>()).code]).toEqual([409, 'NOT_INSTALLABLE']);
    const { installs } = await world.acme.member.json<{ installs: { name: string; status: string }[] }>(skills());
    expect(installs).toContainEqual(expect.objectContaining({ name: 'yankee', status: 'yanked' }));
  });

  test('another tenant’s agent, version and install are 404 (A112)', async () => {
    const versionId = await publishApproved(world, world.acme, { name: 'private-thing' });
    for (const [method, path, body] of [
      ['GET', `/api/tenants/${world.acme.id}/agents/${agentId}`, undefined],
      ['PATCH', `/api/tenants/${world.acme.id}/agents/${agentId}`, {}],
      ['DELETE', `/api/tenants/${world.acme.id}/agents/${agentId}`, undefined],
      ['PUT', `/api/tenants/${world.acme.id}/agents/${agentId}/base`, { network: [] }],
      ['GET', skills(), undefined],
      ['POST', skills(), { privateSkillId: versionId }],
      ['GET', `/api/skills/private/${versionId}/installs`, undefined],
      ['GET', `/api/tenants/${world.globex.id}/agents/${agentId}`, undefined],
    ] as const) {
      expect([path, (await world.globex.owner.fetch(path, { method, body })).status]).toEqual([path, 404]);
    }
    const own = await world.globex.owner.json<{ id: string }>(`/api/tenants/${world.globex.id}/agents`, {
      method: 'POST',
      body: { name: 'thief' },
    });
    const answer = await world.globex.owner.fetch(`/api/tenants/${world.globex.id}/agents/${own.id}/skills/private`, {
      method: 'POST',
      body: { privateSkillId: versionId },
    });
    expect(answer.status).toBe(404);
  });

  test('a base is proposed, reviewed, signed, and only then opens something', async () => {
    const base = `/api/tenants/${world.acme.id}/agents/${agentId}/base`;
    const proposed = await world.acme.owner.json<{ proposedBase: { id: string } }>(base, {
      method: 'PUT',
      body: { network: ['llm.models.example'] },
    });
    const allowOf = async () => {
      const { document } = await readState(cluster);
      const found = document === null ? null : await readTenant(cluster, document, world.acme.id);
      return found?.agents.find((agent) => agent.agentId === agentId);
    };
    expect((await allowOf())?.allow.map((entry) => entry.host)).not.toContain('llm.models.example');
    await world.reviewer.json(`/api/admin/bases/${proposed.proposedBase.id}/review`, {
      method: 'PUT',
      body: { status: 'approved', notes: 'The model provider.' },
    });
    const after = await allowOf();
    expect(after?.allow).toContainEqual({
      host: 'llm.models.example',
      ports: [443],
      protocol: 'tls',
      origin: { kind: 'base', revision: 1 },
    });
    expect(after?.base?.payloadType).toBe('application/vnd.in-toto+json');
  });

  test('a base with an address or an unknown preset is refused with every reason', async () => {
    const answer = await world.acme.owner.fetch(`/api/tenants/${world.acme.id}/agents/${agentId}/base`, {
      method: 'PUT',
      body: { network: ['10.0.0.1', 'ok.example'], presets: ['nonsense'] },
    });
    expect(answer.status).toBe(422);
    expect((await answer.json<{ errors: unknown[] }>()).errors.length).toBeGreaterThanOrEqual(2);
  });

  test('an agent is bound only to clusters of its tenant, and names are unique', async () => {
    const elsewhere = await enrolCluster(world.admin, 'elsewhere');
    const create = (body: Record<string, unknown>) =>
      world.acme.owner.fetch(`/api/tenants/${world.acme.id}/agents`, { method: 'POST', body });
    expect((await create({ name: 'lost', clusterId: elsewhere.id })).status).toBe(422);
    expect((await create({ name: 'assistant' })).status).toBe(409);
    expect((await create({ name: 'Not Valid' })).status).toBe(422);
  });
});

describe('blocked requests', () => {
  let cluster: TestCluster;
  let sender: Person;
  beforeAll(async () => {
    cluster = await enrolCluster(world.admin, 'blocked');
    await place(cluster, world.acme);
    sender = await cluster.as();
  });
  const event = (seq: number, extra: Record<string, unknown> = {}) => ({
    seq,
    kind: 'request',
    tenantId: world.acme.id,
    src: { ip: '10.1.0.7' },
    dst: { host: 'evil.example', hostSource: 'sni', port: 443 },
    protocol: 'tcp',
    verdict: 'denied',
    reason: 'not_in_allowlist',
    policy: { revision: 3 },
    source: 'gateway',
    firstAt: '2026-11-01T00:00:00.000Z',
    lastAt: '2026-11-01T00:00:01.000Z',
    count: 2,
    ...extra,
  });
  const send = (bootId: string, events: unknown[]) =>
    sender.json(`/api/clusters/${cluster.id}/blocked`, { method: 'POST', body: { bootId, events } });
  const list = (query = '') =>
    world.acme.member.json<{
      blockedRequests: Record<string, unknown>[];
      denied24h: number;
      lost: number;
      nextCursor: string | null;
    }>(`/api/blocked?tenantId=${world.acme.id}&clusterId=${cluster.id}${query}`);

  test('a batch is stored once however often it is sent (A139, A221)', async () => {
    const events = [1, 2, 3, 4, 5, 6, 7].map((seq) => event(seq));
    expect(await send(cluster.bootId, events)).toEqual({ ackedSeq: 7, refused: [] });
    expect(await send(cluster.bootId, events)).toEqual({ ackedSeq: 7, refused: [] });
    const { blockedRequests, denied24h } = await list();
    expect([blockedRequests.length, denied24h]).toEqual([7, 14]);
    expect(blockedRequests[0]).toMatchObject({
      sourceIp: '10.1.0.7',
      destinationHost: 'evil.example',
      destinationPort: 443,
      protocol: 'tcp',
      reason: 'not_in_allowlist',
      count: 2,
    });
  });

  test('events of a tenant that is not placed here are refused', async () => {
    expect(await send(cluster.bootId, [event(100, { tenantId: world.globex.id })])).toEqual({
      ackedSeq: 100,
      refused: [100],
    });
    const { blockedRequests } = await world.globex.member.json<{ blockedRequests: unknown[] }>('/api/blocked');
    expect(blockedRequests).toEqual([]);
  });

  test('lost records are counted, never hidden', async () => {
    await send(cluster.bootId, [event(200, { kind: 'dropped', count: 41, lost: { from: 101, to: 141 } })]);
    expect((await list()).lost).toBe(41);
  });

  test('the list is filtered and paged by cursor', async () => {
    await send(cluster.bootId, [
      event(300, { dst: { host: 'other.example', hostSource: 'sni', port: 8443 }, verdict: 'would_deny' }),
    ]);
    expect((await list('&q=OTHER')).blockedRequests).toHaveLength(1);
    expect((await list('&verdict=would_deny')).blockedRequests).toHaveLength(1);
    const first = await list('&limit=2');
    const second = await list(`&limit=2&cursor=${first.nextCursor}`);
    expect(new Set([...first.blockedRequests, ...second.blockedRequests].map((row) => row.id)).size).toBe(4);
  });

  test('only a cluster sends, only for itself, only well-formed', async () => {
    expect(
      (
        await world.acme.owner.fetch(`/api/clusters/${cluster.id}/blocked`, {
          method: 'POST',
          body: { bootId: cluster.bootId, events: [event(1)] },
        })
      ).status,
    ).toBe(404);
    const other = await enrolCluster(world.admin, 'blocked-other');
    expect(
      (
        await (
          await other.as()
        ).fetch(`/api/clusters/${cluster.id}/blocked`, {
          method: 'POST',
          body: { bootId: cluster.bootId, events: [event(1)] },
        })
      ).status,
    ).toBe(404);
    expect(
      (
        await sender.fetch(`/api/clusters/${cluster.id}/blocked`, {
          method: 'POST',
          body: { bootId: cluster.bootId, events: [] },
        })
      ).status,
    ).toBe(422);
  });

  test('another tenant sees none of it (A112)', async () => {
    expect((await world.globex.owner.fetch(`/api/blocked?tenantId=${world.acme.id}`)).status).toBe(404);
  });
});

describe('audit', () => {
  test('every mutation above left its event, and nothing can change one (A243)', async () => {
    const { events } = await world.acme.owner.json<{ events: { action: string; actor: { name: string } }[] }>(
      `/api/audit?tenantId=${world.acme.id}&limit=200`,
    );
    expect(new Set(events.map((event) => event.action))).toEqual(
      expect.objectContaining(
        new Set(['skill:publish', 'skill:review', 'install:write', 'agent:write', 'base:propose', 'member:invite']),
      ),
    );
    await expect(env.DB.prepare("update audit_events set action = 'x'").run()).rejects.toThrow(/append-only/);
    await expect(env.DB.prepare('delete from audit_events').run()).rejects.toThrow(/append-only/);
  });

  test('a member does not read it, another tenant does not know it', async () => {
    expect((await world.acme.member.fetch(`/api/audit?tenantId=${world.acme.id}`)).status).toBe(403);
    expect((await world.globex.owner.fetch(`/api/audit?tenantId=${world.acme.id}`)).status).toBe(404);
  });
});
