import { describe, expect, it } from 'vitest';
import { WordFinder } from './word-finder.ts';

describe('a finder tells which words a text holds', () => {
  it.each([
    ['none of them', ['he', 'she'], 'xyz', [0, 0]],
    ['words inside of words', ['he', 'she', 'hers', 'his'], 'ushers', [1, 1, 1, 0]],
    ['a word that begins where another one fails', ['abcd', 'bce'], 'abce', [0, 1]],
    ['a word twice in the list', ['ab', 'AB'], 'ab', [1, 1]],
    ['capitals and small letters alike', ['sk-ANT-'], 'SK-ant-x', [1]],
    ['no letter outside ASCII for one inside', ['key', 'sk'], '\u212aey \u017fk', [0, 0]],
    ['the end of the text', ['end'], 'the end', [1]],
    ['an empty text', ['a'], '', [0]],
  ])('%s', (_, words, text, wanted) => {
    expect([...new WordFinder(words).find(text)]).toEqual(wanted);
    expect(new WordFinder(words).isIn(text)).toBe(wanted.includes(1));
  });

  it('the same as looking for each word by itself, on a thousand texts', () => {
    let seed = 7;
    const next = (below: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return (seed >>> 8) % below;
    };
    const text = (letters: string, length: number): string =>
      Array.from({ length }, () => letters[next(letters.length)]).join('');
    for (let round = 0; round < 1000; round++) {
      const words = Array.from({ length: 1 + next(8) }, () => text('ab_', 1 + next(4)));
      const whole = text('aB_x', next(30));
      const wanted = words.map((word) => (whole.toLowerCase().includes(word) ? 1 : 0));
      expect([...new WordFinder(words).find(whole)]).toEqual(wanted);
    }
  });
});
