import { expect, it } from 'vitest';
import { originalsOf } from './source-maps.ts';
import { SourceText } from './source-text.ts';

const originals = (path: string, text: string) =>
  originalsOf([{ source: new SourceText(path, text), kind: { kind: 'json' }, bytes: text.length, markdown: () => [] }]);

it('a map gives what its code was made of', () => {
  const found = originals('lib/a.js.map', JSON.stringify({ version: 3, sourcesContent: ['one', 'two'] }));
  expect([...found]).toEqual([['lib/a.js', 'one\ntwo']]);
});

it.each([
  ['no JSON', 'a.js.map', '{'],
  ['no object', 'a.js.map', 'null'],
  ['a map without sources', 'a.js.map', '{"version":3,"sourcesContent":[]}'],
  ['a map that lacks one of them', 'a.js.map', '{"version":3,"sourcesContent":["one",null]}'],
  ['the map of a declaration', 'a.d.ts.map', '{"version":3,"sourcesContent":["one"]}'],
  ['a map beyond the bound', 'a.js.map', JSON.stringify({ sourcesContent: ['x'.repeat(4 * 1024 * 1024)] })],
])('%s gives nothing', (_, path, text) => {
  expect(originals(path, text).size).toBe(0);
});
