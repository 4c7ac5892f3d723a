import type { Finding, Severity, Verdict } from '../wire/reports.ts';
import type { Scanned } from './scan-one.ts';
import { countFindings, worstFirst } from './show-findings.ts';
import { count, plain } from './terminal.ts';

const WORDS: Record<Verdict, string> = { allow: 'allowed', review: 'needs a review', block: 'blocked' };
/** A comment on a change is read as far as this. */
const FINDINGS_SHOWN = 100;

/** The results of a scan as Markdown, for a comment on a change or a ticket: nothing in it is taken for markup. */
export function markdownReport(scans: readonly Scanned[]): string {
  return scans.map(sectionOf).join('\n');
}

function sectionOf({ path, report, notInspected }: Scanned): string {
  const { decision, score, deductions, findings } = report;
  const sorted = worstFirst(findings);
  const hidden = findings.length - FINDINGS_SHOWN + report.findingsOmitted;
  return [
    `## ${literal(path)}: ${WORDS[decision]}`,
    '',
    `Score **${score}** of 100, ${countFindings(findings)}.`,
    '',
    ...table(
      ['severity', 'where', 'what', 'what to do'],
      sorted
        .slice(0, FINDINGS_SHOWN)
        .map((finding) => [finding.severity, placeOf(finding), whatOf(finding), text(finding.fix)]),
    ),
    ...(hidden > 0 ? [`${count(hidden, 'more finding')} not listed.`, ''] : []),
    ...table(
      ['points', 'rule', 'severity', 'findings', 'evidence'],
      deductions.map(({ ruleId, severity, count: number, points }) => [
        `−${points}`,
        literal(ruleId),
        severity,
        String(number),
        evidenceOf(findings, ruleId, severity),
      ]),
    ),
    ...table(
      ['not inspected', 'why'],
      notInspected.map(({ file, reason }) => [literal(file), text(reason)]),
    ),
  ].join('\n');
}

function placeOf({ file, line }: Finding): string {
  return file === '' ? '' : literal(line > 0 ? `${file}:${line}` : file);
}

function whatOf({ message, ruleId, flow = [] }: Finding): string {
  const steps = flow.map(({ file, line, note }, at) => `${at + 1}. ${text(note)} ${literal(`${file}:${line}`)}`);
  return [`${text(message)} (${literal(ruleId)})`, ...steps].join('<br>');
}

/** The places of the findings that cost these points. */
function evidenceOf(findings: readonly Finding[], ruleId: string, severity: Severity): string {
  const places = findings.filter((entry) => entry.ruleId === ruleId && entry.severity === severity).map(placeOf);
  return places.slice(0, 5).join(' ') + (places.length > 5 ? ` and ${places.length - 5} more` : '');
}

/** A table, or nothing when it has no rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}

/** Text from a package: no character of it may become markup or end its cell. */
function text(value: string): string {
  return oneLine(value).replace(/[\\`*_{}[\]()<>#+!|~&@:]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** The same in a code span. */
function literal(value: string): string {
  return `<code>${text(value)}</code>`;
}

function oneLine(value: string): string {
  return plain(value).replace(/\s+/g, ' ').trim();
}
