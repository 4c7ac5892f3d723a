import { dryRunDigest, findingsOf } from '@aegis/skill-sdk/analyze/compare';
import { decisionOf, scoreOf } from '@aegis/skill-sdk/analyze/score';
import { canonicalBytes } from '@aegis/skill-sdk/canonical';
import { digestOf } from '@aegis/skill-sdk/digest';
import { AegisError } from '@aegis/skill-sdk/errors';
import { DRY_RUN_FINDINGS_MAX } from '@aegis/skill-sdk/limits';
import { DRY_RUN_REPORT_TYPE, type DryRunCase, type DryRunReport } from '@aegis/skill-sdk/wire/dry-run-jobs';
import type { DryRunResult, DryRunVerdict } from '@aegis/skill-sdk/wire/dry-runs';
import type { Finding, Severity, StaticReport } from '@aegis/skill-sdk/wire/reports';
import { compactVerify, importJWK, type JWK } from 'jose';

/** What a run was given out for; its report must be about exactly this. */
export interface Expected {
  dryRunId: string;
  lease: string;
  clusterId: string;
  name: string;
  version: string;
  contentDigest: string;
  /** Names of the tools of the manifest. */
  tools: readonly string[];
  tool: string | null;
  /** sha256 of the RFC 8785 form of a reviewer's input; null for the package's own cases. */
  inputDigest: string | null;
}

/** A report that holds: its bytes, and what they add up to. */
export interface Judged {
  bytes: Uint8Array;
  digest: string;
  verdict: DryRunVerdict;
  counts: boolean;
  findings: Finding[];
}

/** From harmless to worst. */
const VERDICTS: readonly DryRunVerdict[] = [
  'pass',
  'crashed',
  'limit',
  'timeout',
  'incomplete',
  'undeclared_access',
  'tampered',
];

/**
 * A160, A161: checks that a report was signed by this cluster for this very try of this run, and says what it means.
 * Throws VALIDATION_FAILED for anything that does not fit; nothing of such a report is kept.
 */
export async function judge(
  report: DryRunReport,
  { signature, keys }: { signature: string; keys: readonly JWK[] },
  expected: Expected,
): Promise<Judged> {
  const bytes = canonicalBytes(report);
  const digest = await digestOf(bytes);
  await requireSigned(signature, keys, digest);
  requireAbout(report, expected);
  const results = report.cases.flatMap(({ result }) => (result === null ? [] : [result]));
  for (const result of results) await requireResult(result, expected);
  const covered = new Set(results.map(({ tool }) => tool));
  const wanted = expected.tool === null ? expected.tools : [expected.tool];
  return {
    bytes,
    digest,
    verdict: worst(report.cases),
    counts:
      wanted.every((tool) => covered.has(tool)) &&
      results.every(({ monitor }) => monitor.complete) &&
      report.cases.every(({ missing }) => missing?.why !== 'too_large'),
    findings: await observedFindings(report.cases, covered),
  };
}

/** Around a rotation two keys of the cluster hold. */
async function requireSigned(signature: string, keys: readonly JWK[], digest: string): Promise<void> {
  for (const key of keys) {
    const signed = await importJWK(key, 'Ed25519')
      .then((imported) => compactVerify(signature, imported, { algorithms: ['Ed25519'] }))
      .catch(() => null);
    if (signed === null || signed.protectedHeader.typ !== DRY_RUN_REPORT_TYPE) continue;
    const said: { digest?: unknown } = JSON.parse(new TextDecoder().decode(signed.payload));
    if (said.digest === digest) return;
  }
  throw refuse('/signature', `This is no signature of this cluster over the digest ${digest} of the report.`);
}

function requireAbout(report: DryRunReport, expected: Expected): void {
  for (const field of ['dryRunId', 'lease', 'clusterId', 'contentDigest'] as const) {
    if (report[field] !== expected[field])
      throw refuse(`/report/${field}`, `Found ${report[field]}, wanted ${expected[field]}.`);
  }
  const told = new Set(report.cases.map(({ tool }) => tool));
  const wanted = expected.tool === null ? expected.tools : [expected.tool];
  const silent = wanted.filter((tool) => !told.has(tool));
  if (silent.length > 0) throw refuse('/report/cases', `Nothing is said of ${silent.join(', ')}.`);
  const foreign = [...told].filter((tool) => !wanted.includes(tool));
  if (foreign.length > 0) throw refuse('/report/cases', `${foreign.join(', ')} was not to be run.`);
}

