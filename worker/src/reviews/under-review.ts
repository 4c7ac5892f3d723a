import { AegisError } from '@aegis/skill-sdk/errors';
import { StaticReport } from '@aegis/skill-sdk/wire/reports';
import type { SkillDiff } from '@aegis/skill-sdk/wire/skills';
import { type Caller, requireCan } from '../auth.ts';
import { getBlob } from '../blobs.ts';
import type { Context } from '../context.ts';
import { toDiff } from '../version-wire.ts';
import type { ReportState, UnderReview } from './decide.ts';
import { loadForReview } from './store.ts';

type Loaded = NonNullable<Awaited<ReturnType<typeof loadForReview>>>;

/** One version with what a decision about it needs, and what it is compared with. */
export interface Loading extends Loaded {
  version: UnderReview;
  diff: SkillDiff;
}

/** Loads a version, its baseline, its decisions and its report; undefined when there is none. */
export async function loadUnderReview(ctx: Context, id: string): Promise<Loading | undefined> {
  const loaded = await loadForReview(ctx, id);
  if (loaded === undefined) return undefined;
  const { row, baseline } = loaded;
  const diff = toDiff(baseline, row.permissions);
  const report = await readReport(ctx, row);
  return { ...loaded, diff, version: { ...row, report, widens: baseline !== null && diff.widens } };
}

/** The report that the row points at; its bytes are checked against the digest. */
async function readReport(ctx: Context, { tenantId, reportState, reportDigest }: Loaded['row']): Promise<ReportState> {
  if (reportState === 'failed') return { state: 'failed' };
  if (reportState !== 'done' || reportDigest === null) return { state: 'pending' };
  const bytes = await getBlob(ctx.env.ARTIFACTS, 'report', tenantId, reportDigest);
  return {
    state: 'done',
    digest: reportDigest,
    report: StaticReport.parse(JSON.parse(new TextDecoder().decode(bytes))),
  };
}

/** The review pages are for people of the platform; for everybody else they do not exist. */
export function requireReviewReader(caller: Caller): void {
  if (caller.kind === 'cluster') throw new AegisError('NOT_FOUND');
  requireCan(caller, 'skill:read', { tenantId: null });
}
