import { and, asc, desc, eq, inArray, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { Context } from '../../context.ts';
import { publishAttempts, reviewQueue, versionDecisions } from '../../schema/skills.ts';
import { versionDetails } from '../../schema/views.ts';
import { summaryColumns } from '../../version-wire.ts';

const INSTALLABLE = ['approved', 'deprecated'] as const;
/** Decisions and marks that one page shows; nobody makes more by hand. */
const DECISIONS_MAX = 500;

export interface ListFilter {
  /** Null: every tenant. */
  tenantIds: readonly string[] | null;
  q?: string | undefined;
  status?: string | undefined;
  name?: string | undefined;
  /** Every version; else the newest of each skill among those that match. */
  all: boolean;
  /** The last id of the page before. */
  after: string | null;
  limit: number;
}

/** One version per row, newest first. One query with less than ten parameters, however many tenants. */
export async function listVersions(ctx: Context, filter: ListFilter) {
  const outer = sql`version_details`;
  const newer = sql`newer`;
  const isNewest = sql`not exists (select 1 from version_details newer
    where newer.tenant_id = version_details.tenant_id and newer.name = version_details.name
      and newer.id > version_details.id and ${matches(newer, filter)})`;
  return await ctx.db
    .select(summaryColumns)
    .from(versionDetails)
    .where(
      and(
        filter.tenantIds === null ? undefined : inList(versionDetails.tenantId, filter.tenantIds),
        filter.name === undefined ? undefined : eq(versionDetails.name, filter.name),
        filter.after === null ? undefined : lt(versionDetails.id, filter.after),
        matches(outer, filter),
        filter.all ? undefined : isNewest,
      ),
    )
    .orderBy(desc(versionDetails.id))
    .limit(filter.limit + 1);
}

/** The part of the filter that decides which version of a skill is shown. LIKE would refuse patterns over 50 bytes. */
function matches(table: SQL, { q, status }: ListFilter): SQL {
  const conditions = [sql`1`];
  if (status !== undefined) conditions.push(sql`${table}.status = ${status}`);
  if (q !== undefined && q !== '') {
    const text = q.toLowerCase();
    conditions.push(sql`(instr(${table}.name, ${text}) > 0 or instr(${table}.package_checksum, ${text}) > 0
      or instr(${table}.content_digest, ${text}) > 0
      or exists (select 1 from json_each(${table}.permissions, '$.network') n where instr(json_extract(n.value, '$.host'), ${text}) > 0))`);
  }
  return sql.join(conditions, sql` and `);
}

/** One parameter for a list of any length; D1 binds at most 100. */
function inList(column: typeof versionDetails.tenantId, values: readonly string[]): SQL {
  return sql`${column} in (select value from json_each(${JSON.stringify(values)}))`;
}

/** Everything about one version; undefined when it was deleted or never was. */
export async function versionById(ctx: Context, id: string) {
  return await ctx.db.select().from(versionDetails).where(eq(versionDetails.id, id)).get();
}

/** A version with its decisions and its place in the queue of reviewers (from 1), in one round trip. */
export async function skillById(ctx: Context, id: string) {
  const [rows, decisions, waiting] = await ctx.db.batch([
    ctx.db.select().from(versionDetails).where(eq(versionDetails.id, id)),
    ctx.db
      .select()
      .from(versionDecisions)
      .where(eq(versionDecisions.versionId, id))
      .orderBy(asc(versionDecisions.revision))
      .limit(DECISIONS_MAX),
    countWaiting(ctx, id),
  ]);
  const row = rows[0];
  return row === undefined ? undefined : { row, decisions, queuePosition: placeOf(row.status, waiting) };
}

const countWaiting = (ctx: Context, id: string) =>
  ctx.db
    .select({ n: sql<number>`count(*)`.mapWith(Number) })
    .from(reviewQueue)
    .where(lte(reviewQueue.versionId, id));

const placeOf = (status: string, waiting: { n: number }[]) =>
  status === 'pending_review' ? (waiting[0]?.n ?? 1) : null;

/** The other version that one is compared with. */
export async function baselineOf(ctx: Context, baselineId: string | null) {
  if (baselineId === null) return null;
  const row = await ctx.db
    .select({
      id: versionDetails.id,
      tenantId: versionDetails.tenantId,
      version: versionDetails.version,
      permissions: versionDetails.permissions,
      archiveDigest: versionDetails.packageChecksum,
    })
    .from(versionDetails)
    .where(eq(versionDetails.id, baselineId))
    .get();
  return row ?? null;
}

const resolutionColumns = {
  id: versionDetails.id,
  tenantId: versionDetails.tenantId,
  name: versionDetails.name,
  version: versionDetails.version,
  status: versionDetails.status,
  revision: versionDetails.revision,
  archiveDigest: versionDetails.packageChecksum,
  contentDigest: versionDetails.contentDigest,
  packageSize: versionDetails.packageSize,
  envelope: versionDecisions.envelope,
  warning: lastDeprecation('notes'),
  replacement: lastDeprecation('replacement'),
};

function lastDeprecation(column: 'notes' | 'replacement') {
  return sql<
    string | null
  >`(select d.${sql.raw(column)} from version_decisions d where d.version_id = ${versionDetails.id}
    and d.kind = 'deprecated' order by d.revision desc limit 1)`;
}

/** What NAME[@VERSION] means now: the exact version whatever its status, or the latest that may be installed. */
export async function resolveVersion(
  ctx: Context,
  ask: { tenantId: string; name: string; version?: string | undefined },
) {
  const exact = ask.version === undefined ? undefined : eq(versionDetails.version, ask.version);
  return await ctx.db
    .select(resolutionColumns)
    .from(versionDetails)
    .leftJoin(versionDecisions, eq(versionDecisions.id, versionDetails.approvalId))
    .where(
      and(
        eq(versionDetails.tenantId, ask.tenantId),
        eq(versionDetails.name, ask.name),
        exact ?? and(eq(versionDetails.prerelease, false), inArray(versionDetails.status, [...INSTALLABLE])),
      ),
    )
    .orderBy(
      desc(versionDetails.major),
      desc(versionDetails.minor),
      desc(versionDetails.patch),
      desc(versionDetails.id),
    )
    .limit(1)
    .get();
}

/** The newest version of a skill, to say why none can be installed. */
export async function newestVersion(ctx: Context, tenantId: string, name: string) {
  return await ctx.db
    .select({ version: versionDetails.version, status: versionDetails.status })
    .from(versionDetails)
    .where(and(eq(versionDetails.tenantId, tenantId), eq(versionDetails.name, name)))
    .orderBy(desc(versionDetails.id))
    .limit(1)
    .get();
}

/** Which tenant has these bytes, of those that the caller may read, and what was decided about them. */
export async function packageByDigest(ctx: Context, tenantIds: readonly string[], digest: string) {
  return await ctx.db
    .select({
      tenantId: versionDetails.tenantId,
      status: versionDetails.status,
      packageSize: versionDetails.packageSize,
    })
    .from(versionDetails)
    .where(and(inList(versionDetails.tenantId, tenantIds), eq(versionDetails.packageChecksum, digest)))
    .limit(1)
    .get();
}

/** The signed approval that is in force. */
export async function approvalOf(ctx: Context, approvalId: string) {
  return await ctx.db
    .select({ envelope: versionDecisions.envelope })
    .from(versionDecisions)
    .where(eq(versionDecisions.id, approvalId))
    .get();
}

/** All versions of the skill that this version belongs to, newest first. */
export async function versionsOf(
  ctx: Context,
  skill: { tenantId: string; name: string },
  page: { after: string | null; limit: number },
) {
  return await listVersions(ctx, { tenantIds: [skill.tenantId], name: skill.name, all: true, ...page });
}

export async function attemptById(ctx: Context, id: string) {
  const row = await ctx.db.select().from(publishAttempts).where(eq(publishAttempts.id, id)).get();
  if (row === undefined || row.versionId === null) return row === undefined ? undefined : { ...row, version: null };
  const [versions, waiting] = await ctx.db.batch([
    ctx.db
      .select({
        status: versionDetails.status,
        reportState: versionDetails.reportState,
        reportCreatedAtMs: versionDetails.reportCreatedAtMs,
      })
      .from(versionDetails)
      .where(eq(versionDetails.id, row.versionId)),
    countWaiting(ctx, row.versionId),
  ]);
  const version = versions[0];
  return {
    ...row,
    version: version === undefined ? null : { ...version, queuePosition: placeOf(version.status, waiting) },
  };
}
