import { DRY_RUNS_PER_VERSION_MAX } from '@aegis/skill-sdk/limits';
import { and, desc, eq, isNotNull, isNull } from 'drizzle-orm';
import type { Context } from './context.ts';
import { clusters, placements } from './schema/clusters.ts';
import { dryRunEngines, dryRuns } from './schema/dry-runs.ts';
import { tenants } from './schema/people.ts';

/** Everything that says where the dry-runs of a version stand: its rows, newest first, and who could run more. */
export async function readDryRuns(ctx: Context, version: { id: string; tenantId: string }) {
  const [rows, policies, runners] = await ctx.db.batch([
    ctx.db
      .select({ run: dryRuns, clusterName: clusters.name })
      .from(dryRuns)
      .leftJoin(clusters, eq(clusters.id, dryRuns.clusterId))
      .where(and(eq(dryRuns.versionId, version.id), eq(dryRuns.tenantId, version.tenantId)))
      .orderBy(desc(dryRuns.createdAtMs), desc(dryRuns.id))
      .limit(DRY_RUNS_PER_VERSION_MAX),
    ctx.db.select({ dryRun: tenants.dryRun }).from(tenants).where(eq(tenants.id, version.tenantId)),
    ctx.db
      .select({
        name: clusters.name,
        marked: clusters.dryRun,
        proved: dryRunEngines.proved,
        reason: dryRunEngines.reason,
        reportedAtMs: dryRunEngines.reportedAtMs,
      })
      .from(placements)
      .innerJoin(clusters, eq(clusters.id, placements.clusterId))
      .leftJoin(dryRunEngines, eq(dryRunEngines.clusterId, clusters.id))
      .where(
        and(eq(placements.tenantId, version.tenantId), isNull(clusters.revokedAtMs), isNotNull(clusters.publicKey)),
      ),
  ]);
  return { rows, policy: policies[0]?.dryRun === 'required' ? ('required' as const) : ('optional' as const), runners };
}
