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

it('a package that is only larger than the registry takes is looked at, not condemned', async () => {
  const problems = [{ path: '', reason: 'too-many-files' as const, message: 'There are 600 files in it.' }];
  const report = await analyze({ files: packageFiles({ 'a.txt': 'x' }), manifest: null, problems });
  expect(report.decision).toBe('review');
});
