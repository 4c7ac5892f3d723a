import type { SkillStatus } from '@aegis/skill-sdk/wire/skills';
import { and, eq, inArray, lt, sql } from 'drizzle-orm';
import { auditRow } from '../audit.ts';
import type { Context } from '../context.ts';
import { batch, type Db } from '../db.ts';
import { dryRuns } from '../schema/dry-runs.ts';
import { tenants } from '../schema/people.ts';
import { privateSkills, publishAttempts, reports } from '../schema/skills.ts';
import { versionDetails, versionStates } from '../schema/views.ts';

export type NewVersion = Omit<
  typeof privateSkills.$inferInsert,
  `publishedBy${string}` | 'createdAtMs' | 'updatedAtMs' | 'deletedAtMs' | 'validationErrors'
>;
export type NewReport = typeof reports.$inferInsert;

/** A version number that was used, deleted or not. */
export interface Existing {
  id: string;
  name: string;
  version: string;
  archiveDigest: string;
  status: SkillStatus;
  deletedAtMs: number | null;
}

/** What the tenant has, against what it may have. Deleted versions keep their number, not their bytes. */
export interface Usage {
  versions: number;
  versionsMax: number;
  bytes: number;
  bytesMax: number;
}

/** The first row of every upload, so that one that dies later can be found. */
export async function startAttempt(ctx: Context, tenantId: string): Promise<string> {
  const id = ctx.newId('attempt');
  await ctx.db.insert(publishAttempts).values({ id, tenantId, actorId: ctx.caller.id, startedAtMs: ctx.nowMs });
  return id;
}

export async function failAttempt(ctx: Context, id: string, problem: { code: string; detail: string }): Promise<void> {
  await ctx.db.update(publishAttempts).set({ problem }).where(eq(publishAttempts.id, id));
}

const attemptDone = (ctx: Context, id: string, versionId: string) =>
  ctx.db.update(publishAttempts).set({ versionId }).where(eq(publishAttempts.id, id));

export async function finishAttempt(ctx: Context, id: string, versionId: string): Promise<void> {
  await attemptDone(ctx, id, versionId);
}

/** What is known before a publish, in one round trip: whether the number was used, and how full the tenant is. */
export async function readBefore(ctx: Context, ask: { tenantId: string; name: string; version: string }) {
  const own = sql`from ${privateSkills} where ${privateSkills.tenantId} = ${tenants.id}`;
  const [existing, usage] = await ctx.db.batch([
    ctx.db
      .select({
        id: privateSkills.id,
        name: privateSkills.name,
        version: privateSkills.version,
        archiveDigest: privateSkills.packageChecksum,
        status: versionStates.status,
        deletedAtMs: privateSkills.deletedAtMs,
      })
      .from(privateSkills)
      .innerJoin(versionStates, eq(versionStates.versionId, privateSkills.id))
      .where(
        and(
          eq(privateSkills.tenantId, ask.tenantId),
          eq(privateSkills.name, ask.name),
          eq(privateSkills.version, ask.version),
        ),
      ),
    ctx.db
      .select({
        versions: sql<number>`(select count(*) ${own})`.mapWith(Number),
        versionsMax: tenants.versionsMax,
        bytes: sql<number>`(select coalesce(sum(package_size), 0) ${own} and deleted_at_ms is null)`.mapWith(Number),
        bytesMax: tenants.bytesMax,
      })
      .from(tenants)
      .where(eq(tenants.id, ask.tenantId)),
  ]);
  const nothing: Usage = { versions: 0, versionsMax: 0, bytes: 0, bytesMax: 0 };
  return { existing: existing[0] as Existing | undefined, usage: usage[0] ?? nothing };
}

/**
 * Everything that makes a version, or nothing: the row, its report, the attempt and the audit event. The key of the
 * package becomes NULL, which the column refuses, when other uploads filled the tenant's quota meanwhile.
 */
export async function addVersion(ctx: Context, attemptId: string, row: NewVersion, report: NewReport): Promise<void> {
  const { caller, nowMs } = ctx;
  const publisher = {
    publishedByKind: caller.kind,
    publishedById: caller.id,
    publishedByName: caller.name,
    publishedByPersonId: caller.personId ?? null,
  };
  const { id, tenantId, name, version, packageChecksum, contentDigest } = row;
  const packageUrl = sql`(select ${row.packageUrl} from ${tenants} t where t.id = ${tenantId}
    and (select count(*) from private_skills where tenant_id = t.id) < t.versions_max
    and (select coalesce(sum(package_size), 0) from private_skills where tenant_id = t.id and deleted_at_ms is null)
      + ${row.packageSize} <= t.bytes_max)`;
  const times = { createdAtMs: nowMs, updatedAtMs: nowMs };
  await batch(ctx.db, [
    ctx.db.insert(privateSkills).values({ ...row, ...publisher, ...times, packageUrl: packageUrl as never }),
    ctx.db.insert(reports).values(report),
    attemptDone(ctx, attemptId, id),
    auditRow(ctx, {
      action: 'skill:publish',
      tenantId,
      targetType: 'skill',
      targetId: id,
      after: { name, version, archiveDigest: packageChecksum, contentDigest },
    }),
  ]);
}

