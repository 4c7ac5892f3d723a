import { analyze, reportBytes, reportDigest } from '@aegis/skill-sdk/analyze';
import { contentDigest, type PackageFile } from '@aegis/skill-sdk/archive';
import type { SkillManifest } from '@aegis/skill-sdk/types';
import type { Severity, StaticReport } from '@aegis/skill-sdk/wire/reports';

/** A finished report: its bytes, and what a list shows of them. */
export interface Analysis {
  bytes: Uint8Array;
  digest: string;
  rulesVersion: string;
  score: number;
  decision: StaticReport['decision'];
  counts: Record<Severity, number>;
}

/** Runs the analyzer (A145) over an unpacked package. Pure: the same files give the same bytes on every machine. */
export async function analyse(files: PackageFile[], manifest: SkillManifest): Promise<Analysis> {
  const report = await analyze({ files, manifest, contentDigest: await contentDigest(files), problems: [] });
  const { rulesVersion, score, decision, findings } = report;
  return {
    bytes: reportBytes(report),
    digest: await reportDigest(report),
    rulesVersion,
    score,
    decision,
    counts: countBySeverity(findings),
  };
}

function countBySeverity(findings: StaticReport['findings']): Record<Severity, number> {
  const counts: Record<Severity, number> = { info: 0, low: 0, medium: 0, high: 0, critical: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}
