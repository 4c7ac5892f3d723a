import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm';
import { auditRow } from '../audit.ts';
import { appendChange } from '../changes.ts';
import type { Context } from '../context.ts';
import { batch, type Statement } from '../db.ts';
import { clusters, placements } from '../schema/clusters.ts';
import { agentBases, agents, baseDecisions } from '../schema/skills.ts';
import { currentInstalls } from '../schema/views.ts';

export interface Selector {
  matchLabels: Record<string, string>;
}

/** Agents of a tenant that were not removed, by id; `agentId` narrows to one. */
export async function listAgents(
  ctx: Context,
  filter: { tenantId: string; agentId?: string; after: string | null; limit: number },
) {
  return await ctx.db
    .select({
      id: agents.id,
      tenantId: agents.tenantId,
      name: agents.name,
      clusterId: agents.clusterId,
      clusterName: clusters.name,
      selector: agents.selector,
      createdAtMs: agents.createdAtMs,
      skills: sql<number>`(select count(*) from ${currentInstalls} i where i.agent_id = ${agents.id})`.mapWith(Number),
    })
    .from(agents)
    .leftJoin(clusters, eq(clusters.id, agents.clusterId))
    .where(
      and(
        eq(agents.tenantId, filter.tenantId),
        isNull(agents.removedAtMs),
        filter.agentId === undefined ? undefined : eq(agents.id, filter.agentId),
        filter.after === null ? undefined : gt(agents.id, filter.after),
      ),
    )
    .orderBy(asc(agents.id))
    .limit(filter.limit + 1);
}

/** The bases of some agents, newest first, with what was decided. */
export async function basesOf(ctx: Context, tenantId: string) {
  return await ctx.db
    .select({
      id: agentBases.id,
      agentId: agentBases.agentId,
      revision: agentBases.revision,
      permissions: agentBases.permissions,
      proposedByKind: agentBases.proposedByKind,
      proposedById: agentBases.proposedById,
      proposedByName: agentBases.proposedByName,
      proposedAtMs: agentBases.proposedAtMs,
      decision: baseDecisions.kind,
      notes: baseDecisions.notes,
    })
    .from(agentBases)
    .leftJoin(baseDecisions, eq(baseDecisions.baseId, agentBases.id))
    .where(eq(agentBases.tenantId, tenantId))
    .orderBy(sql`${agentBases.agentId}, ${agentBases.revision} desc`);
}

export async function countAgents(ctx: Context, tenantId: string): Promise<number> {
  const row = await ctx.db
    .select({ n: sql<number>`count(*)` })
    .from(agents)
    .where(and(eq(agents.tenantId, tenantId), isNull(agents.removedAtMs)))
    .get();
  return row?.n ?? 0;
}

/** True when the tenant is placed in the cluster, so that its agents may be bound to it. */
export async function isPlaced(ctx: Context, tenantId: string, clusterId: string): Promise<boolean> {
  const row = await ctx.db
    .select({ one: sql`1` })
    .from(placements)
    .where(and(eq(placements.tenantId, tenantId), eq(placements.clusterId, clusterId)))
    .get();
  return row !== undefined;
}

export async function createAgent(
  ctx: Context,
  agent: { id: string; tenantId: string; name: string; clusterId: string | null; selector: Selector },
): Promise<void> {
  await batch(ctx.db, [
    ctx.db.insert(agents).values({ ...agent, createdBy: ctx.caller.id, createdAtMs: ctx.nowMs }),
    auditRow(ctx, {
      action: 'agent:write',
      tenantId: agent.tenantId,
      targetType: 'agent',
      targetId: agent.id,
      agentId: agent.id,
      after: { ...agent },
    }),
    appendChange(ctx, { tenantId: agent.tenantId, kind: 'agent', subjectId: agent.id }),
  ]);
}

/** Changes or (with `removedAtMs`) removes an agent. */
export async function changeAgent(
  ctx: Context,
  agent: { id: string; tenantId: string },
  before: Record<string, unknown>,
  after: { clusterId?: string | null; selector?: Selector; removedAtMs?: number },
): Promise<void> {
  const statements: Statement[] = [
    ctx.db
      .update(agents)
      .set(after)
      .where(and(eq(agents.id, agent.id), eq(agents.tenantId, agent.tenantId), isNull(agents.removedAtMs))),
    auditRow(ctx, {
      action: 'agent:write',
      tenantId: agent.tenantId,
      targetType: 'agent',
      targetId: agent.id,
      agentId: agent.id,
      before,
      after: { ...after },
    }),
    appendChange(ctx, { tenantId: agent.tenantId, kind: 'agent', subjectId: agent.id }),
  ];
  await batch(ctx.db, statements);
}

/** Appends a proposal; UNIQUE (agent, revision) lets one of two racing proposals win. It opens nothing by itself. */
export async function proposeBase(
  ctx: Context,
  base: { id: string; tenantId: string; agentId: string; revision: number; permissions: Record<string, unknown> },
): Promise<void> {
  const { caller } = ctx;
  await batch(ctx.db, [
    ctx.db.insert(agentBases).values({
      ...base,
      proposedByKind: caller.kind,
      proposedById: caller.id,
      proposedByName: caller.name,
      proposedAtMs: ctx.nowMs,
    }),
    auditRow(ctx, {
      action: 'base:propose',
      tenantId: base.tenantId,
      targetType: 'base',
      targetId: base.id,
      agentId: base.agentId,
      after: { permissions: base.permissions },
    }),
  ]);
}
