import { env } from 'cloudflare:workers';
import { leafOf, verifyExport } from '@aegis/skill-sdk/audit-export';
import { isIncluded } from '@aegis/skill-sdk/merkle';
import { openCheckpoint } from '@aegis/skill-sdk/signed-note';
import type { AuditEvent, AuditInclusion, AuditList, AuditVerification } from '@aegis/skill-sdk/wire/audit';
import type { KeySet } from '@aegis/skill-sdk/wire/clusters';
import { beforeAll, describe, expect, test } from 'vitest';
import { createWorld, type Person, publishApproved, type TestTenant, type World } from '../testing/world.ts';
import { sequenceLog, wakeLogs } from './ring-logs.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

async function createAgent(tenant: TestTenant, name = 'audited'): Promise<string> {
  const { id } = await tenant.owner.json<{ id: string }>(`/api/tenants/${tenant.id}/agents`, {
    method: 'POST',
    body: { name },
  });
  return id;
}

const list = (person: Person, query: Record<string, string>) =>
  person.json<AuditList>(`/api/audit-logs?${new URLSearchParams(query)}`);
const verify = (person: Person, tenantId: string) =>
  person.json<AuditVerification>('/api/audit-logs/verify', { method: 'POST', body: { tenantId } });
const keys = async () => (await world.nobody.json<KeySet>('/.well-known/aegis/keys.json')).keys;
const run = (sql: string, ...values: (string | number)[]) =>
  env.DB.prepare(sql)
    .bind(...values)
    .run();

/** As somebody with the database in hand: the triggers do not stop them. */
async function tamper(table: string, sql: string, ...values: (string | number)[]): Promise<void> {
  const { results } = await env.DB.prepare(
    "select name, sql from sqlite_master where type = 'trigger' and tbl_name = ?",
  )
    .bind(table)
    .all<{ name: string; sql: string }>();
  for (const { name } of results) await run(`drop trigger ${name}`);
  await run(sql, ...values);
  for (const trigger of results) await run(trigger.sql);
}

