import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { auditRow } from './audit.ts';
import { type Caller, NOBODY } from './auth.ts';
import { type Context, idsAt } from './context.ts';
import { batch, openDb } from './db.ts';
import { parseConfig } from './env.ts';
import { auditEvents } from './schema/audit.ts';

const db = openDb(env.DB);
const log = { debug() {}, info() {}, warn() {}, error() {}, with: () => log };
const as = (caller: Caller): Context => ({
  env,
  config: parseConfig(env),
  db,
  caller,
  nowMs: 5,
  requestId: 'req-1',
  ipAddress: '127.0.0.1',
  userAgent: 'test',
  log,
  newId: idsAt(5),
  mail: async () => null,
});

test('an event says who, what, for whom, from where, and keeps no secret', async () => {
  const key: Caller = { ...NOBODY, kind: 'key', id: 'key-1', name: 'ci', personId: 'usr-1' };
  await batch(db, [
    auditRow(as(key), {
      action: 'key:create',
      tenantId: 'ten-1',
      targetType: 'key',
      targetId: 'key-2',
      details: { token: 'aeg_x', nested: { password: 'p', name: 'n' } },
      before: { secret: 1 },
      after: { name: 'n' },
    }),
  ]);
  const [row] = await db.select().from(auditEvents);
  expect(row).toMatchObject({
    actorType: 'key',
    actorId: 'key-1',
    onBehalfOf: 'usr-1',
    severity: 'info',
    outcome: 'success',
    ipAddress: '127.0.0.1',
    requestId: 'req-1',
    atMs: 5,
    schemaVersion: 1,
    details: { token: '[redacted]', nested: { password: '[redacted]', name: 'n' } },
    before: { secret: '[redacted]' },
    after: { name: 'n' },
  });
});
