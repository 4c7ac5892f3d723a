import { toInstant } from '@aegis/skill-sdk/clock';
import { diffPermissions, type PermissionBlock } from '@aegis/skill-sdk/permissions';
import type { Actor } from '@aegis/skill-sdk/wire/common';
import type { ReportSummary } from '@aegis/skill-sdk/wire/reports';
import type { Decision, SkillDiff, SkillSummary } from '@aegis/skill-sdk/wire/skills';
import type { versionDecisions } from './schema/skills.ts';
import { versionDetails } from './schema/views.ts';

/** The columns of `version_details` that a list shows: no manifest, so that a page stays small. */
export const summaryColumns = {
  id: versionDetails.id,
  tenantId: versionDetails.tenantId,
  tenantName: versionDetails.tenantName,
  name: versionDetails.name,
  version: versionDetails.version,
  description: versionDetails.description,
  author: versionDetails.author,
  status: versionDetails.status,
  reach: versionDetails.reach,
  securityLevel: versionDetails.securityLevel,
  agents: versionDetails.agents,
  versions: versionDetails.versions,
  packageSize: versionDetails.packageSize,
  packageChecksum: versionDetails.packageChecksum,
  contentDigest: versionDetails.contentDigest,
  publishedByKind: versionDetails.publishedByKind,
  publishedById: versionDetails.publishedById,
  publishedByName: versionDetails.publishedByName,
  createdAtMs: versionDetails.createdAtMs,
  latest: versionDetails.latest,
  reportId: versionDetails.reportId,
  reportState: versionDetails.reportState,
  reportRulesVersion: versionDetails.reportRulesVersion,
  reportScore: versionDetails.reportScore,
  reportDecision: versionDetails.reportDecision,
  reportCounts: versionDetails.reportCounts,
  reportDigest: versionDetails.reportDigest,
};

type Row = typeof versionDetails.$inferSelect;
type SummaryRow = Pick<Row, keyof typeof summaryColumns>;

/** One version as a list shows it. */
export function toSummary(row: SummaryRow): SkillSummary {
  const { id, tenantId, tenantName, name, version, description, author, status, reach, securityLevel } = row;
  return {
    id,
    tenantId,
    tenantName,
    name,
    version,
    description,
    author,
    status,
    reach,
    securityLevel,
    agents: row.agents,
    versions: row.versions,
    packageSize: row.packageSize,
    archiveDigest: row.packageChecksum,
    contentDigest: row.contentDigest,
    report: toReportSummary(row),
    publishedBy: { kind: row.publishedByKind, id: row.publishedById, name: row.publishedByName },
    createdAt: toInstant(row.createdAtMs),
    latest: row.latest,
  };
}

/** The newest static report of a version; null before there is one. */
export function toReportSummary(row: SummaryRow): ReportSummary | null {
  if (row.reportId === null || row.reportState === null) return null;
  return {
    id: row.reportId,
    kind: 'static',
    state: row.reportState,
    rulesVersion: row.reportRulesVersion ?? '',
    score: row.reportScore,
    decision: row.reportDecision,
    counts: row.reportCounts,
    digest: row.reportDigest,
  };
}

/** One decision or mark. */
export function toDecision(row: typeof versionDecisions.$inferSelect): Decision {
  return {
    id: row.id,
    revision: row.revision,
    kind: row.kind,
    notes: row.notes,
    reasonCodes: row.reasonCodes,
    acknowledged: row.acknowledged,
    replacement: row.replacement,
    decidedBy: { kind: row.decidedByKind as Actor['kind'], id: row.decidedById, name: row.decidedByName },
    decidedAt: toInstant(row.decidedAtMs),
  };
}

/** The version that another one is compared with. */
export interface Baseline {
  id: string;
  version: string;
  permissions: PermissionBlock;
}

/** What a version may do that the approved one before it may not; without one everything is new. */
export function toDiff(baseline: Baseline | null, permissions: PermissionBlock): SkillDiff {
  const changes = diffPermissions(baseline?.permissions ?? null, permissions);
  return {
    against: baseline === null ? null : { id: baseline.id, version: baseline.version },
    changes,
    widens: changes.some((change) => change.change === 'wider'),
  };
}
