import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AegisError } from '../errors.ts';
import type { Verdict } from '../wire/reports.ts';
import { defineCommand, type Run } from './command.ts';
import { scanMachine } from './scan-machine.ts';
import { type Scanned, scanLine, scanOne } from './scan-one.ts';
import { NOT_PART } from './scan-target.ts';
import { countFindings, FINDINGS_SHOWN, showFindings } from './show-findings.ts';
import { isSkillFolder } from './skill-folders.ts';
import { count, type Style, size } from './terminal.ts';

const STYLES: Record<Verdict, Style> = { allow: 'green', review: 'yellow', block: 'red' };
const MARKS: Record<Verdict, string> = { allow: '✓', review: '!', block: '✗' };

const options = {
  all: { type: 'boolean', text: `Show every finding (default: the worst ${FINDINGS_SHOWN})` },
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
  ],
  exitCodes: [
    [0, 'every path is allowed'],
    [1, 'at least one path needs a review or is blocked'],
  ],
  async run(run) {
    if (run.rest.length === 0 && !(await isSkillFolder(run.io.cwd))) return await scanMachine(run);
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
  const found = await stat(resolve(cwd, path)).catch(() => null);
  if (found === null) throw new AegisError('USAGE', { detail: `${path} does not exist. Nothing was scanned.` });
  if (found.isFile() || found.isDirectory()) return;
  // Opening a pipe waits for its other end, and a pipe read as if it were a file looks empty.
  throw new AegisError('USAGE', {
    detail: `${path} is a pipe or a device; wanted a folder, a package or a file. Nothing was scanned.`,
  });
}

async function scanPath(run: ScanRun, path: string): Promise<Verdict> {
  const line = run.progress();
  line.update(`Scanning ${path} …`);
  const scanned = await scanOne(path, run.io.cwd).finally(() => line.done());
  run.result(scanLine(scanned));
  show(run, path, scanned);
  return scanned.report.decision;
}

function show({ values, print, paint }: ScanRun, path: string, { report, target, notInspected, ms }: Scanned): void {
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
