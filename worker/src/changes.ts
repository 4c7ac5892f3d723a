import { and, eq, isNull } from 'drizzle-orm';
import type { Context } from './context.ts';
import type { Statement } from './db.ts';
import { changes, clusters, placements } from './schema/clusters.ts';

/** What changed for clusters: a tenant everywhere, or one cluster alone. */
export interface ChangeSubject {
  tenantId: string | null;
  clusterId?: string;
  kind: 'install' | 'approval' | 'mark' | 'agent' | 'base' | 'placement' | 'cluster';
  subjectId: string;
}

/** The row that raises the sequence of every cluster concerned; its `seq` is the cursor of the agents. */
export function appendChange(ctx: Context, subject: ChangeSubject): Statement {
  return ctx.db.insert(changes).values({
    tenantId: subject.tenantId,
    clusterId: subject.clusterId ?? null,
    kind: subject.kind,
    subjectId: subject.subjectId,
    atMs: ctx.nowMs,
  });
}

/** One use of a credential that a cluster signed. */
export interface TokenUse {
  jti: string;
  issuedAtMs: number;
  /** From then on nothing takes it any more. */
  untilMs: number;
}
/** `older`: from before the hub's memory begins, so that nobody knows whether it was used. `full`: too many at once. */
export type Taking = 'taken' | 'used' | 'older' | 'full';

/** What a hub object answers to; it holds the polls of some clusters, and which of their credentials were used. */
export interface Hub {
  wait(clusterId: string, seconds: number): Promise<boolean>;
  ring(clusterIds: string[]): Promise<void>;
  takeToken(clusterId: string, token: TokenUse): Promise<Taking>;
}

export function hubOf(ctx: Pick<Context, 'env'>, hub: number): Hub {
  const namespace = ctx.env.CLUSTER_FEED;
  return namespace.get(namespace.idFromName(`hub-${hub}`)) as unknown as Hub;
}

/** Whom a ring is for: one cluster, or those of a tenant; with `dryRun` only those that run dry-runs. */
interface Rung {
  tenantId: string | null;
  clusterId?: string;
  dryRun?: true;
}

/** Wakes the clusters that a change concerns. A lost ring only delays: agents also poll. */
export async function ring(ctx: Context, subject: Rung): Promise<void> {
  try {
    const hubs = new Map<number, string[]>();
    for (const row of await concerned(ctx, subject)) hubs.set(row.hub, [...(hubs.get(row.hub) ?? []), row.id]);
    for (const [hub, clusterIds] of hubs) await hubOf(ctx, hub).ring(clusterIds);
  } catch (error) {
    ctx.log.warn('ring failed', { error });
  }
}

async function concerned(ctx: Context, subject: Rung) {
  const columns = { id: clusters.id, hub: clusters.hub };
  if (subject.clusterId !== undefined) {
    return await ctx.db.select(columns).from(clusters).where(eq(clusters.id, subject.clusterId));
  }
  if (subject.tenantId === null) return [];
  return await ctx.db
    .select(columns)
    .from(clusters)
    .innerJoin(placements, eq(placements.clusterId, clusters.id))
    .where(
      and(
        eq(placements.tenantId, subject.tenantId),
        isNull(clusters.revokedAtMs),
        subject.dryRun === true ? eq(clusters.dryRun, true) : undefined,
      ),
    );
}
