import type { PermissionBlock } from '@aegis/skill-sdk/permissions';
import type { Actor } from '@aegis/skill-sdk/wire/common';
import { and, asc, eq, gt, isNull, type SQL, sql } from 'drizzle-orm';
import { auditRow } from '../../audit.ts';
import { appendChange } from '../../changes.ts';
import type { Context } from '../../context.ts';
import { batch } from '../../db.ts';
import { tenants } from '../../schema/people.ts';
import { agentBases, agents, baseDecisions } from '../../schema/skills.ts';

/** The permissions of the base that was in force before this one; null without one. */
const permissionsBefore = sql<PermissionBlock | null>`(select o.permissions from agent_bases o
  join base_decisions d on d.base_id = o.id and d.kind = 'approved'
  where o.agent_id = ${agentBases.agentId} and o.revision < ${agentBases.revision} order by o.revision desc limit 1)`.mapWith(
  (text: string): PermissionBlock => JSON.parse(text),
);

const columns = {
  id: agentBases.id,
  tenantId: agentBases.tenantId,
  tenantName: tenants.name,
  agentId: agentBases.agentId,
  agentName: agents.name,
  revision: agentBases.revision,
  permissions: sql<PermissionBlock>`${agentBases.permissions}`.mapWith(
    (text: string): PermissionBlock => JSON.parse(text),
  ),
  before: permissionsBefore,
  superseded: sql<boolean>`exists (select 1 from agent_bases n where n.agent_id = ${agentBases.agentId}
    and n.revision > ${agentBases.revision})`.mapWith(Boolean),
  proposedByKind: sql<Actor['kind']>`${agentBases.proposedByKind}`,
  proposedById: agentBases.proposedById,
  proposedByName: agentBases.proposedByName,
  proposedAtMs: agentBases.proposedAtMs,
  decision: baseDecisions.kind,
  notes: baseDecisions.notes,
};

const read = (ctx: Context, where: SQL | undefined, limit: number) =>
  ctx.db
    .select(columns)
    .from(agentBases)
    .innerJoin(tenants, and(eq(tenants.id, agentBases.tenantId), isNull(tenants.deletedAtMs)))
    .innerJoin(agents, and(eq(agents.id, agentBases.agentId), isNull(agents.removedAtMs)))
    .leftJoin(baseDecisions, eq(baseDecisions.baseId, agentBases.id))
    .where(where)
    .orderBy(asc(agentBases.id))
    .limit(limit);

export type BaseRow = Awaited<ReturnType<typeof read>>[number];

/** One proposal of a living agent. */
export async function baseById(ctx: Context, id: string): Promise<BaseRow | undefined> {
  return (await read(ctx, eq(agentBases.id, id), 1))[0];
}

/** The newest proposal of each agent that nobody decided about, oldest first. */
export async function pendingBases(
  ctx: Context,
  filter: { tenantId?: string | undefined; after: string | null; limit: number },
): Promise<BaseRow[]> {
  const where = and(
    isNull(baseDecisions.baseId),
    sql`not ${columns.superseded}`,
    filter.tenantId === undefined ? undefined : eq(agentBases.tenantId, filter.tenantId),
    filter.after === null ? undefined : gt(agentBases.id, filter.after),
  );
  return await read(ctx, where, filter.limit + 1);
}

export interface NewBaseDecision {
  baseId: string;
  tenantId: string;
  kind: 'approved' | 'rejected';
  notes: string;
  envelope: Record<string, unknown> | null;
  decidedAtMs: number;
}

/** Records the one decision of a proposal with its audit event and change; the primary key lets one of two win. */
export async function recordBase(ctx: Context, decision: NewBaseDecision, agentId: string): Promise<void> {
  const { caller } = ctx;
  const { tenantId, baseId, kind, notes } = decision;
  await batch(ctx.db, [
    auditRow(ctx, {
      action: 'base:review',
      tenantId,
      targetType: 'base',
      targetId: baseId,
      agentId,
      before: { status: 'pending_review' },
      after: { kind, notes },
    }),
    ...(kind === 'approved' ? [appendChange(ctx, { tenantId, kind: 'base', subjectId: agentId })] : []),
    ctx.db.insert(baseDecisions).values({ ...decision, decidedById: caller.id, decidedByName: caller.name }),
  ]);
}
