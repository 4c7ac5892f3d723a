import { testRule } from '../../../testing/rule-checks.ts';
import { lexicalOnly } from './lexical-only.ts';

testRule(lexicalOnly, {
  caught: [
    {
      of: 'a handler in Python',
      files: { 'handlers/a.py': 'def handle(params, context):\n    return 1\n' },
      severity: 'low',
      says: 'Python is scanned lexically',
    },
    { of: 'a script in Ruby, as a note', files: { 'scripts/a.rb': 'puts 1\n' }, severity: 'info', says: 'Ruby' },
  ],
  silent: [{ of: 'JavaScript, shell and documents', files: { 'a.mjs': '', 'a.sh': '', 'a.md': '', 'a.json': '{}' } }],
});
