import type { ArchiveProblem, PackageFile } from '../archive.ts';
import type { Digest } from '../digest.ts';
import { AegisError } from '../errors.ts';
import type { SkillManifest } from '../types.ts';
import type { StaticReport, Verification } from '../wire/reports.ts';

export const RULES_VERSION = '1';

export interface AnalysisIssue {
  severity: 'error' | 'warning';
  message: string;
  line: number;
  file: string;
  ruleId: string;
}

export interface AnalysisResult {
  issues: AnalysisIssue[];
  score: number;
}

const notYet = (): never => {
  throw new AegisError('INTERNAL', { detail: 'being written' });
};

export async function analyze(_input: {
  files: readonly PackageFile[];
  manifest: SkillManifest | null;
  problems?: readonly ArchiveProblem[];
  contentDigest?: string | null;
}): Promise<StaticReport> {
  return notYet();
}
export async function analyzeCode(_archive: Uint8Array): Promise<AnalysisResult> {
  return notYet();
}
export async function verifyPermissions(_archive: Uint8Array, _manifest: SkillManifest): Promise<Verification> {
  return notYet();
}
export async function reportDigest(_report: StaticReport): Promise<Digest> {
  return notYet();
}
export function reportBytes(_report: StaticReport): Uint8Array {
  return notYet();
}
