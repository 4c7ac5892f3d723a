import type { PermissionBlock } from '@aegis/skill-sdk/permissions';
import type { AckRequest } from '@aegis/skill-sdk/wire/clusters';
import type { ApprovalEnvelope } from '@aegis/skill-sdk/wire/skills';
import { and, eq, isNull, or, sql } from 'drizzle-orm';
import type { Context } from '../../context.ts';
import { batch, type Statement } from '../../db.ts';
import { clusterAcks, placements } from '../../schema/clusters.ts';
import { agentBases, agents, baseDecisions, privateSkills, versionDecisions } from '../../schema/skills.ts';
import { currentInstalls, versionStates } from '../../schema/views.ts';
import type { FeedTenant } from '../feed.ts';
import { seen } from '../store.ts';

/** Where the cluster stands: the epoch and the highest change that concerns it. */
export async function readHead(ctx: Context, clusterId: string): Promise<{ epoch: number; sequence: number }> {
  const row = await ctx.db.get<{ epoch: string; sequence: number }>(sql`select
    (select value from registry_meta where key = 'epoch') as epoch,
    max(
      coalesce((select max(seq) from changes where cluster_id = ${clusterId}), 0),
      coalesce((select max(c.seq) from placements p join changes c on c.tenant_id = p.tenant_id where p.cluster_id = ${clusterId} and c.cluster_id is null), 0)
    ) as sequence`);
  return { epoch: Number(row?.epoch ?? 1), sequence: Number(row?.sequence ?? 0) };
}

/** The tenants of a cluster with their revisions there. */
export async function readRevisions(ctx: Context, clusterId: string) {
  return await ctx.db.all<{ tenantId: string; revision: number }>(sql`select p.tenant_id as tenantId,
    (select coalesce(max(seq), 0) from changes c where c.tenant_id = p.tenant_id and (c.cluster_id is null or c.cluster_id = p.cluster_id)) as revision
    from placements p where p.cluster_id = ${clusterId}`);
}

/** Everything that one cluster enforces for one tenant, read in one transaction; null when it is not placed there. */
export async function readTenant(ctx: Context, clusterId: string, tenantId: string): Promise<FeedTenant | null> {
  const [head, agentRows, baseRows, installRows] = await ctx.db.batch([
    ctx.db
      .select({
        mode: placements.mode,
        revision:
          sql<number>`(select coalesce(max(seq), 0) from changes c where c.tenant_id = ${tenantId} and (c.cluster_id is null or c.cluster_id = ${clusterId}))`.mapWith(
            Number,
          ),
      })
      .from(placements)
      .where(and(eq(placements.tenantId, tenantId), eq(placements.clusterId, clusterId))),
    ctx.db
      .select({ agentId: agents.id, name: agents.name, selector: agents.selector })
      .from(agents)
      .where(and(eq(agents.tenantId, tenantId), eq(agents.clusterId, clusterId), isNull(agents.removedAtMs))),
    ctx.db
      .select({
        agentId: agentBases.agentId,
        revision: agentBases.revision,
        permissions: agentBases.permissions,
        envelope: baseDecisions.envelope,
      })
      .from(agentBases)
      .innerJoin(baseDecisions, and(eq(baseDecisions.baseId, agentBases.id), eq(baseDecisions.kind, 'approved')))
      .innerJoin(agents, and(eq(agents.id, agentBases.agentId), eq(agents.clusterId, clusterId)))
      .where(eq(agentBases.tenantId, tenantId)),
    ctx.db
      .select({
        agentId: currentInstalls.agentId,
        name: currentInstalls.skillName,
        version: privateSkills.version,
        archiveDigest: privateSkills.packageChecksum,
        contentDigest: privateSkills.contentDigest,
        manifest: privateSkills.manifest,
        envelope: versionDecisions.envelope,
      })
      .from(currentInstalls)
      .innerJoin(
        agents,
        and(eq(agents.id, currentInstalls.agentId), eq(agents.clusterId, clusterId), isNull(agents.removedAtMs)),
      )
      .innerJoin(privateSkills, eq(privateSkills.id, currentInstalls.versionId))
      // Revoked is out everywhere; deprecated and yanked stay where they are installed.
      .innerJoin(
        versionStates,
        and(
          eq(versionStates.versionId, currentInstalls.versionId),
          or(
            eq(versionStates.status, 'approved'),
            eq(versionStates.status, 'deprecated'),
            eq(versionStates.status, 'yanked'),
          ),
        ),
      )
      .innerJoin(versionDecisions, eq(versionDecisions.id, versionStates.approvalId))
      .where(eq(currentInstalls.tenantId, tenantId)),
  ]);
  const placement = head[0];
  if (placement === undefined) return null;
  return {
    tenantId,
    revision: placement.revision,
    mode: placement.mode,
    agents: agentRows.map((agent) => ({
      ...agent,
      base: newestBase(baseRows.filter((row) => row.agentId === agent.agentId)),
    })),
    installs: installRows.map(({ manifest, envelope, ...install }) => ({
      ...install,
      permissions: (manifest as { permissions: PermissionBlock }).permissions,
      envelope: envelope as unknown as ApprovalEnvelope,
    })),
  };
}

function newestBase(
  rows: readonly { revision: number; permissions: unknown; envelope: unknown }[],
): FeedTenant['agents'][number]['base'] {
  const [first] = [...rows].sort((left, right) => right.revision - left.revision);
  if (first === undefined) return null;
  return {
    revision: first.revision,
    permissions: first.permissions as PermissionBlock,
    envelope: first.envelope as ApprovalEnvelope,
  };
}

/** Stores acknowledgements; one of an older state never replaces a newer one. */
export async function recordAcks(ctx: Context, clusterId: string, ask: AckRequest): Promise<void> {
  const statements: Statement[] = ask.acks.map((ack) => {
    const row = {
      revision: ack.revision,
      epoch: ask.epoch,
      sequence: ask.sequence,
      state: ack.state,
      error: ack.error ?? null,
      enforcement: ack.enforcement,
      bootId: ask.bootId,
      ackedAtMs: ctx.nowMs,
    };
    return ctx.db
      .insert(clusterAcks)
      .values({ clusterId, tenantId: ack.tenantId, ...row })
      .onConflictDoUpdate({
        target: [clusterAcks.clusterId, clusterAcks.tenantId],
        set: row,
        setWhere: sql`${clusterAcks.epoch} < ${ask.epoch} or (${clusterAcks.epoch} = ${ask.epoch} and ${clusterAcks.sequence} <= ${ask.sequence})`,
      });
  });
  await batch(ctx.db, [
    ...statements,
    seen(ctx, clusterId, { agentVersion: ask.agentVersion, target: ask.target, bootId: ask.bootId }),
  ]);
}
