import type { Severity } from '../../wire/reports.ts';
import type { Hit, Rule, TextFile } from '../facts.ts';
import { shortened } from '../flow.ts';
import { visible } from '../source/source-text.ts';

/** Characters that a reader does not see and a program or a model does. */
export const hiddenUnicode: Rule = {
  id: 'hidden-unicode',
  kind: 'obfuscation',
  cwe: 'CWE-1007',
  title: 'The text holds characters that nobody sees',
  why: 'Direction marks make code read differently from what runs; tag characters and variation selectors carry whole messages that only a model or a decoder reads.',
  fix: 'Remove the characters. Where a language needs them, keep them next to its letters.',
  bad: {
    file: 'handlers/admin.ts',
    source: `export default async () => { const level = 'user${'\u202e'} // check${'\u2066'}'; return level; };\n`,
  },
  good: { file: 'handlers/admin.ts', source: "export default async () => 'naïve café 👩‍💻 ✔️';\n" },
  *inText({ source, kind }: TextFile): Iterable<Hit> {
    const { text } = source;
    const isCode =
      kind.kind === 'code' || kind.kind === 'shell' || kind.kind === 'python' || kind.kind === 'other-code';
    yield* lookAlikes(source, isCode);
    if (!ANY.test(text)) return;
    let count = 0;
    for (const match of text.matchAll(RUNS)) {
      const found = judge(match[0], text, match.index, isCode);
      if (found === null) continue;
      yield {
        severity: found.severity,
        place: source.place(match.index),
        message: found.message,
        evidence: visible(match[0]),
      };
      if (++count >= HITS_MAX) return;
    }
  },
};

/** Enough to see what is going on in one file. */
const HITS_MAX = 20;

const ANY = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u180e\u00ad\ufeff]|[\ufe00-\ufe0f]|\udb40/;
const RUNS =
  /(?:[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u180e\u00ad\ufeff]|[\ufe00-\ufe0f]|[\u{e0000}-\u{e01ef}]){1,4096}/gu;

function judge(run: string, text: string, at: number, isCode: boolean): { severity: Severity; message: string } | null {
  const points = [...run].map((char) => char.codePointAt(0) ?? 0);
  const tags = points.filter((point) => point >= 0xe0000 && point <= 0xe007f);
  if (tags.length > 0) return judgeTags(tags, text, at);
  const selectors = points.filter((point) => (point >= 0xfe00 && point <= 0xfe0f) || point >= 0xe0100);
  if (selectors.length >= 2) return judgeSelectors(selectors);
  const isBidi = points.some((point) => (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069));
  if (isBidi) return judgeDirection(text, at, run.length, isCode);
  const zeroWidth = points.filter(
    (point) => point === 0x200b || point === 0x200c || point === 0x200d || point === 0x2060,
  );
  if (zeroWidth.length >= 8) {
    return {
      severity: 'high',
      message: `${zeroWidth.length} characters without width in a row ${carried(zeroWidth)}`,
    };
  }
  const isInside =
    /\w$/.test(text.slice(Math.max(0, at - 1), at)) && /^\w/.test(text.slice(at + run.length, at + run.length + 1));
  if (isCode && isInside && zeroWidth.length > 0)
    return { severity: 'medium', message: 'A character without width stands inside a word of the code' };
  return null;
}

/** Two characters without width are bits, and eight of them a letter; which of the two is the one is tried. */
function carried(points: readonly number[]): string {
  const [first] = points;
  for (const one of [first, points.find((point) => point !== first)]) {
    const bits = points.map((point) => (point === one ? '1' : '0')).join('');
    const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
    const hidden = String.fromCharCode(...bytes);
    if (/^[\t\n\r -~]{2,}$/.test(hidden)) return `hide the text “${shortened(hidden)}”`;
  }
  return 'can carry a hidden text';
}

