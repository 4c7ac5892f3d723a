import { describe, expect, it } from 'vitest';
import { SourceText } from '../source/source-text.ts';
import { destinationOfUrl } from './addresses.ts';
import { bind } from './bindings.ts';
import { decodeBase64, decodeBytes, decodeHex, decodePercent } from './decode.ts';
import { Evaluator } from './evaluate.ts';
import { findHandlers } from './handlers.ts';
import { type Dialect, parseSource } from './parse.ts';
import { basename, dirname, joinPaths, resolvePaths } from './paths.ts';
import { memberRef, moduleRef } from './refs.ts';
import { child, children, type Node } from './syntax.ts';
import { findUses } from './uses.ts';
import { HOLE, type Value } from './value.ts';
import { flatten, visitAll, walk } from './walk.ts';

const nothing = { resolve: () => null, handlers: new Map() };

function moduleOf(source: string, dialect: Dialect = 'typescript') {
  const { tree, reason } = parseSource(source, dialect);
  if (tree === null) throw new Error(String(reason));
  return bind(tree, 'lib/a.ts');
}

/** What the last expression of a source may be. */
function evaluated(source: string, dialect?: Dialect): Value {
  const module = moduleOf(source, dialect);
  const last = children(module.tree.nodes[0] as Node, 'body').at(-1);
  const ev = new Evaluator({ modules: [module], ...nothing }, 10_000);
  return ev.evaluate(last === undefined ? null : child(last, 'expression'), module);
}

const textsOf = (source: string): string[] => evaluated(source).texts.map((text) => text.replaceAll(HOLE, '?'));

describe('parsing', () => {
  it.each([
    ['javascript', 'export default await x;'],
    ['javascript', 'return 1;\nvar await = 010;\nwith (a) { delete b }\n<!-- c\n'],
    ['javascript', '#!/usr/bin/env node\nimport a from "b";'],
    ['javascript', '\ufeffx'],
    ['javascript', 'const a = <b c="d">{e}</b>;'],
    ['javascript', 'import a from "b"; with (a) {} var package = 010;'],
    ['javascript', 'let a: string = b as string;'],
    ['typescript', 'enum A { B = 1 } namespace C { export const d = 1 } import e = require("f"); export = e;'],
    ['typescript', 'class A { constructor(@B() private c: D) {} accessor d = 1; @e f() {} }'],
    ['typescript', 'const a = <any>b; using c = d;'],
    ['tsx', 'const a = <b>{c as d}</b>;'],
  ] as const)('%s: %j has a tree', (dialect, source) => {
    expect(parseSource(source, dialect)).toMatchObject({ reason: null });
  });

  it('a broken source has none, and says why', () => {
    expect(parseSource('a(((', 'javascript')).toMatchObject({
      tree: null,
      reason: expect.stringContaining('does not parse'),
    });
    expect(parseSource('/*', 'typescript')).toMatchObject({ tree: null });
    expect(parseSource('['.repeat(500) + ']'.repeat(500), 'javascript')).toMatchObject({
      tree: null,
      reason: 'it is nested too deeply',
    });
    expect(parseSource('a'.repeat(2 * 1024 * 1024 + 1), 'javascript')).toMatchObject({
      tree: null,
      reason: expect.stringContaining('larger'),
    });
  });

  it('recovery can be ruled out', () => {
    const source = 'export const a = 1; let let = 2; a b';
    expect(parseSource(source, 'javascript', true)).toMatchObject({ isRecovered: true, reason: null });
    expect(parseSource(source, 'javascript', false)).toMatchObject({ isRecovered: false, tree: null });
  });
});

describe('trees', () => {
  it('a flat tree holds every node once, parents before children, and leaves in order', () => {
    const tree = moduleOf('f(a, g(b));').tree;
    const seen: string[] = [];
    visitAll(tree, {
      types: new Set(tree.typeNames),
      enter: (node) => seen.push(`+${node.type}`),
      leave: (node) => seen.push(`-${node.type}`),
    });
    expect(seen.join(' ')).toBe(
      '+Program +ExpressionStatement +CallExpression +Identifier -Identifier +Identifier -Identifier +CallExpression +Identifier -Identifier +Identifier -Identifier -CallExpression -CallExpression -ExpressionStatement -Program',
    );
    const walked: string[] = [];
    walk(tree.nodes[0] as Node, (node) => {
      walked.push(node.type);
      return undefined;
    });
    expect(walked).toEqual(tree.nodes.map(({ type }) => type));
  });

  it('chains that lean to the left are long, not deep', () => {
    const { nodes } = moduleOf(`x${'.a()'.repeat(300)};`, 'javascript').tree;
    expect(flatten(nodes[0] as Node, 10, 1000)).not.toBeNull();
    expect(flatten(nodes[0] as Node, 10, 100)).toBeNull();
  });
});

