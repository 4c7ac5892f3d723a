import {
  DRY_RUN_LEASE_SECONDS,
  DRY_RUN_TRIES_MAX,
  DRY_RUNS_ASKED_MAX,
  DRY_RUNS_PER_VERSION_MAX,
} from '@aegis/skill-sdk/limits';
import type { DryRunClaim, DryRunProgress } from '@aegis/skill-sdk/wire/dry-run-jobs';
import { and, eq, isNull, lt, ne, or, sql } from 'drizzle-orm';
import { auditRow } from '../audit.ts';
import type { Context } from '../context.ts';
import { batch } from '../db.ts';
import { LOST } from '../dry-run-standing.ts';
import { clusters, placements } from '../schema/clusters.ts';
import { dryRunEngines, dryRuns } from '../schema/dry-runs.ts';
import { privateSkills } from '../schema/skills.ts';
import { versionDetails } from '../schema/views.ts';

/** What a poll every 20 s need not write every time. */
const REPORT_EVERY_MS = 30_000;

/** The version that dry-runs are asked about; undefined when there is none. */
export async function versionOf(ctx: Context, id: string) {
  const { tenantId, name, version, manifest } = versionDetails;
  return await ctx.db
    .select({ id: versionDetails.id, tenantId, name, version, manifest })
    .from(versionDetails)
    .where(eq(versionDetails.id, id))
    .get();
}

export async function reportOfRun(ctx: Context, version: { id: string; tenantId: string }, dryRunId: string) {
  return await ctx.db
    .select({ digest: dryRuns.digest, state: dryRuns.state })
    .from(dryRuns)
    .where(and(eq(dryRuns.id, dryRunId), eq(dryRuns.versionId, version.id), eq(dryRuns.tenantId, version.tenantId)))
    .get();
}

/**
 * One more dry-run. The tenant becomes NULL, which the column refuses, when the version has as many as it may have, the
 * tenant waits for too many, or the version was deleted meanwhile.
 */
export async function ask(
  ctx: Context,
  version: { id: string; tenantId: string },
  wanted: { tool: string | null; input: Record<string, unknown> | null },
): Promise<string> {
  const id = ctx.newId('dryRun');
  const { caller, nowMs } = ctx;
  const tenantId = sql`(select p.tenant_id from private_skills p where p.id = ${version.id} and p.deleted_at_ms is null
    and (select count(*) from dry_runs where version_id = p.id) < ${DRY_RUNS_PER_VERSION_MAX}
    and (select count(*) from dry_runs where tenant_id = p.tenant_id and requested_by_id is not null
      and state in ('queued', 'running')) < ${DRY_RUNS_ASKED_MAX})`;
  await batch(ctx.db, [
    ctx.db.insert(dryRuns).values({
      id,
      tenantId: tenantId as never,
      versionId: version.id,
      state: 'queued',
      ...wanted,
      requestedByKind: caller.kind,
      requestedById: caller.id,
      requestedByName: caller.name,
      createdAtMs: nowMs,
    }),
    auditRow(ctx, {
      action: 'dryrun:request',
      tenantId: version.tenantId,
      targetType: 'skill',
      targetId: version.id,
      details: { dryRunId: id, tool: wanted.tool },
    }),
  ]);
  return id;
}

/** Notes what a cluster says of its sandbox, at most every 30 s unless it changed. */
export async function noteEngine(ctx: Context, clusterId: string, engine: DryRunClaim['engine']): Promise<void> {
  const row = {
    proved: engine.proved,
    reason: engine.proved ? null : engine.reason,
    runtime: engine.proved ? engine.runtime : null,
    imageDigest: engine.proved ? engine.imageDigest : null,
    reportedAtMs: ctx.nowMs,
  };
  const stale = lt(dryRunEngines.reportedAtMs, ctx.nowMs - REPORT_EVERY_MS);
  const changed = or(
    ne(dryRunEngines.proved, row.proved),
    sql`${dryRunEngines.reason} is not ${row.reason}`,
    sql`${dryRunEngines.imageDigest} is not ${row.imageDigest}`,
  );
  await ctx.db
    .insert(dryRunEngines)
    .values({ clusterId, ...row })
    .onConflictDoUpdate({ target: dryRunEngines.clusterId, set: row, setWhere: or(stale, changed) ?? stale });
}

