import { and, asc, desc, eq, gt, isNull, sql } from 'drizzle-orm';
import { auditRow } from '../audit.ts';
import { appendChange } from '../changes.ts';
import type { Context } from '../context.ts';
import { batch } from '../db.ts';
import { changes, clusterAcks } from '../schema/clusters.ts';
import { agents, installEvents, privateSkills } from '../schema/skills.ts';
import { currentInstalls, versionStates } from '../schema/views.ts';

export async function agentOf(ctx: Context, tenantId: string, agentId: string) {
  return await ctx.db
    .select({ id: agents.id, name: agents.name, clusterId: agents.clusterId })
    .from(agents)
    .where(and(eq(agents.id, agentId), eq(agents.tenantId, tenantId), isNull(agents.removedAtMs)))
    .get();
}

/** A version of this tenant with its status. */
export async function versionOf(ctx: Context, tenantId: string, versionId: string) {
  return await ctx.db
    .select({
      id: privateSkills.id,
      name: privateSkills.name,
      version: privateSkills.version,
      status: versionStates.status,
    })
    .from(privateSkills)
    .innerJoin(versionStates, eq(versionStates.versionId, privateSkills.id))
    .where(
      and(eq(privateSkills.id, versionId), eq(privateSkills.tenantId, tenantId), isNull(privateSkills.deletedAtMs)),
    )
    .get();
}

/** Every event of one skill on one agent, newest first, with the versions' status now. */
export async function historyOf(ctx: Context, tenantId: string, agentId: string, skillName: string) {
  return await ctx.db
    .select({
      revision: installEvents.revision,
      action: installEvents.action,
      id: installEvents.versionId,
      name: installEvents.skillName,
      version: privateSkills.version,
      status: versionStates.status,
    })
    .from(installEvents)
    .leftJoin(privateSkills, eq(privateSkills.id, installEvents.versionId))
    .leftJoin(versionStates, eq(versionStates.versionId, installEvents.versionId))
    .where(
      and(
        eq(installEvents.tenantId, tenantId),
        eq(installEvents.agentId, agentId),
        eq(installEvents.skillName, skillName),
      ),
    )
    .orderBy(desc(installEvents.revision))
    .limit(100);
}

export interface NewEvent {
  tenantId: string;
  agentId: string;
  skillName: string;
  revision: number;
  action: 'install' | 'upgrade' | 'rollback' | 'uninstall';
  versionId: string | null;
}

/** Appends the event with its audit row and change. UNIQUE (agent, skill, revision) lets one of two racing writers win. */
export async function append(ctx: Context, event: NewEvent, before: string | null): Promise<void> {
  const { caller } = ctx;
  await batch(ctx.db, [
    ctx.db.insert(installEvents).values({
      id: ctx.newId('install'),
      ...event,
      actorKind: caller.kind,
      actorId: caller.id,
      actorName: caller.name,
      atMs: ctx.nowMs,
    }),
    auditRow(ctx, {
      action: 'install:write',
      tenantId: event.tenantId,
      targetType: 'install',
      targetId: `${event.agentId}/${event.skillName}`,
      agentId: event.agentId,
      details: { action: event.action },
      before: { versionId: before },
      after: { versionId: event.versionId },
    }),
    appendChange(ctx, { tenantId: event.tenantId, kind: 'install', subjectId: event.agentId }),
  ]);
}

const columns = {
  id: currentInstalls.id,
  agentId: currentInstalls.agentId,
  agentName: agents.name,
  clusterId: agents.clusterId,
  tenantId: currentInstalls.tenantId,
  name: currentInstalls.skillName,
  versionId: currentInstalls.versionId,
  version: privateSkills.version,
  status: versionStates.status,
  archiveDigest: privateSkills.packageChecksum,
  contentDigest: privateSkills.contentDigest,
  actorKind: currentInstalls.actorKind,
  actorId: currentInstalls.actorId,
  actorName: currentInstalls.actorName,
  atMs: currentInstalls.atMs,
  revision: currentInstalls.revision,
  ackRevision: clusterAcks.revision,
  ackState: clusterAcks.state,
  ackEnforcement: clusterAcks.enforcement,
  wantedRevision:
    sql<number>`(select coalesce(max(${changes.seq}), 0) from ${changes} where ${changes.tenantId} = ${currentInstalls.tenantId} and (${changes.clusterId} is null or ${changes.clusterId} = ${agents.clusterId}))`.mapWith(
      Number,
    ),
};

/** Current installs of an agent, or of every version of one skill; by install id. */
export async function currentOf(
  ctx: Context,
  filter: { tenantId: string; agentId?: string; skillName?: string; after: string | null; limit: number },
) {
  return await ctx.db
    .select(columns)
    .from(currentInstalls)
    .innerJoin(agents, and(eq(agents.id, currentInstalls.agentId), isNull(agents.removedAtMs)))
    .innerJoin(privateSkills, eq(privateSkills.id, currentInstalls.versionId))
    .innerJoin(versionStates, eq(versionStates.versionId, currentInstalls.versionId))
    .leftJoin(
      clusterAcks,
      and(eq(clusterAcks.tenantId, currentInstalls.tenantId), eq(clusterAcks.clusterId, agents.clusterId)),
    )
    .where(
      and(
        eq(currentInstalls.tenantId, filter.tenantId),
        filter.agentId === undefined ? undefined : eq(currentInstalls.agentId, filter.agentId),
        filter.skillName === undefined ? undefined : eq(currentInstalls.skillName, filter.skillName),
        filter.after === null ? undefined : gt(currentInstalls.id, filter.after),
      ),
    )
    .orderBy(asc(currentInstalls.id))
    .limit(filter.limit + 1);
}

/** The tenant and name of a version, to find who uses the skill. */
export async function skillOf(ctx: Context, versionId: string) {
  return await ctx.db
    .select({ tenantId: privateSkills.tenantId, name: privateSkills.name })
    .from(privateSkills)
    .where(and(eq(privateSkills.id, versionId), isNull(privateSkills.deletedAtMs)))
    .get();
}
