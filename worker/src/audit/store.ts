import { fromInstant } from '@aegis/skill-sdk/clock';
import { newId } from '@aegis/skill-sdk/ids';
import { AUDIT_READ_MINUTES } from '@aegis/skill-sdk/limits';
import type { AuditFilter as Asked } from '@aegis/skill-sdk/wire/audit';
import { and, asc, desc, eq, gte, inArray, lt, or, type SQL, sql } from 'drizzle-orm';
import { type AuditEntry, auditRow } from '../audit.ts';
import type { Context } from '../context.ts';
import { batch } from '../db.ts';
import { auditEvents, auditLeaves } from '../schema/audit.ts';

export type AuditFilter = Omit<Asked, 'tenantId'> & {
  /** Null: all tenants and the platform. */
  tenantIds: string[] | null;
};

/** Newest first, one row more than `limit`. */
export async function listEvents(ctx: Context, filter: AuditFilter, after: string | null, limit: number) {
  return await ctx.db
    .select()
    .from(auditEvents)
    .where(and(...conditions(filter), after === null ? undefined : lt(auditEvents.id, after)))
    .orderBy(desc(auditEvents.id))
    .limit(limit + 1);
}

/** The newest `limit` + 1 events with their places in their logs, null for those that have none yet. */
export async function listPlaced(ctx: Context, filter: AuditFilter, limit: number) {
  return await ctx.db
    .select({ event: auditEvents, seq: auditLeaves.seq, leaf: auditLeaves.leaf })
    .from(auditEvents)
    .leftJoin(auditLeaves, eq(auditLeaves.eventId, auditEvents.id))
    .where(and(...conditions(filter)))
    .orderBy(desc(auditEvents.id))
    .limit(limit + 1);
}

export async function findEvent(ctx: Context, eventId: string) {
  return (await ctx.db.select().from(auditEvents).where(eq(auditEvents.id, eventId)).get()) ?? null;
}

/** True when anything was ever logged there: the first event of a tenant is its creation. */
export async function hasLog(ctx: Context, tenantId: string): Promise<boolean> {
  const query = ctx.db.select({ id: auditEvents.id }).from(auditEvents).where(eq(auditEvents.tenantId, tenantId));
  return (await query.limit(1)).length > 0;
}

/** An id carries its moment in its first ten letters, so that one index serves filter, order and cursor. */
function conditions({ tenantIds, from, to, q, ...filter }: AuditFilter): (SQL | undefined)[] {
  const { actor, action, targetId, agentId, severity, outcome } = filter;
  const [only, ...more] = tenantIds ?? [];
  return [
    tenantIds === null
      ? undefined
      : only !== undefined && more.length === 0
        ? eq(auditEvents.tenantId, only)
        : inArray(auditEvents.tenantId, tenantIds),
    actor === undefined ? undefined : or(eq(auditEvents.actorId, actor), eq(auditEvents.onBehalfOf, actor)),
    action === undefined ? undefined : eq(auditEvents.action, action),
    targetId === undefined ? undefined : eq(auditEvents.targetId, targetId),
    agentId === undefined ? undefined : or(eq(auditEvents.agentId, agentId), eq(auditEvents.targetId, agentId)),
    severity === undefined ? undefined : eq(auditEvents.severity, severity),
    outcome === undefined ? undefined : eq(auditEvents.outcome, outcome),
    from === undefined ? undefined : gte(auditEvents.id, firstIdAt(fromInstant(from))),
    to === undefined ? undefined : lt(auditEvents.id, firstIdAt(fromInstant(to))),
    q === undefined ? undefined : containing(q),
  ];
}

/** What people see of an event, as one text. */
function containing(q: string): SQL {
  const pattern = `%${q.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
  return sql`(${auditEvents.action} || ' ' || ${auditEvents.actorName} || ' ' || ${auditEvents.targetId} || ' ' || ${auditEvents.requestId} || ' ' || ${auditEvents.details}) like ${pattern} escape '\\'`;
}

/** Below every id of that moment or later, above every earlier one. */
function firstIdAt(atMs: number): string {
  return newId('audit', Math.max(0, atMs), (bytes) => bytes);
}

/** One event in a batch of its own. */
export async function recordEvent(ctx: Context, entry: AuditEntry): Promise<void> {
  await batch(ctx.db, [auditRow(ctx, entry)]);
}

/** Who reads a log leaves an event in it, once in AUDIT_READ_MINUTES. */
export async function recordRead(ctx: Context, tenantId: string): Promise<void> {
  const since = firstIdAt(ctx.nowMs - AUDIT_READ_MINUTES * 60_000);
  const known = await ctx.db
    .select({ id: auditEvents.id })
    .from(auditEvents)
    .where(
      and(
        eq(auditEvents.tenantId, tenantId),
        eq(auditEvents.actorId, ctx.caller.id),
        eq(auditEvents.action, 'audit:read'),
        gte(auditEvents.id, since),
      ),
    )
    .orderBy(asc(auditEvents.id))
    .limit(1);
  if (known.length > 0) return;
  await recordEvent(ctx, { action: 'audit:read', tenantId, targetType: 'audit_log', targetId: tenantId });
}
