import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Counted, decisionOf, scoreOf } from './score.ts';

const one = (severity: Counted['severity'], ruleId = 'a'): Counted => ({ ruleId, severity });
const times = (count: number, item: Counted): Counted[] => Array.from({ length: count }, () => item);

it('nothing found is 100, and each deduction is listed with its count (A150)', () => {
  expect(scoreOf([])).toEqual({ score: 100, deductions: [] });
  expect(scoreOf([one('high'), one('medium', 'b'), one('high'), one('info')])).toEqual({
    score: 72,
    deductions: [
      { ruleId: 'a', severity: 'high', count: 2, points: 22.5 },
      { ruleId: 'b', severity: 'medium', count: 1, points: 6 },
    ],
  });
});

it('anything critical caps the score below 40', () => {
  expect(scoreOf([one('critical')]).score).toBe(39);
  expect(scoreOf(times(100, one('critical'))).score).toBe(10);
});

it('more findings never raise the score, and it stays within 0 and 100 (property)', () => {
  const finding = fc.record({
    ruleId: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    severity: fc.constantFrom('info', 'low', 'medium', 'high', 'critical'),
  });
  fc.assert(
    fc.property(fc.array(finding, { maxLength: 60 }), finding, (findings, more) => {
      const before = scoreOf(findings).score;
      const after = scoreOf([...findings, more]).score;
      return after <= before && after >= 0 && before <= 100;
    }),
    { seed: 3 },
  );
});

it.each([
  ['nothing', [], 100, 'allow'],
  ['a few small things', [one('medium'), one('low')], 92, 'allow'],
  ['a score of 70', [], 70, 'allow'],
  ['a score of 69', [], 69, 'review'],
  ['anything high', [one('high')], 85, 'review'],
  ['any row of the checklist, however small', [{ ...one('low'), level: 'warning' as const }], 98, 'review'],
  ['anything critical', [one('critical')], 39, 'block'],
] as const)('%s: %#', (_, findings, score, decision) => {
  expect(decisionOf(findings, score)).toBe(decision);
});
