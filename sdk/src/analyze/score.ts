import type { Deduction, Finding, Severity, Verdict } from '../wire/reports.ts';

/** Points that the first finding of a rule costs, by severity. */
const POINTS: Readonly<Record<Severity, number>> = { critical: 45, high: 15, medium: 6, low: 2, info: 0 };
/** With anything critical the score stays below this. */
const CRITICAL_BELOW = 40;
/** A package below this is looked at by somebody. */
const REVIEW_BELOW = 70;

/** What a finding counts by. */
export type Counted = Pick<Finding, 'ruleId' | 'severity' | 'level'>;

/**
 * A150: 100 minus what each rule costs. Every further finding of the same rule and severity costs half of the one before:
 * the score falls with each of them, and no rule alone can use up all of it. More findings never raise the score.
 */
export function scoreOf(findings: readonly Counted[]): { score: number; deductions: Deduction[] } {
  const counts = new Map<string, Deduction>();
  for (const { ruleId, severity } of findings) {
    const key = `${ruleId} ${severity}`;
    const known = counts.get(key) ?? { ruleId, severity, count: 0, points: 0 };
    counts.set(key, { ...known, count: known.count + 1 });
  }
  const deductions = [...counts.values()]
    .map((row) => ({ ...row, points: pointsOf(row.severity, row.count) }))
    .filter(({ points }) => points > 0)
    .sort((left, right) => right.points - left.points || (left.ruleId < right.ruleId ? -1 : 1));
  const total = deductions.reduce((sum, { points }) => sum + points, 0);
  const isCritical = findings.some(({ severity }) => severity === 'critical');
  const score = Math.max(0, Math.round(100 - total));
  return { score: isCritical ? Math.min(score, CRITICAL_BELOW - 1) : score, deductions };
}

/** Halves add up to twice the first; one decimal is as fine as anybody reads. */
function pointsOf(severity: Severity, count: number): number {
  return Math.round(POINTS[severity] * (2 - 2 ** (1 - Math.min(count, 50))) * 10) / 10;
}

/** Block: anything critical. Review: anything high, any row of the checklist, or a low score. Else allow. */
export function decisionOf(findings: readonly Counted[], score: number): Verdict {
  if (findings.some(({ severity }) => severity === 'critical')) return 'block';
  const needsReview = findings.some(({ severity, level }) => severity === 'high' || level !== undefined);
  return needsReview || score < REVIEW_BELOW ? 'review' : 'allow';
}
