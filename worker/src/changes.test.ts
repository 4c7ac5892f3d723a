import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { NOBODY } from './auth.ts';
import { appendChange, hubOf, ring } from './changes.ts';
import { type Context, idsAt } from './context.ts';
import { batch, openDb } from './db.ts';
import { parseConfig } from './env.ts';
import { changes, clusters, placements } from './schema/clusters.ts';

const db = openDb(env.DB);
const log = { debug() {}, info() {}, warn() {}, error() {}, with: () => log };
const ctx: Context = {
  env,
  config: parseConfig(env),
  db,
  caller: NOBODY,
  nowMs: 1,
  requestId: 'req',
  ipAddress: null,
  userAgent: null,
  log,
  newId: idsAt(1),
  mail: async () => null,
};
const cluster = (id: string, hub: number) =>
  db.insert(clusters).values({ id, name: id, hub, createdBy: 'x', createdAtMs: 1 });

test('a change takes the next number, for one tenant everywhere or for one cluster', async () => {
  await batch(db, [
    appendChange(ctx, { tenantId: 'ten-1', kind: 'install', subjectId: 'a' }),
    appendChange(ctx, { tenantId: null, clusterId: 'clu-1', kind: 'cluster', subjectId: 'b' }),
  ]);
  const rows = await db.select().from(changes);
  expect(rows.map(({ seq, tenantId, clusterId }) => [seq, tenantId, clusterId])).toEqual([
    [1, 'ten-1', null],
    [2, null, 'clu-1'],
  ]);
});

test('a ring wakes the clusters of the tenant, whatever hub holds them, and no others', async () => {
  await batch(db, [cluster('clu-a', 0), cluster('clu-b', 1), cluster('clu-c', 0)]);
  await batch(db, [
    db.insert(placements).values([
      { tenantId: 'ten-r', clusterId: 'clu-a', createdAtMs: 1 },
      { tenantId: 'ten-r', clusterId: 'clu-b', createdAtMs: 1 },
    ]),
  ]);
  const waits = [hubOf(ctx, 0).wait('clu-a', 20), hubOf(ctx, 1).wait('clu-b', 20), hubOf(ctx, 0).wait('clu-c', 1)];
  await ring(ctx, { tenantId: 'ten-r' });
  expect(await Promise.all(waits)).toEqual([true, true, false]);
});

test('a ring that fails is logged and never thrown', async () => {
  await expect(ring({ ...ctx, db: openDb({} as D1Database) }, { tenantId: 'ten-r' })).resolves.toBeUndefined();
});
