import { beforeAll, describe, expect, test } from 'vitest';
import { place } from '../testing/desired-state.ts';
import { createWorld, enrolCluster, type Person, type TestCluster, type World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

describe('blocked requests', () => {
  let cluster: TestCluster;
  let sender: Person;
  beforeAll(async () => {
    cluster = await enrolCluster(world.admin, 'blocked');
    await place(world.admin, cluster, world.acme);
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
