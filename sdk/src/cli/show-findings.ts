import type { Finding, Severity, StaticReport } from '../wire/reports.ts';
import { count, type Paint, plain, type Style } from './terminal.ts';

const STYLES: Record<Severity, Style> = { critical: 'red', high: 'red', medium: 'yellow', low: 'cyan', info: 'dim' };
const ORDER: readonly Severity[] = ['critical', 'high', 'medium', 'low', 'info'];
/** A person reads so many; the rest is one option away. */
export const FINDINGS_SHOWN = 20;
/** Places of one deduction. */
const PLACES_SHOWN = 3;

/** The same findings, worst first. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}

/** Findings for people, worst first: severity, place, what it is, the line of source, how it gets there, and the fix. */
export function showFindings(findings: readonly Finding[], paint: Paint, shownMax = FINDINGS_SHOWN): string {
  const sorted = worstFirst(findings);
  const lines = sorted.slice(0, shownMax).flatMap((finding) => {
    const place =
      finding.file === '' ? '' : `${finding.file}${finding.line > 0 ? `:${finding.line}:${finding.column}` : ''}`;
    const level = finding.level === undefined ? '' : ` (${finding.level})`;
    return [
      `  ${paint(STYLES[finding.severity], finding.severity.padEnd(8))}${level} ${paint('cyan', plain(place.replaceAll('\n', '\uFFFD')))}  ${paint('dim', plain(finding.ruleId))}`,
      `           ${plain(finding.message)}`,
      ...(finding.excerpt === undefined ? [] : [paint('dim', `           | ${plain(finding.excerpt.trim())}`)]),
      ...(finding.flow ?? []).map(
        ({ file, line, column, note }, at) =>
          `           ${paint('dim', `${at + 1}.`)} ${plain(note)}  ${paint('cyan', plain(`${file}:${line}:${column}`))}`,
      ),
      ...(finding.fix === '' ? [] : [`           ${paint('green', 'fix:')} ${plain(finding.fix)}`]),
    ];
  });
  if (sorted.length > shownMax) lines.push(paint('dim', `  … and ${count(sorted.length - shownMax, 'more finding')}`));
  return lines.join('\n');
}

/** `2 critical, 1 high`; `no findings`. */
export function countFindings(findings: readonly { severity: Severity }[]): string {
  const parts = ORDER.map(
    (severity) => [findings.filter((finding) => finding.severity === severity).length, severity] as const,
  );
  const text = parts.filter(([number]) => number > 0).map(([number, severity]) => `${number} ${severity}`);
  return text.length === 0 ? 'no findings' : text.join(', ');
}

/** What the score is made of: the points that each rule cost, and the places that cost them. */
export function showDeductions(
  { deductions, findings }: Pick<StaticReport, 'deductions' | 'findings'>,
  paint: Paint,
): string {
  return deductions
    .map(({ ruleId, severity, points }) => {
      const places = findings
        .filter((finding) => finding.ruleId === ruleId && finding.severity === severity)
        .map(({ file, line }) => (line > 0 ? `${file}:${line}` : file));
      const more = places.length > PLACES_SHOWN ? ` and ${places.length - PLACES_SHOWN} more` : '';
      const where = plain(places.slice(0, PLACES_SHOWN).join(', '));
      return `  ${`−${points}`.padStart(6)}  ${plain(ruleId)} (${severity})  ${paint('dim', `${where}${more}`)}`;
    })
    .join('\n');
}