/** Cyrillic letters that look like Latin ones. */
const LOOKS: Readonly<Record<string, string>> = {
  а: 'a',
  е: 'e',
  о: 'o',
  р: 'p',
  с: 'c',
  у: 'y',
  х: 'x',
  і: 'i',
  ј: 'j',
  ѕ: 's',
  ԁ: 'd',
  ԛ: 'q',
  ԝ: 'w',
  һ: 'h',
  А: 'A',
  В: 'B',
  Е: 'E',
  К: 'K',
  М: 'M',
  Н: 'H',
  О: 'O',
  Р: 'P',
  С: 'C',
  Т: 'T',
  У: 'Y',
  Х: 'X',
  І: 'I',
  Ј: 'J',
  Ѕ: 'S',
};
const CYRILLIC = /[\u0400-\u052f]/g;
/** Words are looked at up to this many characters before and behind their first letter of another alphabet. */
const WORD_LENGTH_MAX = 60;

/** The words with Cyrillic letters in them. */
function* cyrillicWords(text: string): Iterable<{ word: string; index: number }> {
  let end = 0;
  for (const { index } of text.matchAll(CYRILLIC)) {
    if (index < end) continue;
    const before = /\w*$/.exec(text.slice(Math.max(end, index - WORD_LENGTH_MAX), index))?.[0] ?? '';
    const after = /^[\w\u0400-\u052f]*/.exec(text.slice(index + 1, index + 1 + WORD_LENGTH_MAX))?.[0] ?? '';
    end = index + 1 + after.length;
    yield { word: text.slice(index - before.length, end), index: index - before.length };
  }
}

/** Words of code and hosts of addresses that mix Latin letters with others that look the same (UTS 39). */
function* lookAlikes(source: TextFile['source'], isCode: boolean): Iterable<Hit> {
  const { text } = source;
  let count = 0;
  for (const { word, index } of cyrillicWords(text)) {
    const latin = [...word].map((char) => LOOKS[char] ?? char).join('');
    if (!/[A-Za-z]/.test(word) || /[^\w]/.test(latin)) continue;
    const isHost = /:\/\/[\w.-]{0,80}$/.test(text.slice(Math.max(0, index - 100), index));
    if (!isHost && !isCode) continue;
    yield {
      severity: isHost ? 'high' : 'medium',
      place: source.place(index),
      message: `Letters of another alphabet make “${shortened(word)}” look like “${shortened(latin)}”`,
      evidence: word,
    };
    if (++count >= HITS_MAX) return;
  }
}

/** The flags of England, Scotland and Wales are spelled with tags; nothing else honest is. */
function judgeTags(tags: readonly number[], text: string, at: number): { severity: Severity; message: string } | null {
  if (text.slice(at - 2, at) === '\u{1f3f4}' && tags.length <= 7) return null;
  const hidden = tags
    .filter((point) => point >= 0xe0020 && point < 0xe007f)
    .map((point) => String.fromCodePoint(point - 0xe0000))
    .join('');
  return {
    severity: hidden.length >= 4 ? 'critical' : 'high',
    message: `Tag characters hide the text “${shortened(hidden)}”`,
  };
}

/** Each of the 256 selectors can stand for one byte. One after an emoji or an ideograph is what they are for. */
function judgeSelectors(selectors: readonly number[]): { severity: Severity; message: string } {
  const bytes = selectors.map((point) => (point < 0xe0000 ? point - 0xfe00 : point - 0xe0100 + 16));
  const hidden = new TextDecoder().decode(Uint8Array.from(bytes));
  const isLong = selectors.length >= 8;
  return {
    severity: isLong ? 'critical' : 'medium',
    message: isLong
      ? `${selectors.length} variation selectors in a row hide the text “${shortened(visible(hidden))}”`
      : `${selectors.length} variation selectors stand in a row`,
  };
}

/** Texts in Arabic, Hebrew and the like need direction marks, as long as the marks stay next to their letters. */
function judgeDirection(
  text: string,
  at: number,
  length: number,
  isCode: boolean,
): { severity: Severity; message: string } | null {
  const near = text.slice(Math.max(0, at - 40), at + length + 40);
  const isNeeded = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(near);
  if (isNeeded)
    return isCode
      ? { severity: 'medium', message: 'Direction marks stand in code, next to letters that need them' }
      : null;
  return {
    severity: isCode ? 'critical' : 'high',
    message: 'Direction marks make this line read differently from what it says',
  };
}
