import { expect, it } from 'vitest';
import { FINDINGS_MAX } from '../limits.ts';
import type { Hit } from './facts.ts';
import { makeReport, type RuleHit } from './report.ts';
import { noEval } from './rules/no-eval.ts';
import { unanalysableSource } from './rules/unanalysable-source.ts';

const parts = {
  rulesVersion: 'x',
  contentDigest: null,
  events: [],
  verification: null,
  notInspected: [],
  files: 1,
  bytes: 1,
};
const hit = (over: Partial<Hit> & { file?: string; line?: number } = {}): RuleHit => {
  const { file = 'a.js', line = 1, ...rest } = over;
  return {
    rule: noEval,
    hit: { severity: 'high', message: 'm', place: { file, line, column: 1, excerpt: 'e' }, ...rest },
  };
};

it('findings come worst first, then by place', async () => {
  const hits = [
    hit({ line: 9 }),
    hit({ severity: 'low', message: 'x' }),
    hit({ file: 'b.js' }),
    hit({ line: 10, severity: 'critical' }),
  ];
  const { findings } = await makeReport(hits, parts);
  expect(findings.map(({ severity, file, line }) => `${severity} ${file}:${line}`)).toEqual([
    'critical a.js:10',
    'high a.js:9',
    'high b.js:1',
    'low a.js:1',
  ]);
});

it('one rule says one thing about one line once', async () => {
  expect((await makeReport([hit(), hit()], parts)).findings).toHaveLength(1);
  expect((await makeReport([hit(), hit({ message: 'n' })], parts)).findings).toHaveLength(2);
});

it('a bundle adds nothing to what its source shows, and several bundles show a thing once', async () => {
  const source = hit();
  const first = hit({ file: 'a.bundle.mjs' });
  const second = hit({ file: 'b.bundle.mjs' });
  const files = async (hits: RuleHit[]) => (await makeReport(hits, parts)).findings.map(({ file }) => file);
  expect(await files([first, source, second])).toEqual(['a.js']);
  expect(await files([second, first])).toEqual(['a.bundle.mjs']);
  expect(await files([source, hit({ file: 'a.bundle.mjs', message: 'n' })])).toEqual(['a.bundle.mjs', 'a.js']);
});

it('findings beyond the bound are counted, and count for the score', async () => {
  const hits = Array.from({ length: FINDINGS_MAX + 1 }, (_, line) => hit({ line }));
  const report = await makeReport(hits, parts);
  expect(report.findings).toHaveLength(FINDINGS_MAX);
  expect(report.findingsOmitted).toBe(1);
  expect(report.deductions).toMatchObject([{ count: FINDINGS_MAX + 1 }]);
});

it('secrets are blacked out wherever they show, also when an excerpt cuts them', async () => {
  const secret = 'abcdefgh12345678';
  const hits = [
    hit({ message: `saw ${secret}`, secrets: [secret] }),
    hit({ line: 2, place: { file: 'b', line: 1, column: 1, excerpt: `x ${secret.slice(0, 12)}` } }),
  ];
  const text = JSON.stringify(
    await makeReport(hits, {
      ...parts,
      events: [{ source: 'static', kind: 'exec', values: [`curl ${secret}`], complete: true, confidence: 'high' }],
    }),
  );
  expect(text).not.toContain(secret.slice(4, 12));
  expect(text).toContain('abcd…');
});

it('no text of a report holds what cannot be written or seen', async () => {
  const report = await makeReport([hit({ message: '\ud800 \u202e', file: 'a\u200b.js' })], {
    ...parts,
    notInspected: [{ file: '\udfff', reason: 'r' }],
  });
  expect(report.findings[0]).toMatchObject({ message: '\ufffd \\u{202e}', file: 'a\\u{200b}.js' });
  expect(report.notInspected).toEqual([{ file: '\ufffd', reason: 'r' }]);
});

it('a rule without a row in the checklist has neither check nor level', async () => {
  const { findings } = await makeReport([{ ...hit(), rule: unanalysableSource }], parts);
  expect(findings[0]).not.toHaveProperty('check');
  expect(findings[0]).not.toHaveProperty('level');
});
