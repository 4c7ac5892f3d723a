import type { Finding } from '@aegis/skill-sdk/wire/reports';
import { expect, test } from 'vitest';
import { gateNeedsTick, missingTicks, needsTick, suggestedReasons } from './ticks.ts';

const finding = (more: Partial<Finding>): Finding => ({
  id: 'f1',
  ruleId: 'rule',
  kind: 'eval',
  severity: 'medium',
  file: 'a.ts',
  line: 1,
  column: 1,
  message: '',
  fix: '',
  ...more,
});

test.each([
  ['a warning', { level: 'warning' as const }, true],
  ['an error that is not critical', { level: 'error' as const, severity: 'high' as const }, true],
  ['a high finding of no check', { severity: 'high' as const }, true],
  ['a medium finding of no check', {}, false],
  ['a critical finding, which no tick helps', { severity: 'critical' as const, level: 'error' as const }, false],
])('%s', (_, more, expected) => expect(needsTick(finding(more))).toBe(expected));

test('what is not ticked yet is counted, gates included', () => {
  const findings = [
    finding({ id: 'a', level: 'warning' }),
    finding({ id: 'b', severity: 'high' }),
    finding({ id: 'c' }),
  ];
  const gates = [
    { id: 'analysis-failed', state: 'attention' as const, text: '' },
    { id: 'wider', state: 'attention' as const, text: '' },
  ];
  expect(missingTicks(findings, gates, [])).toBe(3);
  expect(missingTicks(findings, gates, ['a', 'b', 'analysis-failed', 'unknown'])).toBe(0);
  expect(gateNeedsTick({ id: 'findings-omitted', state: 'ok' })).toBe(false);
});

test('serious findings suggest the reasons of a rejection, each once', () => {
  const findings = [
    finding({ severity: 'critical', check: 'declared_network' }),
    finding({ severity: 'critical', check: 'declared_files' }),
    finding({ severity: 'high', check: 'no_hardcoded_secrets' }),
    finding({ severity: 'low', check: 'no_eval' }),
    finding({ severity: 'high' }),
  ];
  expect(suggestedReasons(findings)).toEqual(['undeclared_access', 'secret_in_package']);
});