const leaseEnd = (ctx: Context) => ctx.nowMs + DRY_RUN_LEASE_SECONDS * 1000;

/** What a cluster may be given: of tenants placed there, as long as an admin has it marked. A cluster that asks holds nothing. */
const givable = (ctx: Context, clusterId: string) => sql`exists (select 1 from ${placements} p
    join ${clusters} c on c.id = p.cluster_id and c.dry_run = 1 and c.revoked_at_ms is null
    where p.cluster_id = ${clusterId} and p.tenant_id = ${dryRuns.tenantId})
  and exists (select 1 from ${privateSkills} s where s.id = ${dryRuns.versionId} and s.deleted_at_ms is null)
  and (${dryRuns.state} = 'queued' or (${dryRuns.state} = 'running'
    and (${dryRuns.leaseEndsAtMs} < ${ctx.nowMs} or ${dryRuns.clusterId} = ${clusterId})))`;

/** Gives the oldest run to this cluster, or nothing; of two that ask at once each gets another. */
export async function claim(ctx: Context, clusterId: string) {
  await giveUp(ctx, clusterId);
  const lease = ctx.newId('lease');
  const [taken] = await ctx.db
    .update(dryRuns)
    .set({
      state: 'running',
      tries: sql`${dryRuns.tries} + 1`,
      clusterId,
      lease,
      leaseEndsAtMs: leaseEnd(ctx),
      progress: null,
    })
    .where(
      sql`${dryRuns.id} = (select ${dryRuns.id} from ${dryRuns} where ${givable(ctx, clusterId)}
        and ${dryRuns.tries} < ${DRY_RUN_TRIES_MAX} order by ${dryRuns.createdAtMs}, ${dryRuns.id} limit 1)`,
    )
    .returning({ id: dryRuns.id, versionId: dryRuns.versionId, tool: dryRuns.tool, input: dryRuns.input });
  if (taken === undefined) return null;
  const version = await ctx.db
    .select({
      tenantId: privateSkills.tenantId,
      name: privateSkills.name,
      version: privateSkills.version,
      archiveDigest: privateSkills.packageChecksum,
      contentDigest: privateSkills.contentDigest,
    })
    .from(privateSkills)
    .where(eq(privateSkills.id, taken.versionId))
    .get();
  if (version === undefined) return null;
  const { id, tool, input } = taken;
  return { id, tool, input, lease, leaseSeconds: DRY_RUN_LEASE_SECONDS, ...version };
}

/** Ends one run that was lost as often as it may be. */
async function giveUp(ctx: Context, clusterId: string): Promise<void> {
  const lost = await ctx.db
    .select({ id: dryRuns.id, tenantId: dryRuns.tenantId, versionId: dryRuns.versionId, lease: dryRuns.lease })
    .from(dryRuns)
    .where(and(eq(dryRuns.state, 'running'), sql`${dryRuns.tries} >= ${DRY_RUN_TRIES_MAX}`, givable(ctx, clusterId)))
    .limit(1)
    .get();
  if (lost !== undefined) await end(ctx, lost, { state: 'unavailable', reason: LOST, finishedAtMs: ctx.nowMs });
}

