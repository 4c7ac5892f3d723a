import { decisionOf, scoreOf } from '../analyze/score.ts';
import { contentDigest } from '../archive.ts';
import type { FieldError } from '../errors.ts';
import { checkManifest } from '../manifest.ts';
import type { Finding, StaticReport } from '../wire/reports.ts';
import { NOT_PART, readScanTarget, type ScanTarget } from './scan-target.ts';
import { textOf } from './skill-folder.ts';

/** One wrong manifest must not hide the other findings. */
const MANIFEST_ERRORS_MAX = 20;

/** What a scan of one path found. */
export interface Scanned {
  path: string;
  target: ScanTarget;
  report: StaticReport;
  notInspected: { file: string; reason: string }[];
  ms: number;
}

/** Reads and analyses what is at a path, as the registry would. Nothing of it is run. @throws AegisError USAGE when there is nothing */
export async function scanOne(path: string, cwd: string): Promise<Scanned> {
  const startedAtMs = performance.now();
  const target = await readScanTarget(path, cwd);
  const report = await analyzeTarget(target);
  const notInspected = [...report.notInspected, ...target.notInspected];
  return { path, target, report, notInspected, ms: Math.round(performance.now() - startedAtMs) };
}

/** The same as one JSON object of `scan --json`. */
export function scanLine({ path, target, report, notInspected, ms }: Scanned) {
  return {
    path,
    decision: report.decision,
    score: report.score,
    findings: report.findings.map(({ ruleId, kind, severity, file, line, column, message }) => ({
      ruleId,
      kind,
      severity,
      file,
      line,
      column,
      message,
    })),
    notInspected,
    bytes: target.bytes,
    ms,
  };
}

async function analyzeTarget(target: ScanTarget): Promise<StaticReport> {
  const { analyze } = await import('../analyze/analyze.ts');
  const { files, problems } = target;
  const text = textOf(files, 'manifest.yaml');
  const { manifest, errors } = text === null ? { manifest: null, errors: [] } : checkManifest(text);
  const sound = problems.length === 0 && files.length > 0;
  const report = await analyze({ files, manifest, problems, contentDigest: sound ? await contentDigest(files) : null });
  return withFindings(report, [...manifestFindings(errors), ...unreadFindings(target)]);
}

/** The registry refuses such a package; here it must not pass as one that declares nothing. */
function manifestFindings(errors: readonly FieldError[]): Finding[] {
  return errors.slice(0, MANIFEST_ERRORS_MAX).map(({ pointer, detail, line = 1, column = 1, fix = '' }) => ({
    id: `manifest-invalid:${pointer}`,
    ruleId: 'manifest-invalid',
    kind: 'manifest',
    severity: 'high',
    file: 'manifest.yaml',
    line,
    column,
    message: detail,
    fix,
  }));
}

/** What belongs to the folder and was not read could hold anything. */
function unreadFindings({ notInspected }: ScanTarget): Finding[] {
  const unread = notInspected.filter(({ reason }) => !reason.startsWith(NOT_PART));
  return unread.map(({ file, reason }) => ({
    id: `unread:${file}`,
    ruleId: 'unread',
    kind: 'unanalysed',
    severity: 'high',
    file,
    line: 1,
    column: 1,
    message: `Not read: ${reason}`,
    fix: 'Make it readable and small enough, or take it out.',
  }));
}

function withFindings(report: StaticReport, more: readonly Finding[]): StaticReport {
  if (more.length === 0) return report;
  const findings = [...more, ...report.findings];
  const score = Math.min(report.score, scoreOf(findings).score);
  const decision = report.decision === 'block' ? 'block' : decisionOf(findings, score);
  return { ...report, findings, score, decision };
}