/** What a deletion needs to know. */
export async function versionOf(ctx: Context, id: string) {
  return await ctx.db
    .select({
      id: versionDetails.id,
      tenantId: versionDetails.tenantId,
      name: versionDetails.name,
      version: versionDetails.version,
      approvalId: versionDetails.approvalId,
      archiveDigest: versionDetails.packageChecksum,
    })
    .from(versionDetails)
    .where(eq(versionDetails.id, id))
    .get();
}

/** Of every report of a version, of its code and of its dry-runs. */
export async function reportDigests(ctx: Context, version: { id: string; tenantId: string }): Promise<string[]> {
  const [ofCode, ofRuns] = await ctx.db.batch([
    ctx.db
      .select({ digest: reports.digest })
      .from(reports)
      .where(and(eq(reports.versionId, version.id), eq(reports.tenantId, version.tenantId))),
    ctx.db
      .select({ digest: dryRuns.digest })
      .from(dryRuns)
      .where(and(eq(dryRuns.versionId, version.id), eq(dryRuns.tenantId, version.tenantId))),
  ]);
  return [...ofCode, ...ofRuns].flatMap(({ digest }) => (digest === null ? [] : [digest]));
}

/**
 * Empties a version and leaves its number behind. The manifest becomes NULL, which the column refuses, when the version
 * was approved or deleted meanwhile: then the batch fails as a whole.
 */
export async function deleteVersion(
  ctx: Context,
  row: { id: string; tenantId: string; name: string; version: string },
) {
  const emptied = sql`(select '{}' where ${privateSkills.deletedAtMs} is null and not exists (
    select 1 from version_decisions d where d.version_id = ${row.id} and d.kind = 'approved'))`;
  await batch(ctx.db, [
    ctx.db
      .update(privateSkills)
      .set({ manifest: emptied as never, description: '', deletedAtMs: ctx.nowMs, updatedAtMs: ctx.nowMs })
      .where(eq(privateSkills.id, row.id)),
    auditRow(ctx, {
      action: 'skill:delete',
      tenantId: row.tenantId,
      targetType: 'skill',
      targetId: row.id,
      before: { name: row.name, version: row.version },
    }),
  ]);
}

/** Takes a queued report for this consumer; undefined when it is done, failed, or in other hands. */
export async function claimReport(db: Db, reportId: string) {
  const [claimed] = await db
    .update(reports)
    .set({ state: 'running', tries: sql`${reports.tries} + 1` })
    .where(and(eq(reports.id, reportId), eq(reports.state, 'queued')))
    .returning({ tenantId: reports.tenantId, versionId: reports.versionId, tries: reports.tries });
  if (claimed === undefined) return undefined;
  const version = await db
    .select({ archiveDigest: privateSkills.packageChecksum, deletedAtMs: privateSkills.deletedAtMs })
    .from(privateSkills)
    .where(eq(privateSkills.id, claimed.versionId))
    .get();
  return version === undefined ? undefined : { ...claimed, ...version };
}

/** Moves a report that somebody runs to its next state; one that moved on meanwhile stays as it is. */
export async function moveReport(
  db: Db,
  reportId: string,
  to: Partial<NewReport> & { state: 'queued' | 'done' | 'failed' },
): Promise<void> {
  await db
    .update(reports)
    .set(to)
    .where(and(eq(reports.id, reportId), eq(reports.state, 'running')));
}

/** Reports that wait or run for longer than any analysis takes, oldest first. */
export async function staleReports(ctx: Context, beforeMs: number, limit: number) {
  return await ctx.db
    .select({ id: reports.id, tries: reports.tries })
    .from(reports)
    .where(and(inArray(reports.state, ['queued', 'running']), lt(reports.createdAtMs, beforeMs)))
    .limit(limit);
}

/** Gives up a report and, with `retryId`, queues another in its place. Of two callers at once one does it. */
export async function replaceReport(ctx: Context, reportId: string, retryId: string | null): Promise<void> {
  const open = sql`id = ${reportId} and state in ('queued', 'running')`;
  // Every column of the table in its order, as an insert from a query wants them.
  const retry = ctx.db.insert(reports).select(
    sql`select ${retryId}, tenant_id, version_id, kind, 'queued', rules_version, null, null, null, null, null, tries + 1,
      ${ctx.nowMs}, null from reports where ${open}`,
  );
  const failed = ctx.db
    .update(reports)
    .set({ state: 'failed', error: 'could not analyse', finishedAtMs: ctx.nowMs })
    .where(open);
  await batch(ctx.db, retryId === null ? [failed] : [retry, failed]);
}