/** A run that this cluster holds, or held last, with what its report is judged by. */
export async function heldBy(ctx: Context, clusterId: string, dryRunId: string) {
  return await ctx.db
    .select({
      id: dryRuns.id,
      tenantId: dryRuns.tenantId,
      versionId: dryRuns.versionId,
      state: dryRuns.state,
      lease: dryRuns.lease,
      tries: dryRuns.tries,
      tool: dryRuns.tool,
      input: dryRuns.input,
      digest: dryRuns.digest,
      name: privateSkills.name,
      version: privateSkills.version,
      manifest: privateSkills.manifest,
      archiveDigest: privateSkills.packageChecksum,
      contentDigest: privateSkills.contentDigest,
      clusterKey: clusters.publicKey,
      previousKey: clusters.previousPublicKey,
      previousUntilMs: clusters.previousUntilMs,
    })
    .from(dryRuns)
    .innerJoin(privateSkills, and(eq(privateSkills.id, dryRuns.versionId), isNull(privateSkills.deletedAtMs)))
    .innerJoin(clusters, and(eq(clusters.id, clusterId), eq(clusters.dryRun, true)))
    .innerJoin(placements, and(eq(placements.clusterId, clusterId), eq(placements.tenantId, dryRuns.tenantId)))
    .where(and(eq(dryRuns.id, dryRunId), eq(dryRuns.clusterId, clusterId)))
    .get();
}

/** How far a run is; the lease begins anew. False when it is in other hands. */
export async function progress(
  ctx: Context,
  held: { id: string; lease: string; clusterId: string },
  now: DryRunProgress,
): Promise<boolean> {
  const [updated] = await ctx.db
    .update(dryRuns)
    .set({ progress: now, leaseEndsAtMs: leaseEnd(ctx) })
    .where(and(eq(dryRuns.id, held.id), eq(dryRuns.lease, held.lease), eq(dryRuns.state, 'running')))
    .returning({ id: dryRuns.id });
  await ctx.db
    .update(dryRunEngines)
    .set({ reportedAtMs: ctx.nowMs })
    .where(eq(dryRunEngines.clusterId, held.clusterId));
  return updated !== undefined;
}

type Ended = Partial<typeof dryRuns.$inferInsert> & { state: 'queued' | 'done' | 'unavailable' };

/**
 * Ends one try of a run, with its audit event. The state becomes NULL, which the column refuses, when the run is in other
 * hands meanwhile: then nothing is written.
 */
export async function end(
  ctx: Context,
  held: { id: string; tenantId: string; versionId: string; lease: string | null },
  { state, ...rest }: Ended,
): Promise<void> {
  const guarded = sql`case when ${dryRuns.state} = 'running' and ${dryRuns.lease} is ${held.lease} then ${state} end`;
  const { verdict = null, counts = false, digest = null, reason = null, score = null } = rest;
  await batch(ctx.db, [
    ctx.db
      .update(dryRuns)
      .set({ ...rest, state: guarded as never, progress: null, leaseEndsAtMs: null })
      .where(eq(dryRuns.id, held.id)),
    auditRow(ctx, {
      action: 'dryrun:run',
      tenantId: held.tenantId,
      targetType: 'skill',
      targetId: held.versionId,
      severity: verdict === 'undeclared_access' || verdict === 'tampered' ? 'warning' : 'info',
      outcome: state === 'done' ? 'success' : 'failure',
      details: { dryRunId: held.id, state, verdict, counts, digest, reason, score },
    }),
  ]);
}

/** The code's report and what other runs of the version saw, for the score of all together. */
export async function othersOf(ctx: Context, versionId: string, dryRunId: string) {
  const [runs, versions] = await ctx.db.batch([
    ctx.db
      .select({ findings: dryRuns.findings })
      .from(dryRuns)
      .where(and(eq(dryRuns.versionId, versionId), eq(dryRuns.state, 'done'), ne(dryRuns.id, dryRunId))),
    ctx.db
      .select({
        tenantId: versionDetails.tenantId,
        reportState: versionDetails.reportState,
        reportDigest: versionDetails.reportDigest,
      })
      .from(versionDetails)
      .where(eq(versionDetails.id, versionId)),
  ]);
  return { findings: runs.flatMap((run) => run.findings ?? []), report: versions[0] };
}
