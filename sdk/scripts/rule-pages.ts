import { writeFileSync } from 'node:fs';
import { RULES } from '../src/analyze/rules/index.ts';
import { rulePage } from './rule-page.ts';

// Writes the page of every rule. Run it after a rule's words change: node sdk/scripts/rule-pages.ts
for (const rule of RULES) {
  writeFileSync(new URL(`../../docs/rules/${rule.id}.md`, import.meta.url), rulePage(rule));
}
