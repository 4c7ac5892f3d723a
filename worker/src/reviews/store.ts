import type { PermissionBlock } from '@aegis/skill-sdk/permissions';
import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm';
import { auditRow } from '../audit.ts';
import { appendChange } from '../changes.ts';
import type { Context } from '../context.ts';
import { batch, type Statement } from '../db.ts';
import { clusterAcks, clusters, placements } from '../schema/clusters.ts';
import { agents, privateSkills, reviewQueue, versionDecisions } from '../schema/skills.ts';
import { versionDetails } from '../schema/views.ts';
import { summaryColumns } from '../version-wire.ts';

const DECISIONS_MAX = 500;

/** The permissions of the baseline; null without one. */
const baselinePermissions =
  sql<PermissionBlock | null>`(select json_extract(b.manifest, '$.permissions') from private_skills b
  where b.id = ${versionDetails.baselineId})`.mapWith((text: string): PermissionBlock => JSON.parse(text));

const reviewColumns = {
  ...summaryColumns,
  revision: versionDetails.revision,
  decision: versionDetails.decision,
  approvalId: versionDetails.approvalId,
  deprecated: versionDetails.deprecated,
  yanked: versionDetails.yanked,
  revoked: versionDetails.revoked,
  permissions: versionDetails.permissions,
  tools: sql<number>`json_array_length(${versionDetails.manifest}, '$.tools')`.mapWith(Number),
  publishedByPersonId: versionDetails.publishedByPersonId,
};

/** A version with everything that a decision needs, its baseline and its decisions, in one round trip. */
export async function loadForReview(ctx: Context, id: string) {
  const [rows, baselines, decisions] = await ctx.db.batch([
    ctx.db.select(reviewColumns).from(versionDetails).where(eq(versionDetails.id, id)),
    ctx.db
      .select({
        id: versionDetails.id,
        version: versionDetails.version,
        permissions: versionDetails.permissions,
        archiveDigest: versionDetails.packageChecksum,
        tenantId: versionDetails.tenantId,
        reportState: versionDetails.reportState,
        reportDigest: versionDetails.reportDigest,
      })
      .from(versionDetails)
      .where(eq(versionDetails.id, sql`(select v.baseline_id from version_details v where v.id = ${id})`)),
    ctx.db
      .select()
      .from(versionDecisions)
      .where(eq(versionDecisions.versionId, id))
      .orderBy(asc(versionDecisions.revision))
      .limit(DECISIONS_MAX),
  ]);
  const row = rows[0];
  return row === undefined ? undefined : { row, baseline: baselines[0] ?? null, decisions };
}

/** A version as a mark sees it. */
export async function markable(ctx: Context, id: string) {
  const { tenantId, name, version, status, revision, decision, deprecated, yanked, revoked } = versionDetails;
  return await ctx.db
    .select({ id: versionDetails.id, tenantId, name, version, status, revision, decision, deprecated, yanked, revoked })
    .from(versionDetails)
    .where(eq(versionDetails.id, id))
    .get();
}

/** The version as a list shows it, after something was decided. */
export async function summaryOf(ctx: Context, id: string) {
  return await ctx.db.select(summaryColumns).from(versionDetails).where(eq(versionDetails.id, id)).get();
}

/** What stands in the audit beside a decision, and whether clusters need to hear of it. */
export interface Recording {
  action: 'skill:review' | 'skill:deprecate' | 'skill:yank' | 'skill:revoke';
  before: { status: string };
  severity: 'info' | 'warning' | 'critical';
  change: 'approval' | 'mark' | null;
}

type DecisionRow = typeof versionDecisions.$inferInsert;
export type NewRow = Pick<DecisionRow, 'versionId' | 'tenantId' | 'revision' | 'kind' | 'notes' | 'decidedAtMs'> &
  Partial<Pick<DecisionRow, 'reasonCodes' | 'acknowledged' | 'replacement' | 'reportDigest' | 'envelope'>>;

/**
 * Records one decision or mark with its audit event and change, or nothing. UNIQUE (version, revision) lets one of two
 * racing writers win. The tenant becomes NULL, which the column refuses, when the version was deleted meanwhile.
 */
export async function record(ctx: Context, decision: NewRow, recording: Recording) {
  const { caller } = ctx;
  const { versionId, tenantId, kind, notes, revision } = decision;
  const row = {
    reasonCodes: [],
    acknowledged: [],
    replacement: null,
    reportDigest: null,
    envelope: null,
    ...decision,
    id: ctx.newId('decision'),
    decidedByKind: caller.kind,
    decidedById: caller.id,
    decidedByName: caller.name,
  };
  const alive = sql`(select tenant_id from ${privateSkills} where id = ${versionId} and deleted_at_ms is null)`;
  const { change } = recording;
  const statements: Statement[] = [
    auditRow(ctx, {
      action: recording.action,
      tenantId,
      targetType: 'skill',
      targetId: versionId,
      severity: recording.severity,
      before: recording.before,
      after: { kind, revision, notes, reasonCodes: row.reasonCodes, acknowledged: row.acknowledged },
    }),
    ...(change === null ? [] : [appendChange(ctx, { tenantId, kind: change, subjectId: versionId })]),
    ctx.db.insert(versionDecisions).values({ ...row, tenantId: alive as never }),
  ];
  await batch(ctx.db, statements);
  return row;
}

/** Versions that nobody decided about yet, oldest first, with the permissions that were approved before. */
export async function pendingVersions(
  ctx: Context,
  filter: { tenantId?: string | undefined; after: string | null; limit: number },
) {
  return await ctx.db
    .select({
      ...summaryColumns,
      permissions: versionDetails.permissions,
      before: baselinePermissions,
    })
    .from(reviewQueue)
    .innerJoin(versionDetails, eq(versionDetails.id, reviewQueue.versionId))
    .where(
      and(
        filter.tenantId === undefined ? undefined : eq(reviewQueue.tenantId, filter.tenantId),
        filter.after === null ? undefined : gt(reviewQueue.versionId, filter.after),
      ),
    )
    .orderBy(asc(reviewQueue.versionId))
    .limit(filter.limit + 1);
}

/** Where an approval takes effect: the tenant's agents and its clusters as they acknowledged last. */
export async function effectOf(ctx: Context, tenantId: string) {
  const [counted, placed] = await ctx.db.batch([
    ctx.db
      .select({ n: sql<number>`count(*)`.mapWith(Number) })
      .from(agents)
      .where(and(eq(agents.tenantId, tenantId), isNull(agents.removedAtMs))),
    ctx.db
      .select({
        id: clusters.id,
        name: clusters.name,
        mode: placements.mode,
        state: clusterAcks.state,
        enforcement: clusterAcks.enforcement,
      })
      .from(placements)
      .innerJoin(clusters, and(eq(clusters.id, placements.clusterId), isNull(clusters.revokedAtMs)))
      .leftJoin(
        clusterAcks,
        and(eq(clusterAcks.clusterId, placements.clusterId), eq(clusterAcks.tenantId, placements.tenantId)),
      )
      .where(eq(placements.tenantId, tenantId))
      .orderBy(asc(clusters.name)),
  ]);
  return { tenantAgents: counted[0]?.n ?? 0, clusters: placed };
}
