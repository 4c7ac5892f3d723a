import { toInstant } from '@aegis/skill-sdk/clock';
import { diffPermissions, type PermissionBlock } from '@aegis/skill-sdk/permissions';
import type { ReviewTask } from '@aegis/skill-sdk/wire/reviews';
import { toSummary } from '../version-wire.ts';
import type { PendingBase } from './bases/store.ts';
import type { pendingVersions } from './store.ts';

/** A version that waits for a reviewer. */
export function skillTask(row: Awaited<ReturnType<typeof pendingVersions>>[number]): ReviewTask {
  const { id, tenantId, tenantName, name, version, report, publishedBy, createdAt } = toSummary(row);
  return {
    kind: 'skill',
    id,
    tenantId,
    tenantName,
    title: `${name} ${version}`,
    version,
    wider: countWider(row.before, row.permissions),
    score: report?.score ?? null,
    decision: report?.decision ?? null,
    critical: report?.counts?.critical ?? 0,
    high: report?.counts?.high ?? 0,
    submittedBy: publishedBy,
    submittedAt: createdAt,
  };
}

/** Base permissions that wait for a reviewer. */
export function baseTask(row: PendingBase): ReviewTask {
  return {
    kind: 'base',
    id: row.id,
    tenantId: row.tenantId,
    tenantName: row.tenantName,
    title: `base permissions of ${row.agentName}`,
    version: null,
    wider: countWider(row.before, row.permissions),
    score: null,
    decision: null,
    critical: 0,
    high: 0,
    submittedBy: { kind: row.proposedByKind, id: row.proposedById, name: row.proposedByName },
    submittedAt: toInstant(row.proposedAtMs),
  };
}

function countWider(before: PermissionBlock | null, after: PermissionBlock): number {
  return diffPermissions(before, after).filter(({ change }) => change === 'wider').length;
}
