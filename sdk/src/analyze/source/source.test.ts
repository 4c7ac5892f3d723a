import { describe, expect, it } from 'vitest';
import { dependencyLines, isBundle } from './bundles.ts';
import { decodeText, fileKind, magicOf, otherLanguage } from './file-kind.ts';
import { entryFiles, filesIn, packageScripts } from './hooks.ts';
import { reachable, resolveImport, specifiersIn } from './imports.ts';
import { readFiles } from './read-files.ts';
import { SourceText, visible } from './source-text.ts';
import { groupFiles } from './units.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const file = (path: string, text: string | Uint8Array) => ({
  path,
  bytes: typeof text === 'string' ? utf8(text) : text,
  mode: '0644' as const,
});

describe('places', () => {
  it('lines and columns count from 1, at every end of a line', () => {
    const source = new SourceText('a', 'ab\r\ncd\n\nx');
    expect(
      [0, 1, 4, 5, 7, 8, 99].map((offset) => source.place(offset)).map(({ line, column }) => `${line}:${column}`),
    ).toEqual(['1:1', '1:2', '2:1', '2:2', '3:1', '4:1', '4:2']);
    expect(source.place(4).excerpt).toBe('cd');
  });

  it('an excerpt of a long line is cut around the column', () => {
    const { excerpt } = new SourceText('a', `${'x'.repeat(500)}HERE${'y'.repeat(500)}`).place(500);
    expect(excerpt.length).toBeLessThanOrEqual(200);
    expect(excerpt).toContain('HERE');
  });

  it('what nobody sees is spelled out', () => {
    expect(visible('a\u200b\u202e\u{e0041}\ud800\u0007é😀\t\n')).toBe(
      'a\\u{200b}\\u{202e}\\u{e0041}\ufffd\\u{7}é😀\t\n',
    );
  });
});

describe('kinds of files', () => {
  it.each([
    ['a.js', 'x', 'code'],
    ['a.d.ts', 'x', 'code'],
    ['payload.upload.ts', 'x', 'code'],
    ['a.js', '\u0000\u007fELF', 'code'],
    ['a.sh', '', 'shell'],
    ['tool', '#!/usr/bin/env bash\n', 'shell'],
    ['tool', '#!/usr/bin/env node\n', 'code'],
    ['tool', '#!/usr/bin/python3\n', 'python'],
    ['tool', '#!/usr/bin/awk\n', 'other-code'],
    ['SKILL.md', '', 'markdown'],
    ['a.rb', '', 'other-code'],
    ['a.txt', 'text', 'text'],
    ['a.txt', '\u0000\u0001', 'binary'],
    ['a.JSON', '{}', 'json'],
  ])('%s with %j is %s', (path, text, kind) => {
    expect(fileKind(path, utf8(text), false).kind).toBe(kind);
  });

  it('a text that code loads is code', () => {
    expect(fileKind('a.txt', utf8('x'), true)).toEqual({ kind: 'code', dialect: 'javascript' });
    const read = readFiles([
      file('a.cjs', "require('./b.dat')"),
      file('b.dat', "require('./c.txt')"),
      file('c.txt', 'x'),
      file('d.txt', 'x'),
    ]);
    expect(read.texts.map(({ source, kind }) => `${source.path} ${kind.kind}`)).toEqual([
      'a.cjs code',
      'b.dat code',
      'c.txt code',
      'd.txt text',
    ]);
  });

  it('UTF-16 is read with its mark, and what is not valid is replaced', () => {
    expect(decodeText(Uint8Array.of(0xff, 0xfe, 0x61, 0, 0x62, 0))).toBe('ab');
    expect(decodeText(Uint8Array.of(0xfe, 0xff, 0, 0x61))).toBe('a');
    expect(decodeText(Uint8Array.of(0x61, 0xff))).toBe('a\ufffd');
  });

  it('magic bytes and compiled formats are told', () => {
    expect(magicOf(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0))).toMatchObject({ danger: 'runs' });
    expect(magicOf(utf8('x'), 'a.pyc')).toMatchObject({ danger: 'runs' });
    expect(magicOf(utf8('BZhello'))).toBeNull();
    expect([otherLanguage('a.py'), otherLanguage('a.php'), otherLanguage('a.js')]).toEqual([null, 'PHP', null]);
  });
});

