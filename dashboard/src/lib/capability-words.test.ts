import { expect, test } from 'vitest';
import { inWords } from './capability-words.ts';

test.each([
  ['lib/rates.ts:53 net', 'lib/rates.ts:53, which host'],
  ['a folder/run.js:1 fs.write', 'a folder/run.js:1, which file is written'],
  ['env', 'which variable'],
  ['handlers/a.py: Python is not analysed', 'handlers/a.py: Python is not analysed'],
])('what could not be worked out is said in words: %s', (unresolved, words) => {
  expect(inWords(unresolved)).toBe(words);
});