describe('values', () => {
  it.each([
    ["'a' + 'b' + 1", ['ab1']],
    ['1 + 2 * 3', ['7']],
    ['`a$' + '{1}b$' + '{x()}`', ['a1b?']],
    ["c ? 'a' : 'b'", ['a', 'b']],
    ["['a', 'b'].reverse().join('-')", ['b-a']],
    ["'a-b'.split('-')[1]", ['b']],
    ["'abc'.slice(1, 2).toUpperCase().repeat(2)", ['BB']],
    ["'axbx'.replace(/x/g, '') + 'aXX'.replaceAll('X', 'y') + 'aa'.replace('a', 'b')", ['abayyba']],
    ["'a.b'.replace(/./g, 'c')", ['?']],
    ["atob('YWI=') + btoa('a')", ['abYQ==']],
    ["Buffer.from('6162', 'hex').toString() + Buffer.from([99, 100]).toString('utf8')", ['abcd']],
    ["Buffer.from('ab').toString('base64')", ['YWI=']],
    ['String.fromCharCode(97, 98) + String.fromCodePoint(...[99])', ['abc']],
    ["[...'ab'].map((c) => c.charCodeAt(0) ^ 1).map((n) => String.fromCharCode(n)).join('')", ['`c']],
    ["decodeURIComponent('%61') + unescape('%62') + encodeURIComponent('/')", ['ab%2F']],
    ["parseInt('1f', 16) + (255).toString(16)", ['31ff']],
    ['new TextDecoder().decode(new Uint8Array([97, 98]))', ['ab']],
    ['String.raw`a$' + "{'b'}`", ['ab']],
    ["const o = { a: { b: 'c' } }; o.a['b']", ['c']],
    ["const o = { ...{ a: 'x' }, a: 'y' }; o.a", ['y']],
    ["const o = {}; o.a = 'x'; o.a", ['x']],
    ["const { a: [, b = 'z'] } = { a: ['x', 'y'] }; b", ['y', 'z']],
    ["const f = (a, b = 'c') => a + b; f('x') + f('y', 'z')", ['xcyz', 'xcyc']],
    ["function f() { return 'a'; } f()", ['a']],
    ["class A { static b = 'c'; d = 'e'; get f() { return 'g'; } } A.b + new A().d + new A().f", ['ceg']],
    ["class A { constructor(private b: string) {} c() { return this.b; } } new A('d').c()", ['d']],
    ["enum E { A = 'x' } E.A", ['x']],
    ["namespace N { export const a = 'x'; } N.a", ['x']],
    ["let s = 'a'; s += 'b'; s", ['ab']],
    ["let s = 'a'; for (;;) s += 'b'; s", ['ab?']],
    ["let s = 'a'; for (;;) s = s + 'b'; s", ['a', 'ab', '?']],
    ['(x() as any)?.y!', ['?']],
    ["('a' as string satisfies string)!", ['a']],
    ["let a = 'x'; a = 'y'; a", ['x', 'y']],
    ["for (const a of ['x', 'y']) g(a); ['x', 'y'].map((a) => a + 'z')[1]", ['yz']],
  ])('%s', (source, expected) => {
    expect([...textsOf(source)].sort()).toEqual([...expected].sort());
  });

  it.each([
    ["import { readFile as r } from 'node:fs/promises'; r", 'fs.promises.readFile'],
    ["const { promises: p } = require('fs'); p.readFile", 'fs.promises.readFile'],
    ["import * as c from 'child_process'; c.default.exec", 'child_process.exec'],
    ['globalThis.window.self.fetch', 'fetch'],
    ["module.constructor._load('fs').readFile", 'fs.readFile'],
    ["require('module').createRequire(x)('fs')", 'fs'],
    ["require('util').promisify(require('fs').readFile)", 'fs.readFile'],
    ["(await import('fs')).readFile", 'fs.readFile'],
    ["Reflect.get(require('fs'), 'readFile')", 'fs.readFile'],
    ['(0, eval)', 'eval'],
    ['(() => {}).constructor', 'Function'],
    ["''.constructor.constructor", 'Function'],
    ["new URL('https://x.example')", 'URL#'],
  ])('%s is %s', (source, ref) => {
    expect(evaluated(source).refs).toContain(ref);
  });

  it('steps run out, and that is known', () => {
    const module = moduleOf("const a = 'x' + 'y'; a;");
    const ev = new Evaluator({ modules: [module], ...nothing }, 2);
    for (const node of module.tree.nodes) ev.evaluate(node, module);
    expect(ev.exhausted).toBe(true);
  });
});

