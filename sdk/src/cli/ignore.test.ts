import { describe, expect, it } from 'vitest';
import { parseIgnore } from './ignore.ts';

describe('.aegisignore', () => {
  it.each<[string, string, boolean]>([
    ['*.log', 'a.log', true],
    ['*.log', 'deep/er/a.log', true],
    ['*.log', 'a.log.txt', false],
    ['*.log', 'alog', false],
    ['/notes', 'notes', true],
    ['/notes', 'deep/notes', false],
    ['notes/', 'notes/a.md', true],
    ['notes/', 'deep/notes/a.md', true],
    ['notes/', 'notes', false],
    ['docs/*.md', 'docs/a.md', true],
    ['docs/*.md', 'docs/deep/a.md', false],
    ['docs/*.md', 'x/docs/a.md', false],
    ['docs/**', 'docs/deep/a.md', true],
    ['**/secret', 'a/b/secret', true],
    ['**/secret', 'secret', true],
    ['a/**/z', 'a/z', true],
    ['a/**/z', 'a/b/c/z', true],
    ['?.txt', 'a.txt', true],
    ['?.txt', 'ab.txt', false],
    ['# a comment', '# a comment', false],
    ['', 'x', false],
    ['a+b(1).txt', 'a+b(1).txt', true],
    ['package-lock.json', 'package-lock.json', true],
    ['*.log\n!keep.log', 'keep.log', false],
    ['*.log\n!keep.log', 'other.log', true],
    ['!keep.log\n*.log', 'keep.log', true],
    ['windows\r\nlines', 'windows', true],
  ])('%j and the file %s: %s', (text, path, ignored) => {
    expect(parseIgnore(text)(path, false)).toBe(ignored);
  });

  it('tells a folder from a file of the same name', () => {
    expect(parseIgnore('notes/')('notes', true)).toBe(true);
    expect(parseIgnore('notes')('notes', true)).toBe(true);
  });
});
