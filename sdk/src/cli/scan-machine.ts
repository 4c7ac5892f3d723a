import { realpath } from 'node:fs/promises';
import { basename, isAbsolute, relative } from 'node:path';
import type { Severity, Verdict } from '../wire/reports.ts';
import { knownFolders } from './agent-folders.ts';
import type { Io } from './io.ts';
import type { ScanRun } from './scan.ts';
import { type Scanned, scanLine, scanOne } from './scan-one.ts';
import { countFindings } from './show-findings.ts';
import { findSkillFolders } from './skill-folders.ts';
import { count, plain, type Style } from './terminal.ts';

/** Skills that are shown with their findings, and findings of each; --all shows every one. */
const SKILLS_SHOWN = 10;
const FINDINGS_SHOWN = 3;

const RANKS: Record<Verdict, number> = { block: 0, review: 1, allow: 2 };
const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];
const STYLES: Record<Verdict, Style> = { allow: 'green', review: 'yellow', block: 'red' };
const WORDS: Record<Verdict, string> = {
  block: '✗ dangerous',
  review: '! to be read',
  allow: '✓ nothing found',
};

interface Installed {
  path: string;
  agents: string[];
}

/** Scans every skill that an agent on this machine has, and says what to worry about, the worst first. Nothing is sent. */
export async function scanMachine(run: ScanRun): Promise<Scanned[]> {
  const { io, print, paint, result } = run;
  const skills = await installedSkills(io);
  if (skills.length === 0) {
    print('No agent on this machine has skills in the folders that it documents. Scan one: aegis scan PATH');
    return [];
  }
  const line = run.progress();
  const found: (Scanned & Installed)[] = [];
  for (const [at, skill] of skills.entries()) {
    io.signal.throwIfAborted();
    line.update(`Scanning ${at + 1} of ${skills.length}: ${basename(skill.path)} …`);
    found.push({ ...(await scanOne(skill.path, io.cwd)), ...skill });
  }
  line.done();
  found.sort(byWorst);
  for (const scanned of found) result({ ...scanLine(scanned), agents: scanned.agents });
  const worrying = found.filter(({ report }) => report.decision !== 'allow');
  const shown = run.values.all === true ? worrying : worrying.slice(0, SKILLS_SHOWN);
  for (const scanned of shown) print(`${describe(run, scanned)}\n`);
  const hidden = worrying.length - shown.length;
  if (hidden > 0) print(paint('dim', `and ${count(hidden, 'more skill')}: aegis scan --all\n`));
  const blocked = found.filter(({ report }) => report.decision === 'block').length;
  print(
    `${count(found.length, 'skill')} scanned: ${paint('red', `${blocked} dangerous`)}, ${paint('yellow', `${worrying.length - blocked} to be read`)}, ${paint('green', `${found.length - worrying.length} without a finding that matters`)}`,
  );
  print(paint('dim', 'Nothing was run and nothing was sent. All of one: aegis scan --all PATH'));
  return found;
}

/** Each skill once, though several agents read its folder, or a link leads to it. */
async function installedSkills(io: Io): Promise<Installed[]> {
  const skills = new Map<string, Installed>();
  for (const { folder, agents } of knownFolders(io)) {
    for (const path of await findSkillFolders(folder)) {
      const real = await realpath(path);
      const known = skills.get(real);
      if (known === undefined) skills.set(real, { path, agents: [...agents] });
      else known.agents.push(...agents.filter((agent) => !known.agents.includes(agent)));
    }
  }
  return [...skills.values()];
}

/** By verdict, then by how many findings of each severity there are. */
function byWorst(left: Scanned, right: Scanned): number {
  const verdicts = RANKS[left.report.decision] - RANKS[right.report.decision];
  if (verdicts !== 0) return verdicts;
  for (const severity of SEVERITIES) {
    const difference = numberOf(right, severity) - numberOf(left, severity);
    if (difference !== 0) return difference;
  }
  return left.path < right.path ? -1 : 1;
}

function numberOf({ report }: Scanned, wanted: Severity): number {
  return report.findings.filter(({ severity }) => severity === wanted).length;
}

function describe({ io, paint, values }: ScanRun, { path, agents, report }: Scanned & Installed): string {
  const { decision, findings } = report;
  const ranked = [...findings].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  const shown = values.all === true ? ranked : ranked.slice(0, FINDINGS_SHOWN);
  const lines = shown.map(
    ({ severity, file, line, message }) => `    ${severity.padEnd(8)}  ${plain(`${file}:${line}`)}  ${plain(message)}`,
  );
  if (shown.length < findings.length) lines.push(paint('dim', `    and ${findings.length - shown.length} more`));
  return [
    `${paint(STYLES[decision], WORDS[decision])}  ${paint('bold', plain(basename(path)))}  ${countFindings(findings)}`,
    paint(
      'dim',
      `    ${plain(tilde(path, io))}  read by ${agents.slice(0, 3).join(', ')}${agents.length > 3 ? ' …' : ''}`,
    ),
    ...lines,
  ].join('\n');
}

/** `~/.claude/skills/x` for what lies in the home folder. */
function tilde(path: string, { home }: Io): string {
  const way = relative(home, path);
  return way.startsWith('..') || isAbsolute(way) ? path : `~/${way}`;
}
