import type { Rule } from '../src/analyze/facts.ts';

/** The risk of the OWASP Agentic Skills Top 10 that a weakness belongs to. */
export const OWASP: Readonly<Record<string, string>> = {
  'CWE-506': 'AST01',
  'CWE-522': 'AST01',
  'CWE-798': 'AST01',
  'CWE-912': 'AST01',
  'CWE-22': 'AST02',
  'CWE-494': 'AST02',
  'CWE-829': 'AST02',
  'CWE-526': 'AST03',
  'CWE-552': 'AST03',
  'CWE-1007': 'AST04',
  'CWE-1427': 'AST05',
  'CWE-20': 'AST06',
  'CWE-78': 'AST06',
  'CWE-95': 'AST06',
  'CWE-1059': 'AST08',
};
const OWASP_PAGE = 'https://owasp.org/www-project-agentic-skills-top-10/';

/** The page of a rule, `docs/rules/<id>.md`: what it finds, why, a bad and a good sample, and what to do. */
export function rulePage(rule: Rule): string {
  const facts = [
    `Kind \`${rule.kind}\``,
    ...(rule.check === undefined ? [] : [`check \`${rule.check}\` (${rule.level})`]),
    ...(rule.cwe === undefined
      ? []
      : [
          `[${rule.cwe}](https://cwe.mitre.org/data/definitions/${rule.cwe.slice(4)}.html)`,
          `OWASP [${OWASP[rule.cwe]}](${OWASP_PAGE})`,
        ]),
  ];
  return [
    `# ${rule.id}`,
    '',
    `**${rule.title}.** ${facts.join(', ')}.`,
    '',
    rule.why,
    '',
    '## Caught',
    '',
    ...sample(rule.bad),
    '',
    '## Fine',
    '',
    ...sample(rule.good),
    '',
    '## What to do',
    '',
    rule.fix,
    '',
  ].join('\n');
}

const LANGUAGES: Readonly<Record<string, string>> = {
  ts: 'ts',
  js: 'js',
  md: 'markdown',
  sh: 'sh',
  json: 'json',
  py: 'python',
};

function sample({ file, source }: Rule['bad']): string[] {
  const language = LANGUAGES[file.slice(file.lastIndexOf('.') + 1)] ?? 'text';
  // Samples may hold fences, and characters that nobody sees.
  const shown = source
    .trimEnd()
    .replace(
      /[^\n\t -~\u00a1-\u1fff\u2018-\u201f]/gu,
      (char) => `<U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
    );
  return [`\`${file}\``, '', `~~~~${language}`, shown, '~~~~'];
}
