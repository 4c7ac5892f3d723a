import { lstat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { decisionOf, scoreOf } from '../analyze/score.ts';
import { contentDigest } from '../archive.ts';
import { AegisError, type FieldError } from '../errors.ts';
import { checkManifest } from '../manifest.ts';
import type { Finding, StaticReport, Verdict } from '../wire/reports.ts';
import { defineCommand, type Run } from './command.ts';
import { NOT_PART, readScanTarget, type ScanTarget } from './scan-target.ts';
import { countFindings, FINDINGS_SHOWN, showFindings } from './show-findings.ts';
import { textOf } from './skill-folder.ts';
import { count, type Style, size } from './terminal.ts';

const STYLES: Record<Verdict, Style> = { allow: 'green', review: 'yellow', block: 'red' };
const MARKS: Record<Verdict, string> = { allow: '✓', review: '!', block: '✗' };

/** One wrong manifest must not hide the other findings. */
const MANIFEST_ERRORS_MAX = 20;

const options = {
  all: { type: 'boolean', text: `Show every finding (default: the worst ${FINDINGS_SHOWN})` },
} as const;
type ScanRun = Run<typeof options>;

/** `aegis scan PATH...`: the registry's own findings, here; nothing is sent. */
export const scan = defineCommand({
  usage: 'scan [PATH...]',
  summary: 'Show what code can do and what is dangerous in it, as the registry sees it',
  about:
    'PATH is a skill’s folder, a package, any folder (an Agent Skills folder, an npm package) or one file; default: this folder.\nNothing is run and nothing is sent. Without a manifest.yaml nothing is known to be declared, so only threats count.\nWith --json: one object per path and line {path, decision, score, findings, notInspected, bytes, ms}.',
  arguments: { min: 0, max: Number.MAX_SAFE_INTEGER },
  options,
  examples: [
    ['aegis scan', 'The skill in this folder'],
    ['aegis scan --json dist/*.tar.gz', 'Packages, one JSON object per line'],
    ['aegis scan ~/.claude/skills/*', 'What an agent on this machine already has'],
  ],
  exitCodes: [
    [0, 'every path is allowed'],
    [1, 'at least one path needs a review or is blocked'],
  ],
  async run(run) {
    const paths = run.rest.length === 0 ? ['.'] : run.rest;
    // Before anything is printed: a path that does not exist is a mistake in the call, not a result.
    for (const path of paths) await requireExists(path, run.io.cwd);
    const decisions: Verdict[] = [];
    for (const path of paths) {
      run.io.signal.throwIfAborted();
      decisions.push(await scanPath(run, path));
    }
    if (paths.length > 1) {
      const allowed = decisions.filter((decision) => decision === 'allow').length;
      run.print(`\n${allowed} of ${count(paths.length, 'path')} allowed`);
    }
    return decisions.every((decision) => decision === 'allow') ? 0 : 1;
  },
});

async function requireExists(path: string, cwd: string): Promise<void> {
  const found = await lstat(resolve(cwd, path)).catch(() => null);
  if (found === null) throw new AegisError('USAGE', { detail: `${path} does not exist. Nothing was scanned.` });
}

async function scanPath(run: ScanRun, path: string): Promise<Verdict> {
  const startedAtMs = performance.now();
  const line = run.progress();
  line.update(`Scanning ${path} …`);
  const target = await readScanTarget(path, run.io.cwd);
  const report = await analyzeTarget(target).finally(() => line.done());
  const notInspected = [...report.notInspected, ...target.notInspected];
  const ms = Math.round(performance.now() - startedAtMs);
  run.result({
    path,
    decision: report.decision,
    score: report.score,
    findings: report.findings.map(({ ruleId, kind, severity, file, line: at, column, message }) => ({
      ruleId,
      kind,
      severity,
      file,
      line: at,
      column,
      message,
    })),
    notInspected,
    bytes: target.bytes,
    ms,
  });
  show(run, path, report, { target, notInspected, ms });
  return report.decision;
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

function show(
  { values, print, paint }: ScanRun,
  path: string,
  report: StaticReport,
  { target, notInspected, ms }: { target: ScanTarget; notInspected: { file: string; reason: string }[]; ms: number },
): void {
  const { decision, score, findings } = report;
  const verdict = paint(STYLES[decision], `${MARKS[decision]} ${decision}`);
  print(`${verdict}  ${paint('bold', path)}  score ${score} of 100, ${countFindings(findings)}`);
  if (findings.length > 0) print(showFindings(findings, paint, values.all === true ? findings.length : FINDINGS_SHOWN));
  if (report.findingsOmitted > 0) print(`  ${count(report.findingsOmitted, 'more finding')} not listed`);
  // What stays out of the package on purpose is no news to its author.
  const told = notInspected.filter(({ reason }) => values.all === true || !reason.startsWith(NOT_PART));
  for (const { file, reason } of told.slice(0, values.all === true ? told.length : 5)) {
    print(paint('dim', `  not inspected: ${file}: ${reason}`));
  }
  print(paint('dim', `  ${count(report.files, 'file')}, ${size(target.bytes)}, ${ms} ms`));
}
