import type { Rule } from '../src/analyze/facts.ts';

/** The page of a rule, `docs/rules/<id>.md`: what it finds, why, a bad and a good sample, and what to do. */
export function rulePage(rule: Rule): string {
  const facts = [
    `Kind \`${rule.kind}\``,
    ...(rule.check === undefined ? [] : [`check \`${rule.check}\` (${rule.level})`]),
    ...(rule.cwe === undefined
      ? []
      : [`[${rule.cwe}](https://cwe.mitre.org/data/definitions/${rule.cwe.slice(4)}.html)`]),
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
