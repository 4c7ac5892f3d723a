import { signApproval } from '@aegis/skill-sdk/approval';
import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { type PermissionBlock, permissionsDigest } from '@aegis/skill-sdk/permissions';
import { StaticReport } from '@aegis/skill-sdk/wire/reports';
import type { ReviewAnswer } from '@aegis/skill-sdk/wire/reviews';
import type { ApprovalEnvelope, SkillDiff } from '@aegis/skill-sdk/wire/skills';
import { getBlob } from '../blobs.ts';
import type { Context } from '../context.ts';
import { isNotNullViolation, isUniqueViolation } from '../db.ts';
import { standingOf, toDryRun, whyNobodyRuns } from '../dry-run-standing.ts';
import { readDryRuns } from '../dry-run-store.ts';
import { signingKey } from '../signing.ts';
import { toDecision, toDiff, toSummary } from '../version-wire.ts';
import type { NewDecision, ReportState, UnderReview } from './decide.ts';
import * as store from './store.ts';

type Loaded = NonNullable<Awaited<ReturnType<typeof store.loadForReview>>>;

/** One version with what a decision about it needs, and what it is compared with. */
export interface Loading extends Loaded {
  version: UnderReview;
  diff: SkillDiff;
}

/** Loads a version, its baseline, its decisions and its report; undefined when there is none. */
export async function loadUnderReview(ctx: Context, id: string): Promise<Loading | undefined> {
  const loaded = await store.loadForReview(ctx, id);
  if (loaded === undefined) return undefined;
  const { row, baseline } = loaded;
  const diff = toDiff(baseline, row.permissions);
  const [report, dryRun] = await Promise.all([readReport(ctx, row), readStanding(ctx, row)]);
  return { ...loaded, diff, version: { ...row, report, dryRun, widens: baseline !== null && diff.widens } };
}

/** Where its dry-runs stand, and what they saw. */
async function readStanding(ctx: Context, row: Loaded['row']) {
  const { rows, policy, runners } = await readDryRuns(ctx, row);
  const unavailable = whyNobodyRuns(runners, ctx.nowMs);
  const runs = rows.map((run) => toDryRun(run, unavailable, ctx.nowMs));
  return standingOf(runs, policy, row.tools > 0);
}

type Reported = Pick<Loaded['row'], 'tenantId' | 'reportState' | 'reportDigest'>;

/** The report that the row points at; its bytes are checked against the digest. */
async function readReport(ctx: Context, { tenantId, reportState, reportDigest }: Reported): Promise<ReportState> {
  if (reportState === 'failed') return { state: 'failed' };
  if (reportState !== 'done' || reportDigest === null) return { state: 'pending' };
  const bytes = await getBlob(ctx.env.ARTIFACTS, 'report', tenantId, reportDigest);
  return {
    state: 'done',
    digest: reportDigest,
    report: StaticReport.parse(JSON.parse(new TextDecoder().decode(bytes))),
  };
}

/** The report of the version that was approved before; null when there is none. */
export async function baselineReport(ctx: Context, { baseline }: Loading): Promise<ReportState | null> {
  return baseline === null ? null : await readReport(ctx, baseline);
}

/** What an approval is signed over: exactly these bytes, with exactly these permissions. */
export interface Approved {
  tenantId: string;
  name: string;
  version: string;
  archiveDigest: string;
  contentDigest: string;
  permissions: PermissionBlock;
  /** Digests of the dry-runs whose evidence counts. */
  dryRuns: readonly string[];
}

/** The signed approval statement (DSSE over in-toto) of one decision. */
export async function signDecision(ctx: Context, approved: Approved, decision: NewDecision): Promise<ApprovalEnvelope> {
  const { tenantId, name, version, archiveDigest, contentDigest, permissions } = approved;
  const { reportDigest, revision, decidedAtMs } = decision;
  return await signApproval(
    { tenantId, name, version, archiveDigest },
    {
      contentDigest,
      permissions,
      permissionsDigest: await permissionsDigest(permissions),
      reports: [
        ...(reportDigest === null ? [] : [{ kind: 'static', digest: reportDigest }]),
        ...approved.dryRuns.map((digest) => ({ kind: 'dry_run', digest })),
      ],
      revision,
      reviewer: { id: ctx.caller.id, name: ctx.caller.name },
      decidedAt: toInstant(decidedAtMs),
    },
    await signingKey(ctx.config, 'approval'),
  );
}

/**
 * Records a decision or mark and answers with the version as it is then. Of two at the same moment one wins; the other
 * gets REVIEW_CONFLICT and leaves no row.
 */
export async function recordDecision(
  ctx: Context,
  decision: store.NewRow,
  recording: store.Recording,
): Promise<ReviewAnswer> {
  const row = await store.record(ctx, decision, recording).catch((cause) => {
    if (isUniqueViolation(cause, 'version_decisions.')) {
      const detail = 'Somebody decided about this version at the same moment. Read it again, then decide.';
      throw new AegisError('REVIEW_CONFLICT', { detail, cause });
    }
    if (isNotNullViolation(cause)) {
      throw new AegisError('STATE_CONFLICT', { detail: 'This version was deleted at the same moment.', cause });
    }
    throw cause;
  });
  const summary = await store.summaryOf(ctx, decision.versionId);
  if (summary === undefined) throw new AegisError('NOT_FOUND');
  return { skill: toSummary(summary), decision: toDecision(row) };
}
