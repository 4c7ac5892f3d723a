import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MANIFEST_BYTES_MAX, MANIFEST_DEPTH_MAX } from './limits.ts';
import { readYaml } from './yaml-source.ts';

const errorsOf = (source: string) =>
  readYaml(source).errors.map(({ place, detail }) => `${place.line}:${place.column} ${detail}`);

test('a text becomes a JSON value that knows where its parts stand', () => {
  const { value, errors, placeOf } = readYaml('a: 1\nb:\n  - x\n  - {c: "y"}\nd:\n"e/f": |\n  text &x\n  *y !z\n');
  expect(value).toEqual({ a: 1, b: ['x', { c: 'y' }], d: null, 'e/f': 'text &x\n*y !z\n' });
  expect(errors).toEqual([]);
  expect(placeOf(['a'], 'key')).toEqual({ line: 1, column: 1 });
  expect(placeOf(['a'], 'value')).toEqual({ line: 1, column: 4 });
  expect(placeOf(['b', 1, 'c'], 'value')).toEqual({ line: 4, column: 9 });
  expect(placeOf(['d'], 'value')).toEqual({ line: 5, column: 3 });
  expect(placeOf(['e/f'], 'key')).toEqual({ line: 6, column: 1 });
});

test('the place of what is missing is that of the key above it', () => {
  const { placeOf } = readYaml('a: 1\nb:\n  c: 2\n');
  expect(placeOf(['b', 'x', 'y'], 'value')).toEqual({ line: 2, column: 1 });
  expect(placeOf(['x'], 'value')).toEqual({ line: 1, column: 1 });
});

test.each([
  ['', null],
  ['# only a comment', null],
  ['---\na: 1\n...\n', { a: 1 }],
  ['\ufeffa: 1', { a: 1 }],
  ['a: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
  ['1: x\ntrue: y\nnull: z', { 1: 'x', true: 'y', null: 'z' }],
  ['yes: no\nn: 0o17\nd: 2026-01-01', { yes: 'no', n: 15, d: '2026-01-01' }],
  ['"<<": 1', { '<<': 1 }],
  ['__proto__: 1', JSON.parse('{"__proto__": 1}')],
])('%j is read as %j', (source, expected) => {
  expect(readYaml(source)).toMatchObject({ errors: [] });
  expect(readYaml(source).value).toEqual(expected);
});

describe('what makes a text mean something else than it shows is refused', () => {
  test.each([
    ['a: &x 1\nb: *x', ['1:4 An anchor (&) is not allowed', '2:4 An alias (*) is not allowed']],
    ['a: !!str 1', ['1:4 A tag (!) is not allowed']],
    ['a: !x {b: 1}', ['1:4 A tag (!) is not allowed']],
    ['%YAML 1.1\n---\na: yes', ['1:1 A directive (%) is not allowed']],
    ['a: 1\n---\nb: 2', ['2:1 A second document (---) follows']],
    ['? [a]\n: b', ['1:3 Not valid YAML: With stringKeys, all keys must be strings']],
    ['a: b: c', ['1:4 Not valid YAML: Nested mappings are not allowed in compact mappings']],
    ['a: "x', ['1:6 Not valid YAML: Missing closing "quote']],
  ])('%j', (source, expected) => {
    expect(errorsOf(source)).toEqual(expected);
    expect(readYaml(source).value).toBeUndefined();
  });

  test('a key that is there twice is told, and the rest is read on', () => {
    const { value, errors } = readYaml('a: 1\nb: {c: 1, c: 2}\na: 3');
    expect(value).toEqual({ a: 1, b: { c: 1 } });
    expect(errors.map(({ path, place, detail }) => [path, place, detail])).toEqual([
      [['b', 'c'], { line: 2, column: 11 }, 'The key "c" is there twice'],
      [['a'], { line: 3, column: 1 }, 'The key "a" is there twice'],
    ]);
  });
});

describe('bombs cost no more than their beginning', () => {
  test('a text at the bound is read, one byte more is not', () => {
    const text = `a: ${'x'.repeat(MANIFEST_BYTES_MAX - 3)}`;
    expect(errorsOf(text)).toEqual([]);
    expect(errorsOf(`${text}x`)).toEqual([
      `1:1 The text has ${MANIFEST_BYTES_MAX + 1} bytes; wanted at most ${MANIFEST_BYTES_MAX}`,
    ]);
    expect(errorsOf('é'.repeat(MANIFEST_BYTES_MAX / 2 + 1))).toHaveLength(1);
  });

  test.each([
    ['lists', '[', ']'],
    ['lists in lines', '- ', 'x'],
    ['explicit keys', '? ', 'x'],
    ['mappings', '{a: ', '}'],
  ])('%s nested beyond the bound', (_, open, close) => {
    expect(errorsOf(open.repeat(50_000))).toEqual([
      expect.stringContaining(`Nested deeper than ${MANIFEST_DEPTH_MAX} levels`),
    ]);
    expect(errorsOf(`${open.repeat(3)}1${close === 'x' ? '' : close.repeat(3)}`).join()).not.toContain('Nested deeper');
  });

  test('a thousand mistakes are told as the first twenty', () => {
    expect(errorsOf('- &a x\n'.repeat(1000))).toHaveLength(20);
    expect(errorsOf('- "\\q"\n'.repeat(1000))).toHaveLength(20);
  });

  test('aliases are never unfolded', () => {
    const laughs = [
      'a: &a [x, x]',
      ...'bcdefghi'.split('').map((name, index) => `${name}: &${name} [*${'abcdefgh'[index]}, *${'abcdefgh'[index]}]`),
    ];
    expect(readYaml(laughs.join('\n')).value).toBeUndefined();
  });
});

test('no text makes it throw', () => {
  const yamlish = fc.stringMatching(/^[-?:{}[\],&*!|>'"%#a1 \n\t.<~@]{0,80}$/);
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), yamlish), (source) => {
      const { value, errors, placeOf } = readYaml(source);
      expect(value !== undefined || errors.length > 0).toBe(true);
      for (const { place } of errors) expect(place.line >= 1 && place.column >= 1).toBe(true);
      expect(placeOf(['a', 0, 'b'], 'value').line).toBeGreaterThanOrEqual(1);
    }),
    { numRuns: 2000 },
  );
});
