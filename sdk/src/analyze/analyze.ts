import { type ArchiveProblem, inspectArchive, type PackageFile } from '../archive.ts';
import { canonicalBytes } from '../canonical.ts';
import { type Digest, digestOf } from '../digest.ts';
import { checkPackage } from '../manifest.ts';
import type { SkillManifest } from '../types.ts';
import type { Finding, StaticReport, Verification } from '../wire/reports.ts';
import { collectFacts } from './collect.ts';
import type { Hit, Rule } from './facts.ts';
import { makeReport, type RuleHit } from './report.ts';
import { RULES } from './rules/index.ts';
import { unanalysableSource } from './rules/unanalysable-source.ts';
import { verify } from './verify.ts';

/** Rises whenever the same package may get another report. */
export const RULES_VERSION = '2';

export interface AnalysisInput {
  readonly files: readonly PackageFile[];
  /** Null for a folder without a valid one: then nothing is known to be declared, and only threats count. */
  readonly manifest: SkillManifest | null;
  /** What `inspectArchive` found wrong. */
  readonly problems?: readonly ArchiveProblem[];
  readonly contentDigest?: string | null;
}

/** One thing that the analyzer says (A147). */
export interface AnalysisIssue {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly line: number;
  readonly file: string;
  readonly ruleId: string;
}

export interface AnalysisResult {
  readonly issues: AnalysisIssue[];
  /** A150: 0 to 100. */
  readonly score: number;
}

/**
 * Analyses a package (A145, A168) without running any of it. Total: it never throws, whatever the files hold; what
 * could not be analysed is a finding. The same input gives the same report, byte for byte, on every runtime.
 * @example const report = await analyze({ files: unpack(bytes), manifest: checkPackage(files).manifest });
 */
export async function analyze(input: AnalysisInput): Promise<StaticReport> {
  const { facts, texts } = collectFacts({
    files: input.files,
    manifest: input.manifest,
    problems: input.problems ?? [],
  });
  const hits = RULES.flatMap((rule) => [
    ...texts.flatMap((file) => attempt(rule, file.source.path, () => rule.inText?.(file))),
    ...attempt(rule, '', () => rule.inPackage?.(facts)),
  ]);
  return makeReport(hits, {
    rulesVersion: RULES_VERSION,
    contentDigest: input.contentDigest ?? null,
    events: facts.events,
    verification: input.manifest === null ? null : verify(facts, input.manifest.permissions),
    notInspected: facts.unseen
      .filter(({ seen, why }) => seen === 'nothing' || why === 'too-large' || why === 'budget')
      .map(({ file, reason }) => ({ file, reason })),
    files: input.files.length,
    bytes: input.files.reduce((sum, file) => sum + file.bytes.length, 0),
  });
}

/** What a rule finds; that it failed is a finding too, never a silence. */
function attempt(rule: Rule, file: string, run: () => Iterable<Hit> | undefined): RuleHit[] {
  const hits: RuleHit[] = [];
  try {
    for (const hit of run() ?? []) hits.push({ rule, hit });
  } catch {
    const place = { file, line: 1, column: 1, excerpt: '' };
    hits.push({
      rule: unanalysableSource,
      hit: { severity: 'high', place, message: `The rule ${rule.id} failed on it` },
    });
  }
  return hits;
}

/** A146: the issues of an archive and its score. Never throws; an archive that cannot be read is an issue. */
export async function analyzeCode(archive: Uint8Array): Promise<AnalysisResult> {
  const { files, problems } = inspectArchive(archive);
  const { manifest } = checkPackage(files);
  const { findings, score } = await analyze({ files, manifest, problems });
  const issues = findings
    .filter(({ severity }) => severity !== 'info')
    .map((finding) => {
      const { message, line, file, ruleId } = finding;
      return { severity: gradeOf(finding), message, line, file, ruleId };
    });
  return { issues, score };
}

/** The checklist's own level where there is one; else what blocks or has to be reviewed is an error. */
function gradeOf({ level, severity }: Finding): 'error' | 'warning' {
  return level ?? (severity === 'critical' || severity === 'high' ? 'error' : 'warning');
}

/** A151-A154: what the code in an archive does, against a manifest. Never throws. */
export async function verifyPermissions(archive: Uint8Array, manifest: SkillManifest): Promise<Verification> {
  const { files, problems } = inspectArchive(archive);
  const { facts } = collectFacts({ files, manifest, problems });
  const verification = verify(facts, manifest.permissions);
  return problems.length === 0 ? verification : { ...verification, valid: false };
}

/** sha256 of the report's RFC 8785 form: what an approval refers to. */
export async function reportDigest(report: StaticReport): Promise<Digest> {
  return digestOf(reportBytes(report));
}

/** The report's RFC 8785 form. */
export function reportBytes(report: StaticReport): Uint8Array {
  return canonicalBytes(report);
}
