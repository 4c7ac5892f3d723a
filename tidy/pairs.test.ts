import { expect, it } from 'vitest';
import { orphanedTests, untested } from './pairs.ts';

const logic = { text: 'if (a) b(); if (c) d(); if (e) f(); for (const g of h) i();' };
const plain = { text: 'export const a = 1;' };
const test = { text: '' };

it('a file with logic wants a test beside it, a plain one does not', () => {
  const files = [
    { path: 'worker/src/skills/publish.ts', ...logic },
    { path: 'worker/src/skills/words.ts', ...plain },
    { path: 'worker/src/reviews/decide.ts', ...logic },
    { path: 'worker/src/reviews/decide.test.ts', ...test },
  ];
  expect(untested(files)).toEqual(['worker/src/skills/publish.ts']);
});

it('routes and stores are tested through the front door of their room', () => {
  const files = [
    { path: 'worker/src/keys/routes.ts', ...logic },
    { path: 'worker/src/keys/store.ts', ...logic },
    { path: 'worker/src/agents/routes.ts', ...logic },
    { path: 'worker/src/keys/keys.test.ts', ...test },
  ];
  expect(untested(files)).toEqual(['worker/src/agents/routes.ts']);
});

it('a test without its file is found, unless it is named for its folder or an issue', () => {
  const paths = [
    'sdk/src/gone.test.ts',
    'worker/src/keys/keys.test.ts',
    'sdk/src/issue-7.test.ts',
    'sdk/src/ids.test.ts',
    'sdk/src/ids.ts',
  ];
  expect(orphanedTests(paths.map((path) => ({ path, ...plain })))).toEqual(['sdk/src/gone.test.ts']);
});
