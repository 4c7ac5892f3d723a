import { toInstant } from '@aegis/skill-sdk/clock';
import type { Actor } from '@aegis/skill-sdk/wire/common';
import type { PublishAttempt, Resolution, Skill, SkillStatus } from '@aegis/skill-sdk/wire/skills';
import { type Caller, canTable } from '../../auth.ts';
import { reasonAgainstDeciding } from '../../four-eyes.ts';
import type { versionDecisions } from '../../schema/skills.ts';
import type { versionDetails } from '../../schema/views.ts';
import { toDecision, toSummary } from '../../version-wire.ts';
import type * as store from './store.ts';

type Row = typeof versionDetails.$inferSelect;
type DecisionRow = typeof versionDecisions.$inferSelect;

/** Where the bytes of a package are read (A71), for people and programs alike. */
export function packageUrl(tenantId: string, digest: string): string {
  return `/api/skills/private/blobs/${digest}?tenantId=${tenantId}`;
}

/** One version with everything that its page shows (A85). */
export function toSkill(
  caller: Caller,
  row: Row,
  decisions: readonly DecisionRow[],
  queuePosition: number | null,
): Skill {
  const review = decisions.findLast(({ kind }) => kind === 'approved' || kind === 'rejected');
  return {
    ...toSummary(row),
    manifest: row.manifest,
    manifestValid: row.manifestValid,
    validationErrors: row.validationErrors,
    permissions: row.permissions,
    packageUrl: packageUrl(row.tenantId, row.packageChecksum),
    packageChecksum: row.packageChecksum,
    unpackedSize: row.unpackedSize,
    files: row.files,
    reviewedBy:
      review === undefined
        ? null
        : { kind: review.decidedByKind as Actor['kind'], id: review.decidedById, name: review.decidedByName },
    reviewedAt: review === undefined ? null : toInstant(review.decidedAtMs),
    reviewNotes: review?.notes ?? null,
    decisions: decisions.map(toDecision),
    queuePosition,
    updatedAt: toInstant(decisions.at(-1)?.decidedAtMs ?? row.updatedAtMs),
    can: canOf(caller, row),
  };
}

const NOT_APPROVED = 'This version is not approved.';

/** What the caller may do with a version now, and why not. */
function canOf(caller: Caller, row: Row): Skill['can'] {
  const approved = row.decision === 'approved';
  const mark = (set: boolean, words: string) =>
    !approved ? NOT_APPROVED : set ? `This version is ${words} already.` : null;
  const lift = (set: boolean, words: string) => (set ? null : `This version is not ${words}.`);
  const { deprecated, yanked, revoked } = row;
  return canTable(caller, row, {
    install: { action: 'install:write', unless: installReason(row.status) },
    deprecate: { action: 'skill:deprecate', unless: mark(deprecated, 'deprecated') },
    undeprecate: { action: 'skill:deprecate', unless: lift(deprecated, 'deprecated') },
    yank: { action: 'skill:yank', unless: mark(yanked, 'yanked') },
    unyank: { action: 'skill:yank', unless: lift(yanked, 'yanked') },
    delete: {
      action: 'skill:delete',
      unless: row.approvalId === null ? null : 'This version was approved once and stays on record.',
    },
    review: {
      action: 'skill:review',
      unless: reasonAgainstDeciding(caller, row) ?? (approved ? 'This version was approved already.' : null),
    },
    revoke: { action: 'skill:revoke', unless: mark(revoked, 'revoked') },
    unrevoke: { action: 'skill:revoke', unless: lift(revoked, 'revoked') },
  });
}

/** Why a version of this status cannot be installed (A113); null when it can. */
export function installReason(status: SkillStatus): string | null {
  if (status === 'approved' || status === 'deprecated') return null;
  return `Only approved versions can be installed; this one is ${status.replace('_', ' ')}.`;
}

type ResolvedRow = NonNullable<Awaited<ReturnType<typeof store.resolveVersion>>>;

/** What `install` needs, in one answer. The row must be installable. */
export function toResolution(row: ResolvedRow): Resolution {
  const { id, tenantId, name, version, status, archiveDigest, contentDigest, packageSize, envelope } = row;
  const deprecated = status === 'deprecated';
  const reason = row.warning === null || row.warning === '' ? '' : ` ${row.warning}`;
  const instead = row.replacement === null ? '' : ` Use ${row.replacement} instead.`;
  return {
    id,
    tenantId,
    name,
    version,
    status,
    archiveDigest,
    contentDigest,
    packageSize,
    packageUrl: packageUrl(tenantId, archiveDigest),
    approval: envelope as unknown as Resolution['approval'],
    warning: deprecated ? `${name} ${version} is deprecated.${reason}${instead}` : null,
    replacement: deprecated ? row.replacement : null,
  };
}

/** An attempt that made no version in this time died with its request. */
const ATTEMPT_LIFE_MS = 600_000;

type AttemptRow = NonNullable<Awaited<ReturnType<typeof store.attemptById>>>;

/** Where an attempt to publish is, or why it ended. */
export function toAttempt(row: AttemptRow, nowMs: number): PublishAttempt {
  const died = row.versionId === null && nowMs - row.startedAtMs > ATTEMPT_LIFE_MS;
  const interrupted = {
    code: 'INTERNAL',
    detail: 'The upload was interrupted and left nothing behind. Publish again.',
  };
  const problem = row.problem ?? (died ? interrupted : null);
  return {
    id: row.id,
    state: problem === null ? stateOf(row) : 'failed',
    versionId: row.versionId,
    status: row.version?.status ?? null,
    queuePosition: row.version?.queuePosition ?? null,
    problem,
    startedAt: toInstant(row.startedAtMs),
  };
}

function stateOf({ versionId, version }: AttemptRow): PublishAttempt['state'] {
  if (versionId === null) return 'received';
  if (version === null || version.status !== 'pending_review') return 'decided';
  return version.reportState === 'queued' || version.reportState === 'running' ? 'analysing' : 'in_review';
}