describe('addresses', () => {
  it.each([
    ['https://a.example/x', 'a.example:443'],
    ['http://A.Example.:8080', 'a.example:8080'],
    ['wss://a.example', 'a.example:443'],
    ['//a.example/x', 'a.example:443'],
    ['https:/\\a.example', 'a.example:443'],
    ['https:a.example/x', 'a.example:443'],
    ['https://u:p@a.example', 'a.example:443'],
    ['https://0x7f.1/', '127.0.0.1:443'],
    ['http://[::1]:3000', '[::1]:3000'],
    ['redis://a.example', 'a.example:6379'],
    [`https://${HOLE}.a.example/x`, '*.a.example:443'],
    [`https://a.example/${HOLE}`, 'a.example:443'],
    [`https://a.example?q=${HOLE}`, 'a.example:443'],
  ])('%j leads to %s', (url, value) => {
    expect(destinationOfUrl(url, 443)).toEqual({ kind: 'host', value });
  });

  it.each([
    HOLE,
    `https://${HOLE}`,
    `https://a.${HOLE}.example`,
    `https://a.example${HOLE}/x`,
    `https://${HOLE}.example`,
    `${HOLE}/x`,
    `https://a.example:${HOLE}/`,
    'https://a b/',
  ])('%j cannot be worked out', (url) => {
    expect(destinationOfUrl(url, 443)).toEqual({ kind: 'unknown' });
  });

  it.each(['', '/x', './x', 'x', 'data:text/plain,x', 'file:///x', 'about:blank'])('%j leads nowhere', (url) => {
    expect(destinationOfUrl(url, 443)).toEqual({ kind: 'none' });
  });
});

describe('small things', () => {
  it('paths are joined as POSIX joins them, unknown parts kept', () => {
    expect(joinPaths(['a', '..', '/b/', './c'])).toBe('b/c');
    expect(joinPaths([])).toBe('.');
    expect(joinPaths(['..', 'a'])).toBe('../a');
    expect(joinPaths([HOLE, '..', 'a'])).toBe(`${HOLE}/../a`);
    expect(resolvePaths(['a', '/b', 'c'])).toBe('/b/c');
    expect(resolvePaths(['~', '.ssh'])).toBe('~/.ssh');
    expect([dirname('/a/b'), dirname('a'), dirname('/a'), basename('a\\b')]).toEqual(['/a', '.', '/', 'b']);
  });

  it('decoders decode what is theirs, and refuse the rest', () => {
    expect([decodeBase64('YWI'), decodeBase64('_-8'), decodeBase64('a'), decodeBase64('?')]).toEqual([
      'ab',
      '\ufffd\ufffd',
      null,
      null,
    ]);
    expect([decodeHex('6162'), decodeHex('616'), decodeHex('zz'), decodeBytes([256])]).toEqual([
      'ab',
      null,
      null,
      null,
    ]);
    expect([decodePercent('%61'), decodePercent('%e4')]).toEqual(['a', 'ä']);
  });

  it('well-known names have one spelling', () => {
    expect([moduleRef('node:fs/promises'), moduleRef('node-fetch'), moduleRef('node:dns/promises')]).toEqual([
      'fs.promises',
      'fetch',
      'dns.promises',
    ]);
    expect([memberRef('globalThis', 'eval'), memberRef('process', 'env'), memberRef('x', 'default')]).toEqual([
      'eval',
      'process.env',
      'x',
    ]);
  });

  it('handlers are found by the manifest and by their wrapper', () => {
    const module = moduleOf(
      'const run = async (p) => p;\nexport { run as go };\nexport default wrap(retry(function h(p) {}));\nlib.createToolHandler2(tool, (p) => p);\nconst other = () => 1;\n',
    );
    const handlers = findHandlers(
      [module],
      [
        { file: 'lib/a.ts', exportName: 'go', tool: 'a' },
        { file: 'lib/a.ts', exportName: 'default', tool: 'b' },
      ],
    );
    expect([...handlers.values()].sort()).toEqual(['a', 'b', null]);
  });

  it('texts that stand nowhere in the source are handed on', () => {
    const source = "const a = 'https://one' + '.example/path';\nconst b = atob('c2VjcmV0IHRleHQgaW4gYmFzZTY0');\n";
    const module = moduleOf(source);
    const { folded } = findUses(
      { modules: [module], ...nothing },
      new Map([['lib/a.ts', new SourceText('lib/a.ts', source)]]),
      1000,
    );
    expect(folded.map(({ text, place }) => [text, place.line])).toEqual([
      ['https://one.example/path', 1],
      ['secret text in base64', 2],
    ]);
  });
});
