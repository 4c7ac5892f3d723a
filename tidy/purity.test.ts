import { expect, it } from 'vitest';
import { impurities, isPureCore } from './purity.ts';

it('the core is the sdk without client, command line and tests', () => {
  expect(['sdk/src/archive.ts', 'sdk/src/analyze/walk.ts'].filter(isPureCore)).toHaveLength(2);
  expect(
    ['sdk/src/client.ts', 'sdk/src/cli/main.ts', 'sdk/src/a.test.ts', 'worker/src/a.ts'].filter(isPureCore),
  ).toEqual([]);
});

it.each([
  ["import { join } from 'node:path';", 'node:path'],
  ['const at = Date.now();', 'Date.now'],
  ['const at = new Date();', 'new Date()'],
  ['const x = Math.random();', 'Math.random'],
])('%s is found', (text, what) => {
  expect(impurities({ path: 'sdk/src/x.ts', text })).toEqual([expect.stringContaining(what)]);
});

it('a date that is given is pure', () => {
  expect(impurities({ path: 'sdk/src/x.ts', text: 'new Date(atMs).toISOString()' })).toEqual([]);
});
