import { fromInstant } from '@aegis/skill-sdk/clock';
import type { BlockedEvent } from '@aegis/skill-sdk/wire/blocked';
import { and, desc, eq, gt, inArray, lt, sql } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { batch } from '../db.ts';
import { blockedNetworkRequests as blocked, clusters } from '../schema/clusters.ts';
import { tenants } from '../schema/people.ts';
import { agents } from '../schema/skills.ts';

/** D1 binds 100 parameters a statement; a row has 33. */
const ROWS_PER_STATEMENT = 3;

type Row = typeof blocked.$inferInsert;

function toRow(ctx: Context, source: { clusterId: string; bootId: string }, event: BlockedEvent): Row {
  return {
    id: ctx.newId('blocked'),
    ...source,
    seq: event.seq,
    kind: event.kind,
    tenantId: event.tenantId,
    agentId: event.agentId ?? null,
    podNamespace: event.pod?.namespace ?? null,
    podName: event.pod?.name ?? null,
    podUid: event.pod?.uid ?? null,
    node: event.pod?.node ?? null,
    skillName: event.skill?.name ?? null,
    skillVersion: event.skill?.version ?? null,
    skillDigest: event.skill?.digest ?? null,
    sourceIp: event.src.ip,
    sourcePort: event.src.port ?? null,
    destinationHost: event.dst.host,
    hostSource: event.dst.hostSource,
    destinationIp: event.dst.ip ?? null,
    destinationPort: event.dst.port,
    protocol: event.protocol,
    verdict: event.verdict,
    reason: event.reason,
    policyRevision: event.policy.revision,
    policyRule: event.policy.rule ?? null,
    source: event.source,
    firstAtMs: fromInstant(event.firstAt),
    lastAtMs: fromInstant(event.lastAt),
    count: event.count,
    lost: event.lost ?? null,
    samples: event.samples,
    createdAtMs: ctx.nowMs,
  };
}

/** Stores events once: what this boot of the cluster sent before is ignored (A139). */
export async function insertEvents(
  ctx: Context,
  source: { clusterId: string; bootId: string },
  events: readonly BlockedEvent[],
): Promise<void> {
  const statements = [];
  for (let start = 0; start < events.length; start += ROWS_PER_STATEMENT) {
    const rows = events.slice(start, start + ROWS_PER_STATEMENT).map((event) => toRow(ctx, source, event));
    statements.push(ctx.db.insert(blocked).values(rows).onConflictDoNothing());
  }
  await batch(ctx.db, statements);
}

export interface BlockedFilter {
  /** Null: all tenants. */
  tenantIds: string[] | null;
  agentId?: string | undefined;
  clusterId?: string | undefined;
  skill?: string | undefined;
  reason?: string | undefined;
  verdict?: 'denied' | 'would_deny' | undefined;
  q?: string | undefined;
}

function matching(filter: BlockedFilter) {
  return and(
    filter.tenantIds === null ? undefined : inArray(blocked.tenantId, filter.tenantIds),
    filter.agentId === undefined ? undefined : eq(blocked.agentId, filter.agentId),
    filter.clusterId === undefined ? undefined : eq(blocked.clusterId, filter.clusterId),
    filter.skill === undefined ? undefined : eq(blocked.skillName, filter.skill),
    filter.reason === undefined ? undefined : eq(blocked.reason, filter.reason),
    filter.verdict === undefined ? undefined : eq(blocked.verdict, filter.verdict),
    // D1 refuses LIKE patterns of more than 50 bytes; instr has no such bound and no wildcards.
    filter.q === undefined ? undefined : sql`instr(${blocked.destinationHost}, ${filter.q.toLowerCase()}) > 0`,
  );
}

/** Newest first, by the time of storing. */
export async function listEvents(ctx: Context, filter: BlockedFilter, after: string | null, limit: number) {
  return await ctx.db
    .select({ row: blocked, tenantName: tenants.name, agentName: agents.name, clusterName: clusters.name })
    .from(blocked)
    .innerJoin(tenants, eq(tenants.id, blocked.tenantId))
    .innerJoin(clusters, eq(clusters.id, blocked.clusterId))
    .leftJoin(agents, eq(agents.id, blocked.agentId))
    .where(and(matching(filter), after === null ? undefined : lt(blocked.id, after)))
    .orderBy(desc(blocked.id))
    .limit(limit + 1);
}

/** What was denied and would have been in the last 24 hours, and what was lost, for the same filter. */
export async function countEvents(ctx: Context, filter: BlockedFilter) {
  const sum = (verdict: string) =>
    sql<number>`coalesce(sum(case when ${blocked.kind} = 'request' and ${blocked.verdict} = ${verdict} then ${blocked.count} else 0 end), 0)`.mapWith(
      Number,
    );
  const row = await ctx.db
    .select({
      denied24h: sum('denied'),
      wouldDeny24h: sum('would_deny'),
      lost: sql<number>`coalesce(sum(case when ${blocked.kind} <> 'request' then ${blocked.count} else 0 end), 0)`.mapWith(
        Number,
      ),
    })
    .from(blocked)
    .where(and(matching(filter), gt(blocked.createdAtMs, ctx.nowMs - 24 * 3_600_000)))
    .get();
  return row ?? { denied24h: 0, wouldDeny24h: 0, lost: 0 };
}
