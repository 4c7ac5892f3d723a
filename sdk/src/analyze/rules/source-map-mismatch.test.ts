import { expect, it } from 'vitest';
import { reportOn } from '../../../testing/rule-checks.ts';

const findings = async (code: string, ...sourcesContent: (string | null)[]) => {
  const map = JSON.stringify({ version: 3, sources: sourcesContent.map((_, at) => `${at}.ts`), sourcesContent });
  const report = await reportOn({ 'dist/a.js': code, 'dist/a.js.map': map }, null);
  return report.findings.filter(({ ruleId }) => ruleId === 'source-map-mismatch');
};
const runs = "import { execSync } from 'child_process';\nexecSync('id');\n";
const calls = "fetch('https://in.example/');\n";

it('source-map-mismatch catches a program and a request that the sources do not show', async () => {
  expect(await findings(runs, 'export const a = 1;')).toMatchObject([{ severity: 'high', line: 2 }]);
  expect(await findings(calls, 'export const a = 1;')).toMatchObject([
    { message: expect.stringContaining('in.example') },
  ]);
});

it('source-map-mismatch is silent where the sources show it, in any of them, or are not all there', async () => {
  expect(await findings(runs, 'export const a = 1;', runs)).toEqual([]);
  expect(await findings(calls, `const a: string = 'x';\n${calls}`)).toEqual([]);
  expect(await findings(runs, 'export const a = 1;', null)).toEqual([]);
});
