import { testRule } from '../../../testing/rule-checks.ts';
import { lexicalOnly } from './lexical-only.ts';

testRule(lexicalOnly, {
  caught: [
    {
      of: 'a program in Ruby',
      files: { 'handlers/a.rb': 'def handle(params)\n  1\nend\n' },
      severity: 'info',
      says: 'Ruby is scanned lexically',
    },
    { of: 'a page', files: { 'a.html': '<p>x</p>\n' }, severity: 'info', says: 'HTML' },
  ],
  silent: [
    {
      of: 'JavaScript, Python, shell and documents',
      files: { 'a.mjs': '', 'a.py': '', 'a.sh': '', 'a.md': '', 'a.json': '{}' },
    },
  ],
});
