import { expect, test } from 'vitest';
import { treeRows } from './file-tree.ts';

const draw = (paths: string[]) =>
  treeRows(paths.map((path) => ({ path }))).map(
    (row) => `${' '.repeat(row.depth)}${row.name}${row.file === null ? '/' : ''}`,
  );

test('folders come first, each with what lies in it', () => {
  expect(draw(['manifest.yaml', 'handlers/b.ts', 'SKILL.md', 'handlers/a.ts', 'docs/x/y.md'])).toEqual([
    'docs/',
    ' x/',
    '  y.md',
    'handlers/',
    ' a.ts',
    ' b.ts',
    'SKILL.md',
    'manifest.yaml',
  ]);
});

test('a folder and a file whose names begin alike stay apart', () => {
  expect(draw(['a/b', 'a.b', 'ab/c'])).toEqual(['a/', ' b', 'ab/', ' c', 'a.b']);
});

test('no file is no row', () => expect(draw([])).toEqual([]));
