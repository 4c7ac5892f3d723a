import { expect, test } from 'vitest';
import { PATH_BYTES_MAX } from './limits.ts';
import { normalPath, pathClashes, pathProblem } from './package-path.ts';

test.each([
  ['./a', 'a'],
  ['././/a', 'a'],
  ['a/./b', 'a/./b'],
  ['../a', '../a'],
  ['.hidden', '.hidden'],
  ['e\u0301', '\u00e9'],
])('the normal form of %j is %j', (path, normal) => {
  expect(normalPath(path)).toBe(normal);
});

test.each(['a', 'a/b.c', '.hidden', 'a b', '..a', 'a..', 'größe', `${'a'.repeat(127)}/${'b'.repeat(127)}`])(
  '%j is safe',
  (path) => {
    expect(pathProblem(path)).toBeNull();
  },
);

test.each([
  ['\ud800', 'path-encoding'],
  ['a\u0000b', 'control-character'],
  ['a\u200bb', 'control-character'],
  ['a\\b', 'backslash'],
  ['/a', 'absolute-path'],
  ['c:a', 'absolute-path'],
  ['..', 'parent-path'],
  ['a/..', 'parent-path'],
  ['', 'bad-path'],
  ['a/', 'bad-path'],
  ['.', 'bad-path'],
  ['é'.repeat((PATH_BYTES_MAX + 1) / 2), 'path-too-long'],
])('%j is refused as %s', (path, reason) => {
  expect(pathProblem(path)).toMatchObject({ path, reason, message: expect.stringContaining('wanted a relative path') });
});

test('paths that differ do not clash', () => {
  expect(pathClashes(['a', 'b/c', 'b/d', 'ab'], ['b', 'b/e', 'f'])).toEqual([]);
});

test('each clash is told once, and names both spellings', () => {
  expect(pathClashes(['A', 'a', 'x/y', 'X/z', 'X/w'], [])).toMatchObject([
    { path: 'a', reason: 'duplicate-path', message: expect.stringContaining('"A"') },
    { path: 'X', reason: 'duplicate-path', message: expect.stringContaining('"x"') },
  ]);
  expect(pathClashes(['a', 'a'], [])).toMatchObject([{ message: expect.stringContaining('twice') }]);
  expect(pathClashes(['a', 'a/b', 'a/c'], [])).toMatchObject([{ path: 'a', reason: 'path-conflict' }]);
});
