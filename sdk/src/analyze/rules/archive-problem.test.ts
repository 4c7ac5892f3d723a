import { expect, it } from 'vitest';
import { packageFiles, testRule } from '../../../testing/rule-checks.ts';
import { analyze } from '../analyze.ts';
import { archiveProblem } from './archive-problem.ts';

testRule(archiveProblem, {
  caught: [{ of: 'each problem', files: { '../a': '' }, severity: 'critical' }],
  silent: [{ of: 'a sound archive', files: { a: '' } }],
});

it('anything wrong with the archive blocks it', async () => {
  const problems = [{ path: 'a', reason: 'symlink' as const, message: 'A link.' }];
  const report = await analyze({ files: packageFiles({ 'a.txt': 'x' }), manifest: null, problems });
  expect(report.decision).toBe('block');
  expect(report.findings).toMatchObject([{ kind: 'archive', file: 'a', message: 'A link.' }]);
});
