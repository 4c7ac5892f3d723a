import { describe, expect, it } from 'vitest';
import type { Finding } from '../wire/reports.ts';
import { countFindings, showFindings } from './show-findings.ts';

const bare = (_style: string, text: string) => text;
const finding = (severity: Finding['severity'], more: Partial<Finding> = {}): Finding => ({
  id: severity,
  ruleId: 'no-eval',
  kind: 'eval',
  severity,
  file: 'a.js',
  line: 3,
  column: 5,
  message: `${severity} thing`,
  fix: 'Do not.',
  ...more,
});

describe('findings', () => {
  it('are shown worst first, with place, words, source and fix', () => {
    const text = showFindings([finding('low'), finding('critical', { level: 'error', excerpt: '  eval(x)' })], bare);
    expect(text).toBe(
      [
        '  critical (error) a.js:3:5  no-eval',
        '           critical thing',
        '           | eval(x)',
        '           fix: Do not.',
        '  low      a.js:3:5  no-eval',
        '           low thing',
        '           fix: Do not.',
      ]
        .join('\n')
        .replace('low      a.js', 'low      a.js'),
    );
  });

  it('of a file whose name has a line break stay on their line', () => {
    const text = showFindings([finding('high', { file: 'a.js\n✓ allow  b.js', fix: '' })], bare);
    expect(text.split('\n')).toEqual(['  high     a.js\uFFFD✓ allow  b.js:3:5  no-eval', '           high thing']);
  });

  it('without a place or a fix say no more than they know', () => {
    expect(showFindings([finding('info', { file: '', line: 0, column: 0, fix: '' })], bare)).toBe(
      '  info       no-eval\n           info thing',
    );
  });

  it('are cut after as many as a person reads', () => {
    const text = showFindings(
      Array.from({ length: 22 }, () => finding('high')),
      bare,
    );
    expect(text.endsWith('… and 2 more findings')).toBe(true);
    expect(
      showFindings(
        Array.from({ length: 3 }, () => finding('high')),
        bare,
        2,
      ),
    ).toContain('… and 1 more finding');
  });

  it('are counted by severity', () => {
    expect(countFindings([])).toBe('no findings');
    expect(countFindings([finding('high'), finding('critical'), finding('high')])).toBe('1 critical, 2 high');
  });

  it('cannot play with the terminal', () => {
    expect(showFindings([finding('high', { message: '\u001b[31mfake', file: 'a\u001b.js' })], bare)).not.toContain(
      '\u001b',
    );
  });
});
