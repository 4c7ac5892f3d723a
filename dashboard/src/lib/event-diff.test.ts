import { expect, test } from 'vitest';
import { changedFields } from './event-diff.ts';

test('shows what changed, came and went, and nothing that stayed', () => {
  expect(
    changedFields({ role: 'member', name: 'Ada', old: 1, empty: null }, { role: 'owner', name: 'Ada', tags: ['a'] }),
  ).toEqual([
    { field: 'old', before: '1', after: null },
    { field: 'role', before: 'member', after: 'owner' },
    { field: 'tags', before: null, after: '["a"]' },
  ]);
});

test('without a before everything came, without an after everything went', () => {
  expect(changedFields(null, { a: true })).toEqual([{ field: 'a', before: null, after: 'true' }]);
  expect(changedFields({ a: 'x' }, null)).toEqual([{ field: 'a', before: 'x', after: null }]);
  expect(changedFields(null, null)).toEqual([]);
});
