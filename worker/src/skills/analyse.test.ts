import { type PackageFile, unpack } from '@aegis/skill-sdk/archive';
import { digestOf } from '@aegis/skill-sdk/digest';
import { checkPackage } from '@aegis/skill-sdk/manifest';
import { StaticReport } from '@aegis/skill-sdk/wire/reports';
import { expect, test } from 'vitest';
import { packSkill } from '../testing/world.ts';
import { analyse } from './analyse.ts';

async function run(source?: string) {
  const files: PackageFile[] = unpack(packSkill(source === undefined ? {} : { source }));
  const { manifest } = checkPackage(files);
  if (manifest === null) throw new Error('the package of the test is not valid');
  return await analyse(files, manifest);
}

test('A145, A150: a report is its bytes, their digest, and what a list shows of them', async () => {
  const { bytes, digest, ...shown } = await run();
  const report = StaticReport.parse(JSON.parse(new TextDecoder().decode(bytes)));
  expect(await digestOf(bytes)).toBe(digest);
  expect(report).toMatchObject({
    score: shown.score,
    decision: shown.decision,
    rulesVersion: shown.rulesVersion,
    files: 2,
  });
  expect((await run()).bytes).toEqual(bytes);
});

test('findings are counted by severity, and a critical one blocks', async () => {
  const { bytes, counts, decision } = await run('export default async ({ who }) => eval(who);\n');
  const { findings } = StaticReport.parse(JSON.parse(new TextDecoder().decode(bytes)));
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(findings.length);
  expect(counts.critical).toBeGreaterThan(0);
  expect(decision).toBe('block');
});