describe('imports', () => {
  const paths = new Set(['lib/a.ts', 'lib/b.mts', 'lib/c/index.js', 'd.json', 'index.ts']);

  it.each([
    ['lib/x.ts', './a', 'lib/a.ts'],
    ['lib/x.ts', './a.ts', 'lib/a.ts'],
    ['lib/x.ts', './a.js', 'lib/a.ts'],
    ['lib/x.ts', './b.mjs', 'lib/b.mts'],
    ['lib/x.ts', './c', 'lib/c/index.js'],
    ['lib/x.ts', '../d', 'd.json'],
    ['lib/x.ts', '..', 'index.ts'],
    ['x.ts', '<package>/lib/a.ts', 'lib/a.ts'],
    ['lib/x.ts', 'a', null],
    ['lib/x.ts', './missing', null],
    ['lib/x.ts', '../../../lib/a', null],
  ])('from %s, %s is %s', (from, specifier, expected) => {
    expect(resolveImport(from, specifier, paths)).toBe(expected);
  });

  it('specifiers are found without parsing', () => {
    const text =
      "import a from './a'; import './b'; export * from \"./c\"; require( './d' ); import('./e'); import(`./f`); from nothing";
    expect(specifiersIn(text)).toEqual(['./a', './b', './c', './d', './e', './f']);
  });

  it('rings end', () => {
    const edges = new Map([
      ['a', ['b']],
      ['b', ['a', 'c']],
    ]);
    expect([...reachable(['a'], edges)].sort()).toEqual(['a', 'b', 'c']);
  });
});

describe('groups of files', () => {
  const unit = (path: string, length = 10) => ({ path, dialect: 'javascript' as const, length });

  it('files that import each other stay together, in the order of their names', () => {
    const edges = new Map([
      ['c', ['a']],
      ['x', ['y', 'not-code']],
    ]);
    const names = (files: readonly { path: string }[]) =>
      groupFiles(files as ReturnType<typeof unit>[], edges).map((group) => group.map(({ path }) => path));
    expect(names([unit('x'), unit('c'), unit('b'), unit('a'), unit('y')])).toEqual([['a', 'c'], ['b'], ['x', 'y']]);
  });

  it('a group that is too large falls apart', () => {
    const edges = new Map([['a', ['b']]]);
    expect(groupFiles([unit('a', 1024 * 1024), unit('b', 1024 * 1024)], edges)).toHaveLength(1);
    expect(groupFiles([unit('a', 1024 * 1024), unit('b', 1024 * 1024 + 1)], edges)).toHaveLength(2);
  });
});

describe('package.json', () => {
  const source = new SourceText(
    'sub/package.json',
    '{\n"main": "./lib",\n"exports": {".": {"types": "./t.d.ts", "default": "./e.js"}},\n"scripts": {"postinstall": "node scripts/a.js", "test": 5, "build": "x"}}',
  );
  const paths = new Set(['sub/lib.js', 'sub/e.js', 'sub/t.d.ts', 'sub/scripts/a.js', 'sub/index.js']);

  it('has scripts, of which some run by themselves', () => {
    expect(packageScripts(source).map(({ name, isHook }) => [name, isHook])).toEqual([
      ['postinstall', true],
      ['build', false],
    ]);
    expect(packageScripts(new SourceText('package.json', 'nonsense'))).toEqual([]);
  });

  it('names files that run and files that it starts with', () => {
    expect(filesIn('node scripts/a.js && echo', 'sub/package.json', paths)).toEqual(['sub/scripts/a.js']);
    expect(entryFiles(source, paths)).toEqual(['sub/lib.js', 'sub/e.js', 'sub/index.js']);
  });
});

it('bundles know which of their lines came from a dependency', () => {
  expect(['a.bundle.mjs', 'a.bundle.mjs.map', 'a.mjs'].map(isBundle)).toEqual([true, true, false]);
  const test = dependencyLines(new SourceText('a.bundle.mjs', 'start\n// node_modules/x/a.js\nb\n// src/c.ts\nd\n'));
  expect([1, 2, 3, 4, 5].map(test)).toEqual([false, true, true, false, false]);
  expect(dependencyLines(new SourceText('src/a.ts', '// node_modules/x/a.js\nb'))(2)).toBe(false);
});
