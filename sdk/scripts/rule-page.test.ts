import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { RULES } from '../src/analyze/rules/index.ts';
import { OWASP, rulePage } from './rule-page.ts';

const pages = new URL('../../docs/rules/', import.meta.url);

it.each(RULES.map((rule) => [rule.id, rule] as const))(
  'the page of %s says what the rule says, in at most 40 lines',
  (id, rule) => {
    const page = readFileSync(new URL(`${id}.md`, pages), 'utf8');
    expect(page, 'run node sdk/scripts/rule-pages.ts').toBe(rulePage(rule));
    expect(page.split('\n').length).toBeLessThanOrEqual(40);
  },
);

it('a rule’s id, its file and its page have one name', () => {
  for (const { id } of RULES) {
    expect(existsSync(fileURLToPath(new URL(`../src/analyze/rules/${id}.ts`, import.meta.url)))).toBe(true);
  }
  const names = readdirSync(fileURLToPath(pages)).filter((name) => name !== 'README.md');
  expect(names.sort()).toEqual(RULES.map(({ id }) => `${id}.md`).sort());
});

it('every rule has a CWE, and each CWE a risk of OWASP', () => {
  for (const { id, cwe } of RULES) expect(OWASP[cwe ?? ''], `${id} ${cwe}`).toMatch(/^AST(0[1-9]|10)$/);
});

it('every rule says why it matters and what to do, and its id is unique', () => {
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
  for (const { why, fix, title } of RULES)
    for (const words of [why, fix, title]) expect(words.length).toBeGreaterThan(10);
});
