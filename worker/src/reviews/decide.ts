import { AegisError } from '@aegis/skill-sdk/errors';
import type { Finding, StaticReport } from '@aegis/skill-sdk/wire/reports';
import type { ReviewRequest } from '@aegis/skill-sdk/wire/reviews';
import { type Caller, requireCan } from '../auth.ts';
import type { DryRunStanding } from '../dry-run-standing.ts';
import { type Published, reasonAgainstDeciding } from '../four-eyes.ts';

/** A version as a decision sees it. */
export interface UnderReview extends Published {
  id: string;
  name: string;
  version: string;
  /** Of the last decision or mark; 0 without any. */
  revision: number;
  decision: 'approved' | 'rejected' | null;
  /** True when it may do more than the version that was approved before it. False when there is none. */
  widens: boolean;
  report: ReportState;
  dryRun: DryRunStanding;
}

/** The static report: still to come, given up, or read. */
export type ReportState =
  | { state: 'pending' }
  | { state: 'failed' }
  | { state: 'done'; digest: string; report: ReportPart };

type ReportPart = Pick<StaticReport, 'findings' | 'findingsOmitted' | 'decision' | 'files' | 'notInspected'>;

/** The row that a decision becomes. */
export interface NewDecision {
  versionId: string;
  tenantId: string;
  revision: number;
  kind: 'approved' | 'rejected';
  notes: string;
  reasonCodes: string[];
  acknowledged: string[];
  reportDigest: string | null;
  decidedAtMs: number;
}

/** What a reviewer ticks when there is no report to read. */
export const FAILED_TICK = 'analysis-failed';
/** What a reviewer ticks when there are more findings than a report lists. */
export const OMITTED_TICK = 'findings-omitted';

/**
 * Who may decide what (A86, A106, A172). Pure: no clock, no database. Throws NOT_FOUND, FORBIDDEN,
 * REVIEWER_IS_PUBLISHER, REVIEW_CONFLICT, STATE_CONFLICT, ANALYSIS_PENDING, FINDINGS_BLOCK_APPROVAL,
 * DRY_RUN_PENDING, DRY_RUN_UNAVAILABLE, FINDINGS_NOT_ACKNOWLEDGED or VALIDATION_FAILED.
 */
export function decide(
  version: UnderReview | undefined,
  caller: Caller,
  ask: ReviewRequest,
  nowMs: number,
): NewDecision {
  requireCan(caller, 'skill:review', { tenantId: version?.tenantId ?? null });
  if (version === undefined) throw new AegisError('NOT_FOUND');
  const against = reasonAgainstDeciding(caller, version);
  if (against !== null) throw new AegisError('REVIEWER_IS_PUBLISHER', { detail: against });
  requireSameReading(version, ask);
  requireUndecided(version, ask);
  if (ask.status === 'approved') requireApprovable(version, ask);
  else requireReason(ask);
  const needed = ticksOf(version).map(({ id }) => id);
  return {
    versionId: version.id,
    tenantId: version.tenantId,
    revision: version.revision + 1,
    kind: ask.status,
    notes: ask.notes.trim(),
    reasonCodes: [...new Set(ask.reasonCodes)],
    acknowledged: needed.filter((id) => ask.acknowledged.includes(id)),
    reportDigest: version.report.state === 'done' ? version.report.digest : null,
    decidedAtMs: nowMs,
  };
}

/** The review pages are for people of the platform; for everybody else they do not exist. */
export function requireReviewReader(caller: Caller): void {
  if (caller.kind === 'cluster') throw new AegisError('NOT_FOUND');
  requireCan(caller, 'skill:read', { tenantId: null });
}

/** What was decided by must be what is there: a reviewer never approves what they have not seen. */
function requireSameReading(version: UnderReview, ask: ReviewRequest): void {
  if (ask.revision !== undefined && ask.revision !== version.revision) {
    throw new AegisError('REVIEW_CONFLICT', {
      detail: `You read revision ${ask.revision}, the version is at revision ${version.revision} now. Read it again, then decide.`,
      meta: { revision: version.revision },
    });
  }
  const digest = version.report.state === 'done' ? version.report.digest : null;
  if (ask.reportDigest !== undefined && ask.reportDigest !== digest) {
    throw new AegisError('REVIEW_CONFLICT', {
      detail: 'There is another report than the one that you read. Read it, then decide.',
      meta: { reportDigest: digest },
    });
  }
}

