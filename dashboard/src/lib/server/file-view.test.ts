import type { SkillFileContent } from '@aegis/skill-sdk/wire/skills';
import { expect, test } from 'vitest';
import { diffRows, viewFile } from './file-view.ts';

const file = (more: Partial<SkillFileContent>): SkillFileContent => ({
  path: 'a.ts',
  size: 3,
  content: 'one\ntwo\n',
  approvedContent: null,
  change: 'same',
  ...more,
});

test('a changed file opens as its changes, Markdown rendered, all else as text', () => {
  expect(viewFile(file({ change: 'changed', approvedContent: 'one\n' }), null).view).toBe('diff');
  expect(viewFile(file({ path: 'SKILL.md' }), null)).toMatchObject({ view: 'rendered', views: ['rendered', 'raw'] });
  expect(viewFile(file({}), null)).toMatchObject({ view: 'raw', lines: ['one', 'two'] });
});

test('raw is always beside what is rendered, and an unknown view is the best one', () => {
  expect(viewFile(file({ path: 'SKILL.md' }), 'raw').lines).toEqual(['one', 'two']);
  expect(viewFile(file({}), 'rendered').view).toBe('raw');
});

test('a binary file has no view', () => {
  expect(viewFile(file({ content: null }), 'raw')).toMatchObject({ view: null, views: [], html: null });
});

test('a diff keeps three lines around each change and counts the rest', () => {
  const before = Array.from({ length: 20 }, (_, index) => `l${index + 1}`);
  const after = before.with(9, 'changed');
  const rows = diffRows(before.join('\n'), after.join('\n'));
  expect(rows.map(({ kind, before: old, after: now }) => [kind, old, now])).toEqual([
    ['gap', null, null],
    ['same', 7, 7],
    ['same', 8, 8],
    ['same', 9, 9],
    ['removed', 10, null],
    ['added', null, 10],
    ['same', 11, 11],
    ['same', 12, 12],
    ['same', 13, 13],
    ['gap', null, null],
  ]);
  expect(rows[0]?.text).toBe('6 unchanged lines');
});

test('equal files are one gap, and a new file is all added', () => {
  expect(diffRows('a\nb', 'a\nb')).toEqual([{ kind: 'gap', before: null, after: null, text: '2 unchanged lines' }]);
  expect(diffRows('', 'a\n').map(({ kind }) => kind)).toEqual(['added']);
});
