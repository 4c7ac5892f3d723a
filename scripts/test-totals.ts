import type { Totals } from './checks.ts';

/** What is read of the report that vitest writes as JSON. */
export interface TestReport {
  success: boolean;
  testResults: {
    name: string;
    status: string;
    message?: string;
    assertionResults: { status: string; fullName: string }[];
  }[];
}

/** Adds up a report. A file that could not even be loaded counts as one failure: its tests are not known. */
export function totalsOf(report: TestReport): Totals & { skippedNames: string[] } {
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const count = (...states: string[]) => tests.filter(({ status }) => states.includes(status)).length;
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  );
  const failed = count('failed') + broken.length;
  const skipped = tests.filter(({ status }) => !['passed', 'failed'].includes(status));
  return {
    passed: count('passed'),
    // A run that failed as a whole (a process died) is never green.
    failed: failed === 0 && !report.success ? 1 : failed,
    skipped: skipped.length,
    skippedNames: skipped.map(({ fullName }) => fullName),
  };
}
