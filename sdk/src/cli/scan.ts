import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AegisError } from '../errors.ts';
import type { Verdict } from '../wire/reports.ts';
import { defineCommand, type Run } from './command.ts';
import { ownVersion } from './own-version.ts';
import { scanMachine } from './scan-machine.ts';
import { markdownReport } from './scan-markdown.ts';
import { type Scanned, scanLine, scanOne } from './scan-one.ts';
import { sarifLog } from './scan-sarif.ts';
import { NOT_PART } from './scan-target.ts';
import { countFindings, FINDINGS_SHOWN, showDeductions, showFindings } from './show-findings.ts';
import { isSkillFolder } from './skill-folders.ts';
import { count, type Style, size } from './terminal.ts';

const STYLES: Record<Verdict, Style> = { allow: 'green', review: 'yellow', block: 'red' };
const MARKS: Record<Verdict, string> = { allow: '✓', review: '!', block: '✗' };

const SEVERITIES: readonly string[] = ['critical', 'high', 'medium', 'low', 'info'];

const options = {
  sarif: { type: 'boolean', text: 'Write one SARIF 2.1.0 log, for code hosts and editors' },
  markdown: { type: 'boolean', text: 'Write Markdown, for a comment on a change' },
  'fail-on': {
    type: 'string',
    value: 'WHAT',
    text: 'When to exit with 1: review (default: what is not allowed), critical, high, medium, low or info (a finding at least so severe), or never',
  },
  all: {
    type: 'boolean',
    text: `Show every finding (default: the worst ${FINDINGS_SHOWN}), and what the score is made of`,
  },
} as const;
export type ScanRun = Run<typeof options>;

/** `aegis scan PATH...`: the registry's own findings, here; nothing is sent. */
export const scan = defineCommand({
  usage: 'scan [PATH...]',
  summary: 'Show what code can do and what is dangerous in it, as the registry sees it',
  about:
    'PATH is a skill’s folder, a package, any folder (an Agent Skills folder, an npm package) or one file. Without one: the\nskill in this folder; elsewhere all skills that the agents of this machine and project have (Claude Code, Codex, Cursor,\nOpenClaw and others, by their documented folders), what is worst first.\nNothing is run and nothing is sent. Without a manifest.yaml nothing is known to be declared, so only threats count.\nWith --json: one object per path and line {path, decision, score, findings, notInspected, bytes, ms}.',
  arguments: { min: 0, max: Number.MAX_SAFE_INTEGER },
  options,
  examples: [
    ['aegis scan', 'The skill in this folder; elsewhere what agents on this machine already have'],
    ['aegis scan --json dist/*.tar.gz', 'Packages, one JSON object per line'],
    ['aegis scan ~/.claude/skills/*', 'Each skill in a folder'],
    [
      'aegis scan --sarif --fail-on high . > aegis.sarif',
      'In a pipeline: a log for the code host, and red for high and worse',
    ],
  ],
  exitCodes: [
    [0, 'every path is allowed (or nothing is as bad as `--fail-on` says)'],
    [1, 'at least one path needs a review or is blocked (or is as bad as `--fail-on` says)'],
  ],
  async run(run) {
    const fails = failsOn(run.values['fail-on']);
    const write = writerOf(run);
    // A log and nothing else: what people read would break it.
    const shown: ScanRun = write === null ? run : { ...run, print: () => {}, paint: (_, text) => text };
    const scans = await scanAll(shown);
    if (write !== null) run.io.stdout(await write(scans));
    return scans.some(fails) ? 1 : 0;
  },
});

async function scanAll(run: ScanRun): Promise<Scanned[]> {
  if (run.rest.length === 0 && !(await isSkillFolder(run.io.cwd))) return await scanMachine(run);
  const paths = run.rest.length === 0 ? ['.'] : run.rest;
  // Before anything is printed: a path that does not exist is a mistake in the call, not a result.
  for (const path of paths) await requireExists(path, run.io.cwd);
  const scans: Scanned[] = [];
  for (const path of paths) {
    run.io.signal.throwIfAborted();
    scans.push(await scanPath(run, path));
  }
  if (paths.length > 1) {
    const allowed = scans.filter(({ report }) => report.decision === 'allow').length;
    run.print(`\n${allowed} of ${count(paths.length, 'path')} allowed`);
  }
  return scans;
}