async function requireResult(result: DryRunResult, expected: Expected): Promise<void> {
  const { skill, runtime, inputDigest } = result;
  const isSame =
    skill.name === expected.name &&
    skill.version === expected.version &&
    skill.contentDigest === expected.contentDigest;
  if (!isSame)
    throw refuse('/report/cases', `A result is about ${skill.name} ${skill.version}, ${skill.contentDigest}.`);
  if (runtime.unsafe)
    throw refuse('/report/cases', 'A result is from a sandbox that shares the kernel of its host; it proves nothing.');
  if (expected.inputDigest !== null && inputDigest !== expected.inputDigest)
    throw refuse('/report/cases', 'A result is of another input than the one that was asked for.');
  if ((await dryRunDigest(result)) !== result.digest)
    throw refuse('/report/cases', `A result does not have its digest ${result.digest}.`);
}

function refuse(pointer: string, detail: string): AegisError {
  return new AegisError('VALIDATION_FAILED', { detail, errors: [{ pointer, detail }] });
}

function worst(cases: readonly DryRunCase[]): DryRunVerdict {
  const found = cases.map(({ result, missing }): DryRunVerdict => {
    if (result !== null) return result.verdict;
    return missing?.why === 'too_large' ? 'incomplete' : 'pass';
  });
  // Of what nobody ran, nothing is known.
  if (cases.every(({ result }) => result === null)) return 'incomplete';
  return found.reduce((a, b) => (VERDICTS.indexOf(b) > VERDICTS.indexOf(a) ? b : a), 'pass');
}

/** What was seen and may not be, and what could not be seen: nothing is passed over in silence. */
async function observedFindings(cases: readonly DryRunCase[], covered: ReadonlySet<string>): Promise<Finding[]> {
  const findings = new Map<string, Finding>();
  for (const { tool, result, missing } of cases) {
    const seen = result === null ? [] : await findingsOf(result.comparison, result.honeytokens, tool);
    const ended = result === null ? null : endFinding(result);
    const absent = missing !== null && !(missing.why === 'not_run' && covered.has(tool));
    for (const finding of [
      ...seen,
      ...(ended === null ? [] : [ended]),
      ...(absent ? [missing.why === 'too_large' ? flood(tool, missing.text) : notRun(tool, missing.text)] : []),
    ])
      findings.set(finding.id, finding);
  }
  const rank: Record<Severity, number> = { critical: 0, high: 1, medium: 2, low: 3, info: 4 };
  return [...findings.values()].sort((a, b) => rank[a.severity] - rank[b.severity]).slice(0, DRY_RUN_FINDINGS_MAX);
}

function endFinding({ tool, verdict, monitor, limitsHit, error }: DryRunResult): Finding | null {
  if (monitor.tampered) {
    const message = 'The tool ended what watched it.';
    return about(tool, 'observed-tampering', 'critical', message, 'Remove the code that ends other programs.');
  }
  if (!monitor.complete) {
    const message = `What the tool did could not be watched to the end: ${monitor.reasons.join('; ').slice(0, 300)}.`;
    return about(tool, 'observed-incomplete', 'high', message, 'Do less in one call, so that all of it can be shown.');
  }
  if (verdict === 'limit' || verdict === 'timeout') {
    const message = `The tool reached its limits (${limitsHit.join(', ') || 'time'}) and was ended.`;
    return about(tool, 'observed-limit', 'medium', message, 'Raise the limits in the manifest, or do less.', true);
  }
  if (verdict === 'crashed') {
    const message = `The tool gave no result: ${(error?.message ?? 'it ended').slice(0, 300)}`;
    return about(tool, 'observed-crash', 'medium', message, 'Run `aegis dev --sandbox`, and mend what ends it.', true);
  }
  return null;
}

function flood(tool: string, text: string): Finding {
  return about(tool, 'observed-flood', 'critical', text, 'Do less in one call, so that all of it can be shown.');
}

function notRun(tool: string, text: string): Finding {
  return about(tool, 'observed-not-run', 'medium', text, `Add a case to tests/${tool}.cases.yaml.`, true);
}

function about(
  tool: string,
  ruleId: string,
  severity: Severity,
  message: string,
  fix: string,
  isWarning = false,
): Finding {
  const place = { file: 'manifest.yaml', line: 1, column: 1 };
  const level = isWarning ? { level: 'warning' as const } : {};
  return { id: `${ruleId}:${tool}`, ruleId, kind: 'observed', severity, ...level, ...place, message, fix };
}

/** The score of the code's findings and the observed ones together; it never rises by what was seen. */
export function scoreTogether(
  report: Pick<StaticReport, 'findings' | 'score' | 'decision'> | null,
  observed: readonly Finding[],
) {
  const all = [...(report?.findings ?? []), ...observed];
  const score = Math.min(scoreOf(all).score, report?.score ?? 100);
  const severities: Record<Severity, number> = { info: 0, low: 0, medium: 0, high: 0, critical: 0 };
  for (const { severity } of all) severities[severity] += 1;
  // Without a report of the code there is no score of it; what was seen still decides.
  const decided = report?.decision === 'block' ? ('block' as const) : decisionOf(all, score);
  return { score: report === null ? null : score, decision: decided, severities };
}
