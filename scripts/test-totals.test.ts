import { expect, it } from 'vitest';
import { type TestReport, totalsOf } from './test-totals.ts';

const file = (status: string, ...states: string[]): TestReport['testResults'][number] => ({
  name: 'x.test.ts',
  status,
  assertionResults: states.map((state, index) => ({ status: state, fullName: `test ${index}` })),
});

it('adds up the files and names what was skipped', () => {
  const totals = totalsOf({
    success: true,
    testResults: [file('passed', 'passed', 'skipped'), file('passed', 'todo')],
  });
  expect(totals).toEqual({ passed: 1, failed: 0, skipped: 2, skippedNames: ['test 1', 'test 0'] });
});

it('a file that could not be loaded is a failure', () => {
  expect(totalsOf({ success: false, testResults: [file('failed')] }).failed).toBe(1);
  expect(totalsOf({ success: false, testResults: [file('failed', 'failed', 'passed')] }).failed).toBe(1);
});

it('a run that failed as a whole is never green', () => {
  expect(totalsOf({ success: false, testResults: [file('passed', 'passed')] }).failed).toBe(1);
});