describe('audit', () => {
  test('every mutation leaves its event, and nothing can change one (A211, A243)', async () => {
    const agent = await createAgent(world.acme);
    const versionId = await publishApproved(world, world.acme);
    const base = `/api/tenants/${world.acme.id}/agents/${agent}`;
    await world.acme.member.json(`${base}/skills/private`, { method: 'POST', body: { privateSkillId: versionId } });
    await world.acme.owner.json(`${base}/base`, { method: 'PUT', body: { network: ['llm.models.example'] } });
    const { events } = await list(world.acme.owner, { tenantId: world.acme.id, limit: '200' });
    const actions = new Set(events.map((event) => event.action));
    for (const action of [
      'skill:publish',
      'skill:review',
      'install:write',
      'agent:write',
      'base:propose',
      'member:invite',
      'invitation:accept',
      'tenant:create',
    ]) {
      expect(actions).toContain(action);
    }
    expect(events.find((event) => event.action === 'skill:review')).toMatchObject({
      actor: { id: world.reviewer.id },
      targetId: versionId,
    });
    await expect(env.DB.prepare("update audit_events set action = 'x'").run()).rejects.toThrow(/append-only/);
    await expect(env.DB.prepare('delete from audit_events').run()).rejects.toThrow(/append-only/);
    await sequenceLog(env, world.acme.id, true);
    for (const table of ['audit_leaves', 'audit_checkpoints'])
      await expect(run(`delete from ${table}`)).rejects.toThrow(/append-only/);
  });

  test('auditors read, export and verify; a member does not, another tenant does not know it', async () => {
    const { acme, globex, auditor } = world;
    const about = `tenantId=${acme.id}`;
    for (const path of ['', '/export', '/checkpoint']) {
      expect((await acme.member.fetch(`/api/audit-logs${path}?${about}`)).status).toBe(403);
      expect((await globex.owner.fetch(`/api/audit-logs${path}?${about}`)).status).toBe(404);
      expect((await globex.owner.fetch(`/api/admin/audit-logs${path}?${about}`)).status).toBe(404);
      expect((await auditor.fetch(`/api/admin/audit-logs${path}?${about}&format=csv`)).status).toBe(200);
    }
    expect((await auditor.fetch('/api/admin/audit-logs/checkpoint?tenantId=ten-nobody')).status).toBe(404);
    expect((await verify(auditor, 'platform')).integrity.ok).toBe(true);
    expect((await acme.owner.fetch('/api/audit-logs?tenantId=platform')).status).toBe(404);
  });

  test('reading is an event once in ten minutes; every export and every check is one (A243, X2)', async () => {
    const { owner, id } = world.globex;
    const query = { tenantId: id, limit: '200' };
    await list(owner, query);
    await list(owner, { ...query, action: 'audit:read' });
    await owner.fetch(`/api/audit-logs/export?tenantId=${id}&format=csv&severity=critical`);
    await verify(owner, id);
    const { events } = await list(owner, query);
    const counted = (action: string) => events.filter((event) => event.action === action);
    expect(counted('audit:read')).toHaveLength(1);
    expect(counted('audit:export')).toMatchObject([{ details: { format: 'csv', filter: { severity: 'critical' } } }]);
    expect(counted('audit:verify')).toMatchObject([{ outcome: 'success', details: { integrity: true } }]);
  });

  test('each filter finds what it says, in pages, and nothing else (A213)', async () => {
    const { acme } = world;
    const agentId = await createAgent(acme, 'filtered');
    await acme.owner.json(`/api/tenants/${acme.id}/agents/${agentId}`, {
      method: 'PATCH',
      body: { name: 'renamed-100%' },
    });
    const of = async (query: Record<string, string>) =>
      (await list(acme.owner, { tenantId: acme.id, ...query })).events;
    const all = await of({ limit: '200' });
    const filters: [Record<string, string>, (event: AuditEvent) => boolean][] = [
      [{ actor: acme.author.id }, ({ actor, onBehalfOf }) => [actor.id, onBehalfOf].includes(acme.author.id)],
      [{ action: 'agent:write' }, ({ action }) => action === 'agent:write'],
      [{ targetId: agentId }, ({ targetId }) => targetId === agentId],
      [{ agentId }, ({ agentId: about, targetId }) => [about, targetId].includes(agentId)],
      [{ severity: 'warning' }, ({ severity }) => severity === 'warning'],
      [{ outcome: 'success', action: 'member:invite' }, ({ action }) => action === 'member:invite'],
      [{ q: 'AGENT:WR' }, ({ action }) => action === 'agent:write'],
    ];
    for (const [query, fits] of filters) {
      const found = await of({ ...query, limit: '200' });
      expect([query, found.map(({ id }) => id)]).toEqual([query, all.filter(fits).map(({ id }) => id)]);
    }
    expect(await of({ q: '%' })).toEqual([]);
    const middle = all[Math.floor(all.length / 2)]?.at ?? '';
    const [before, after] = [await of({ to: middle, limit: '200' }), await of({ from: middle, limit: '200' })];
    expect([before.every(({ at }) => at < middle), after.every(({ at }) => at >= middle)]).toEqual([true, true]);
    expect([...after, ...before].map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    const first = await list(acme.owner, { tenantId: acme.id, limit: '3' });
    const second = await list(acme.owner, { tenantId: acme.id, limit: '3', cursor: first.nextCursor ?? '' });
    expect([...first.events, ...second.events].map(({ id }) => id)).toEqual(all.slice(0, 6).map(({ id }) => id));
    expect((await acme.owner.fetch(`/api/audit-logs?tenantId=${acme.id}&from=yesterday`)).status).toBe(422);
  });
});

describe('the log', () => {
  test('an export is checked without the registry: whole, filtered, and after a checkpoint that was kept (X2)', async () => {
    const { owner, id } = world.acme;
    const older = await owner.json<{ note: string; size: number }>(`/api/audit-logs/checkpoint?tenantId=${id}`);
    await createAgent(world.acme, 'later');
    const get = async (query: string) => {
      const answer = await owner.fetch(`/api/audit-logs/export?tenantId=${id}${query}`);
      expect(answer.headers.get('content-disposition')).toContain(`audit-${id}-`);
      return await verifyExport(new TextDecoder().decode(await answer.arrayBuffer()), {
        keys: await keys(),
        older: older.note,
      });
    };
    expect(await get('')).toMatchObject({ integrity: { ok: true }, completeness: { ok: true, proved: 'whole' } });
    const filtered = await get(`&action=agent:write&since=${older.size}`);
    expect(filtered).toMatchObject({ integrity: { ok: true }, completeness: { ok: true, proved: 'nothing' } });
    expect(filtered.proved.join()).toContain('that you kept');
    expect((await owner.fetch(`/api/audit-logs/export?tenantId=${id}&since=99999`)).status).toBe(422);
    expect((await world.admin.fetch('/api/admin/audit-logs/export')).status).toBe(422);
  });

  test('one event is proved under the signed checkpoint', async () => {
    const { owner, id } = world.acme;
    const [event] = (await list(owner, { tenantId: id, action: 'tenant:create' })).events;
    const found = await owner.json<AuditInclusion>(`/api/audit-logs/${event?.id}/proof`);
    expect(found.event).toEqual(event);
    expect(found.leaf).toBe(leafOf(found.event));
    const { size, root, note } = found.checkpoint;
    expect(isIncluded({ ...found, size, root })).toBe(true);
    expect(await openCheckpoint(note, await keys())).toMatchObject({ checkpoint: { size, root } });
    expect((await world.globex.owner.fetch(`/api/audit-logs/${event?.id}/proof`)).status).toBe(404);
  });

  test('CSV has a row for each event, and JSON is what the list shows (A214)', async () => {
    const { owner, id } = world.acme;
    const csv = await (await owner.fetch(`/api/audit-logs/export?tenantId=${id}&format=csv`)).text();
    expect(csv.split('\r\n')[0]).toMatch(/^at,tenantId,actorKind/);
    const json = await owner.json<{ events: AuditEvent[] }>(
      `/api/audit-logs/export?tenantId=${id}&format=json&action=tenant:create`,
    );
    expect(json.events).toEqual((await list(owner, { tenantId: id, action: 'tenant:create' })).events);
  });

  test('what a crash left between commit and place is found by the next look, once and in order', async () => {
    const { owner, id } = world.globex;
    await sequenceLog(env, id, true);
    const before = await env.DB.prepare('select count(*) as rows from audit_leaves where tenant_id = ?')
      .bind(id)
      .first('rows');
    // Written as by a Worker that ended right after its batch: nobody rings.
    const copy = `insert into audit_events select ?, tenant_id, schema_version, action, actor_type, actor_id, actor_name, on_behalf_of, agent_id, target_type, target_id, details, before, after, severity, outcome, ip_address, user_agent, request_id, at_ms from audit_events where tenant_id = ? limit 1`;
    const lost = ['aud-01jd0000000000000000000001', 'aud-01jd0000000000000000000000'];
    for (const eventId of lost) await run(copy, eventId, id);
    await Promise.all([wakeLogs(env), wakeLogs(env), sequenceLog(env, id, false)]);
    const { results } = await env.DB.prepare('select event_id, seq from audit_leaves where tenant_id = ? order by seq')
      .bind(id)
      .all<{ event_id: string; seq: number }>();
    expect(
      results
        .slice(Number(before))
        .filter(({ event_id }) => lost.includes(event_id))
        .map(({ event_id }) => event_id),
    ).toEqual(lost);
    expect(results.map(({ seq }) => seq)).toEqual(results.map((_, index) => index));
    expect(
      await env.DB.prepare('select count(*) as rows from audit_waiting where tenant_id = ?').bind(id).first('rows'),
    ).toBe(0);
    expect((await verify(owner, id)).completeness).toMatchObject({ ok: true, proved: 'whole' });
  });
});

/** Last, and each in a log of its own: what is broken stays broken. */
describe('whoever has the database in hand is found', () => {
  const EVENT = '(select event_id from audit_leaves where tenant_id = ?1 and seq = 1)';
  const TAIL = 'delete from audit_leaves where tenant_id = ?1 and seq > 0';
  type Case = [string, 'integrity' | 'completeness', string, ...[table: string, sql: string][]];
  const CASES: Case[] = [
    [
      'edits an event',
      'integrity',
      'edited',
      ['audit_events', `update audit_events set actor_name = 'nobody' where id = ${EVENT}`],
    ],
    [
      'edits its moment',
      'integrity',
      'edited',
      ['audit_events', `update audit_events set at_ms = at_ms - 1 where id = ${EVENT}`],
    ],
    ['deletes an event', 'completeness', 'deleted', ['audit_events', `delete from audit_events where id = ${EVENT}`]],
    [
      'deletes a leaf',
      'completeness',
      'deleted',
      ['audit_leaves', 'delete from audit_leaves where tenant_id = ?1 and seq = 0'],
    ],
    ['cuts off the tail', 'completeness', 'truncated', ['audit_leaves', TAIL]],
    [
      'cuts off the tail with its checkpoints',
      'completeness',
      'truncated',
      ['audit_leaves', TAIL],
      ['audit_checkpoints', 'delete from audit_checkpoints where tenant_id = ?1'],
    ],
    [
      'swaps two events',
      'integrity',
      'forked',
      ['audit_leaves', 'update audit_leaves set seq = - seq - 1 where tenant_id = ?1 and seq < 2'],
      ['audit_leaves', 'update audit_leaves set seq = seq + 2 where tenant_id = ?1 and seq < 0'],
    ],
    [
      'puts another checkpoint in place',
      'integrity',
      'bad_signature',
      [
        'audit_checkpoints',
        'update audit_checkpoints set note = replace(note, char(10) || size || char(10), char(10) || (size - 1) || char(10)) where tenant_id = ?1',
      ],
    ],
    [
      'adds an event past the log',
      'integrity',
      'unlogged',
      ['audit_waiting', 'delete from audit_waiting where tenant_id = ?1'],
    ],
  ];

  test.each(CASES)('who %s: %s, %s', async (name, where, what, ...steps) => {
    const slug = name.replaceAll(' ', '-');
    const { tenant } = await world.admin.json<{ tenant: { id: string } }>('/api/admin/tenants', {
      method: 'POST',
      body: { slug, name, ownerEmail: 'owner@broken.example' },
    });
    expect(await verify(world.auditor, tenant.id)).toMatchObject({
      integrity: { ok: true },
      completeness: { ok: true },
    });
    for (const [table, sql] of steps) await tamper(table, sql, tenant.id);
    const report = await verify(world.auditor, tenant.id);
    expect(report[where].problems.map((problem) => problem.what)).toContain(what);
    expect(report.completeness.proved).toBe('nothing');
  });
});
