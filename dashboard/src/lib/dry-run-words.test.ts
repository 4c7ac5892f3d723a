import { describe, expect, it } from 'vitest';
import { progressWords, stateWord } from './dry-run-words.ts';

describe('the words of a dry-run', () => {
  it.each([
    ['queued', null, false, 'Waits for a cluster'],
    ['running', null, false, 'Runs now'],
    ['unavailable', null, false, 'Not run'],
    ['done', 'pass', true, 'Did what it declares'],
    ['done', 'pass', false, 'Evidence is not whole'],
    ['done', 'undeclared_access', false, 'Did more than it declares'],
  ] as const)('%s %s %s', (state, verdict, counts, text) => {
    expect(stateWord({ state, verdict, counts }).text).toBe(text);
  });

  it('says how far it is', () => {
    expect(progressWords(null)).toContain('fetches');
    expect(progressWords({ step: 'running', what: 'greet: polite', done: 1, total: 3 })).toBe('2 of 3: greet: polite');
    expect(progressWords({ step: 'reporting', what: null, done: 3, total: 3 })).toContain('report');
  });
});