/** What writes the whole result at the end; null when it is written as it comes. @throws AegisError USAGE for two forms at once */
function writerOf({ values, json }: ScanRun): ((scans: readonly Scanned[]) => Promise<string>) | null {
  const forms = [
    ...(json ? ['--json'] : []),
    ...(values.sarif ? ['--sarif'] : []),
    ...(values.markdown ? ['--markdown'] : []),
  ];
  if (forms.length > 1)
    throw new AegisError('USAGE', {
      detail: `Found ${forms.join(' and ')}; wanted one of them: they are forms of the same result.`,
    });
  if (values.markdown === true) return async (scans) => markdownReport(scans);
  if (values.sarif !== true) return null;
  return async (scans) => {
    const { RULES } = await import('../analyze/rules/index.ts');
    return `${JSON.stringify(sarifLog(scans, RULES, ownVersion()), null, 2)}\n`;
  };
}

/** Tells what makes the command exit with 1. @throws AegisError USAGE */
function failsOn(what = 'review'): (scanned: Scanned) => boolean {
  if (what === 'never') return () => false;
  if (what === 'review') return ({ report }) => report.decision !== 'allow';
  const worst = SEVERITIES.indexOf(what);
  if (worst < 0)
    throw new AegisError('USAGE', {
      detail: `Found --fail-on ${what}; wanted review, ${SEVERITIES.join(', ')} or never.`,
    });
  const counted = new Set(SEVERITIES.slice(0, worst + 1));
  return ({ report }) => report.findings.some(({ severity }) => counted.has(severity));
}

async function requireExists(path: string, cwd: string): Promise<void> {
  const found = await stat(resolve(cwd, path)).catch(() => null);
  if (found === null) throw new AegisError('USAGE', { detail: `${path} does not exist. Nothing was scanned.` });
  if (found.isFile() || found.isDirectory()) return;
  // Opening a pipe waits for its other end, and a pipe read as if it were a file looks empty.
  throw new AegisError('USAGE', {
    detail: `${path} is a pipe or a device; wanted a folder, a package or a file. Nothing was scanned.`,
  });
}

async function scanPath(run: ScanRun, path: string): Promise<Scanned> {
  const line = run.progress();
  line.update(`Scanning ${path} …`);
  const scanned = await scanOne(path, run.io.cwd).finally(() => line.done());
  run.result(scanLine(scanned));
  show(run, path, scanned);
  return scanned;
}

function show({ values, print, paint }: ScanRun, path: string, { report, target, notInspected, ms }: Scanned): void {
  const { decision, score, findings } = report;
  const verdict = paint(STYLES[decision], `${MARKS[decision]} ${decision}`);
  print(`${verdict}  ${paint('bold', path)}  score ${score} of 100, ${countFindings(findings)}`);
  if (findings.length > 0) print(showFindings(findings, paint, values.all === true ? findings.length : FINDINGS_SHOWN));
  if (report.deductions.length > 0 && values.all === true) print(showDeductions(report, paint));
  if (report.findingsOmitted > 0) print(`  ${count(report.findingsOmitted, 'more finding')} not listed`);
  // What stays out of the package on purpose is no news to its author.
  const told = notInspected.filter(({ reason }) => values.all === true || !reason.startsWith(NOT_PART));
  for (const { file, reason } of told.slice(0, values.all === true ? told.length : 5)) {
    print(paint('dim', `  not inspected: ${file}: ${reason}`));
  }
  print(paint('dim', `  ${count(report.files, 'file')}, ${size(target.bytes)}, ${ms} ms`));
}