function requireUndecided({ decision, name, version }: UnderReview, { status }: ReviewRequest): void {
  if (decision === status) {
    throw new AegisError('STATE_CONFLICT', { detail: `${name} ${version} is ${status} already.`, meta: { status } });
  }
  if (decision === 'approved') {
    throw new AegisError('STATE_CONFLICT', {
      detail: `${name} ${version} is approved, which stays on record. Yank it to stop new installs, or revoke it to remove it everywhere.`,
      meta: { status: decision },
    });
  }
}

function requireReason({ notes, reasonCodes }: ReviewRequest): void {
  if (notes.trim() !== '' || reasonCodes.length > 0) return;
  const detail = 'Say what the author should change: a note, or at least one reason code.';
  throw new AegisError('VALIDATION_FAILED', { detail, errors: [{ pointer: '/notes', detail }] });
}

/** `1 finding`, `3 findings`. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function requireApprovable(version: UnderReview, ask: ReviewRequest): void {
  const { report } = version;
  if (report.state === 'pending') {
    throw new AegisError('ANALYSIS_PENDING', {
      detail: 'The static analysis has not finished. Nothing is approved before.',
    });
  }
  const critical = criticalOf(version);
  if (critical.length > 0 || (report.state === 'done' && report.report.decision === 'block')) {
    throw new AegisError('FINDINGS_BLOCK_APPROVAL', {
      detail: `${counted(critical.length, 'critical finding')}: ${critical.map(spell).join('; ')}. The author changes the code and publishes a new version.`,
      meta: { findings: critical.map(({ id }) => id) },
    });
  }
  requireDryRun(version.dryRun);
  const open = ticksOf(version).filter(({ id }) => !ask.acknowledged.includes(id));
  if (open.length > 0) {
    throw new AegisError('FINDINGS_NOT_ACKNOWLEDGED', {
      detail: `${counted(open.length, 'finding')} ${open.length === 1 ? 'needs' : 'need'} your tick: ${open.map(({ text }) => text).join('; ')}.`,
      errors: open.map(({ id, text }) => ({ pointer: '/acknowledged', detail: `${id}: ${text}` })),
      meta: { findings: open.map(({ id }) => id) },
    });
  }
  if (version.widens && ask.notes.trim() === '') {
    const detail = 'This version may do more than the one approved before. Say in a note why that is right.';
    throw new AegisError('VALIDATION_FAILED', { detail, errors: [{ pointer: '/notes', detail }] });
  }
}

/** What was not run cannot be known: a run that is under way is waited for, and a tenant may demand that there is one. */
function requireDryRun({ state, reason, policy }: DryRunStanding): void {
  if (state === 'pending') {
    throw new AegisError('DRY_RUN_PENDING', {
      detail: 'Its dry-run has not ended. What it shows may speak against the version; nothing is approved before.',
    });
  }
  if (state === 'unavailable' && policy === 'required') {
    throw new AegisError('DRY_RUN_UNAVAILABLE', {
      detail: `The tenant demands a dry-run of every version. ${reason ?? ''}`.trim(),
    });
  }
}

type Found = Pick<UnderReview, 'report' | 'dryRun'>;

/** Findings that no reviewer can approve, of the code and of what was seen. */
export function criticalOf({ report, dryRun }: Found): Finding[] {
  const ofCode = report.state === 'done' ? report.report.findings : [];
  return [...ofCode, ...dryRun.findings].filter(({ severity }) => severity === 'critical');
}

/** What needs the reviewer's recorded tick: every error, warning or high finding, and what could not be looked at. */
export function ticksOf({ report, dryRun }: Found): { id: string; text: string }[] {
  if (report.state === 'pending') return [];
  const observed = ticksAmong(dryRun.findings);
  if (report.state === 'failed')
    return [{ id: FAILED_TICK, text: 'nothing in this package could be analysed' }, ...observed];
  const { findings, findingsOmitted } = report.report;
  const ticks = [...ticksAmong(findings), ...observed];
  if (findingsOmitted > 0) ticks.push({ id: OMITTED_TICK, text: `${findingsOmitted} more findings are not listed` });
  return ticks;
}

function ticksAmong(findings: readonly Finding[]): { id: string; text: string }[] {
  return findings
    .filter(({ severity, level }) => severity !== 'critical' && (severity === 'high' || level !== undefined))
    .map((finding) => ({ id: finding.id, text: spell(finding) }));
}

function spell({ ruleId, file, line }: Finding): string {
  return `${ruleId} at ${file}:${line}`;
}
