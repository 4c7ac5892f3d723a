import { expect, it } from 'vitest';
import { lockHoles } from './lock-holes.ts';

it('finds a platform that the lock has no entry for, wherever Node would look', () => {
  const packages = {
    '': {},
    'node_modules/a': { optionalDependencies: { 'a-linux': '1.0.0', 'a-darwin': '1.0.0' } },
    'node_modules/a-linux': {},
    'node_modules/b': {},
    'node_modules/b/node_modules/c': { optionalDependencies: { 'c-linux': '1.0.0', 'c-darwin': '1.0.0' } },
    'node_modules/b/node_modules/c-linux': {},
    'node_modules/c-darwin': {},
  };
  expect(lockHoles(packages)).toEqual(['node_modules/a → a-darwin']);
});
