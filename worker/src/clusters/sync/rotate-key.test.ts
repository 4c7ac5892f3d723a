import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readState } from '../../testing/desired-state.ts';
import {
  createWorld,
  enrolCluster,
  makePair,
  person,
  type SigningPair,
  type TestCluster,
  type World,
} from '../../testing/world.ts';

let world: World;
let cluster: TestCluster;
let made = 0;
beforeAll(async () => {
  world = await createWorld();
});
beforeEach(async () => {
  cluster = await enrolCluster(world.admin, `rotates-${++made}`);
});

type NewKey = Awaited<ReturnType<typeof makePair>>;

/** One request with a credential by that key. */
async function ask(key: SigningPair, path: string, init: { method?: string; body?: unknown } = {}) {
  const caller = person(cluster.id, '', { authorization: `Bearer ${await cluster.credential(key)}` });
  return await caller.fetch(`/api/clusters/${cluster.id}${path}`, init);
}

const rotate = async (by: SigningPair, to: NewKey, proof?: string) =>
  await ask(by, '/key', {
    method: 'POST',
    body: { publicKey: to.publicKey, proof: proof ?? (await cluster.prove(to, by.kid)) },
  });

const endOverlap = () =>
  env.DB.prepare('update clusters set previous_until_ms = ? where id = ?').bind(Date.now(), cluster.id).run();

describe('a cluster gives itself another key (X6)', () => {
  test('with both keys in hand; the one before works for some minutes more, then never', async () => {
    const next = await makePair();
    const answer = await rotate(cluster.key, next);
    const { keyId, previousUntil } = await answer.json<{ keyId: string; previousUntil: string }>();
    expect([answer.status, keyId]).toEqual([200, next.kid]);
    const minutes = (Date.parse(previousUntil) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(8);
    expect(minutes).toBeLessThanOrEqual(10);
    expect([(await ask(next, '/state')).status, (await ask(cluster.key, '/state')).status]).toEqual([200, 200]);
    await endOverlap();
    expect([(await ask(next, '/state')).status, (await ask(cluster.key, '/state')).status]).toEqual([200, 401]);
  });

  test('and whoever lost the answer asks again, with the key before or, when that is over, with the new one', async () => {
    const next = await makePair();
    const answers = [await rotate(cluster.key, next), await rotate(cluster.key, next)];
    await endOverlap();
    answers.push(await rotate(next, next));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test('but not with a key that it does not have, nor for another cluster or purpose', async () => {
    const [next, stranger] = [await makePair(), await makePair()];
    const other = await enrolCluster(world.admin, `other-${made}`);
    const { key } = cluster;
    const proofs = [
      await cluster.prove(stranger, key.kid),
      await cluster.prove(next, stranger.kid),
      await cluster.prove(next, key.kid, { about: other.id }),
      await cluster.prove(next, key.kid, { audience: 'aegis-registry' }),
      'made-up',
    ];
    for (const proof of proofs) expect((await rotate(key, next, proof)).status).toBe(422);
    expect((await ask(next, '/state')).status).toBe(401);
  });

  test('a key that was replaced replaces nothing, also while it still works, and never comes back', async () => {
    const [next, stolen] = [await makePair(), await makePair()];
    const first = await makePair();
    await rotate(cluster.key, first);
    await rotate(first, next);
    expect((await rotate(first, stolen)).status).toBe(409);
    expect((await rotate(next, first)).status).toBe(409);
    expect((await ask(cluster.key, '/state')).status).toBe(401);
    expect((await ask(next, '/state')).status).toBe(200);
  });

  test('of two at once one wins', async () => {
    const answers = await Promise.all([1, 2].map(async () => await rotate(cluster.key, await makePair())));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test('a poll that the key before holds ends with it', async () => {
    const { etag } = await readState(cluster);
    await rotate(cluster.key, await makePair());
    await env.DB.prepare('update clusters set previous_until_ms = ? where id = ?')
      .bind(Date.now() + 1500, cluster.id)
      .run();
    const caller = person('', '', { authorization: `Bearer ${await cluster.credential()}`, 'if-none-match': etag });
    const startedAtMs = Date.now();
    const answer = await caller.fetch(`/api/clusters/${cluster.id}/state?wait=25`);
    expect([answer.status, Date.now() - startedAtMs < 20_000]).toEqual([401, true]);
  });

  test('it stands in the audit trail of the platform', async () => {
    await rotate(cluster.key, await makePair());
    const { events } = await world.auditor.json<{ events: { action: string; targetId: string }[] }>(
      '/api/audit-logs?tenantId=platform',
    );
    const found = events.filter(({ action, targetId }) => action === 'cluster:rotate' && targetId === cluster.id);
    expect(found).toMatchObject([{ actor: { kind: 'cluster', id: cluster.id }, severity: 'warning' }]);
  });
});

describe('a credential of a cluster', () => {
  test('is taken once: who saw it cannot send it again', async () => {
    const caller = person('', '', { authorization: `Bearer ${await cluster.credential()}` });
    const path = `/api/clusters/${cluster.id}/state`;
    expect((await caller.fetch(path)).status).toBe(200);
    const again = await caller.fetch(path);
    expect([again.status, (await again.json<{ detail: string }>()).detail]).toEqual([
      401,
      'This credential was used already. A cluster signs a new one for each request.',
    ]);
  });

  test('of twenty at once one is taken', async () => {
    const caller = person('', '', { authorization: `Bearer ${await cluster.credential()}` });
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => caller.fetch(`/api/clusters/${cluster.id}/state`)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});
