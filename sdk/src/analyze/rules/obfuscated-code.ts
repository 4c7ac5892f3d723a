import type { Severity } from '../../wire/reports.ts';
import type { Hit, Rule, TextFile } from '../facts.ts';
import type { SourceText } from '../source/source-text.ts';
import { hiddenAddress } from '../text/page-theft.ts';

/** Source that was made unreadable on purpose. Minified source is not: it is short, not hidden. */
export const obfuscatedCode: Rule = {
  id: 'obfuscated-code',
  kind: 'obfuscation',
  cwe: 'CWE-506',
  title: 'The source was made unreadable',
  why: 'Renaming, shuffled tables of texts and programs without letters have one purpose: that nobody can review what the code does.',
  fix: 'Ship the source as it was written, or minified by a bundler.',
  bad: {
    file: 'handlers/run.js',
    source:
      "var _0x1f2a=['log','aGVsbG8='];(function(_0x3c1d,_0x5e6f){while(--_0x5e6f){_0x3c1d['push'](_0x3c1d['shift']());}}(_0x1f2a,0x1b3));var _0x4b2c=function(_0x3c1d){_0x3c1d=_0x3c1d-0x0;return _0x1f2a[_0x3c1d];};export default async()=>console[_0x4b2c('0x0')](_0x4b2c('0x1'));\n",
  },
  good: {
    file: 'handlers/run.js',
    source: 'const a=["log","hello"],b=t=>a[t];export default async()=>console[b(0)](b(1));\n',
  },
  *inText({ source, kind }: TextFile): Iterable<Hit> {
    if (kind.kind !== 'code') return;
    const found =
      rotates(source) ??
      replacesItself(source) ??
      hexNames(source) ??
      withoutLetters(source) ??
      escaped(source) ??
      aside(source) ??
      address(source);
    if (found === null) return;
    const { severity, offset, message } = found;
    yield { severity, place: source.place(offset), message };
  },
};

interface Found {
  readonly severity: Severity;
  readonly offset: number;
  readonly message: string;
}

const SHIFTS =
  /(\w{1,40})\s?(?:\[\s?['"]push['"]\s?\]|\.push)\s?\(\s?\1\s?(?:\[\s?['"]shift['"]\s?\]|\.shift)\s?\(\s?\)\s?\)/;
/** What always stands in the middle of it, and is found much faster. */
const SHIFTS_INSIDE = /push(?:['"]\s?\])?\s?\(\s?\w{1,40}\s?(?:\[\s?['"]|\.)shift/;
const LOOPS_FOREVER = /\b(?:while\s?\(\s?(?:!!\[\]|true|--\w|1\))|for\s?\(\s?;\s?(?:!!)?(?:\[\])?\s?;)/;

/** A table of texts that is rotated until a checksum fits, or a counted number of times. */
function rotates({ text }: SourceText): Found | null {
  const match = SHIFTS_INSIDE.test(text) ? SHIFTS.exec(text) : null;
  if (match === null) return null;
  const around = text.slice(Math.max(0, match.index - 1500), match.index + 300);
  if (!LOOPS_FOREVER.test(around)) return null;
  const isComputed = match[0].includes('[');
  const sums = around.match(/\bparseInt\b/g)?.length ?? 0;
  if (!isComputed && sums < 3) return null;
  return { severity: 'critical', offset: match.index, message: 'A table of texts is shuffled before it is used' };
}

/** Each is looked for in the whole file. */
const TABLES_MAX = 8;
const TABLE = /\bfunction (\w{1,40})\(\)\s{0,40}\{\s{0,40}(?:var|const|let) (\w{1,40})\s?=\s?\[/g;

/** `function table() { const texts = […]; table = function () { return texts; }; return table(); }`. */
function replacesItself({ text }: SourceText): Found | null {
  let looked = 0;
  for (const match of text.matchAll(TABLE)) {
    if (looked++ >= TABLES_MAX) break;
    const [, name = '', list = ''] = match;
    const self = new RegExp(`\\b${name}\\s?=\\s?function\\s?\\(\\)\\s{0,40}\\{\\s{0,40}return ${list}\\b`);
    if (!self.test(text)) continue;
    return {
      severity: 'critical',
      offset: match.index,
      message: 'A table of texts hides behind a function that replaces itself',
    };
  }
  return null;
}

const HEX_NAME = /\b_0x[0-9a-f]{2,8}\b/g;
const HEX_NAMES_MIN = 12;

/** Names such as `_0x3f2a1c`, which no person and no minifier gives. */
function hexNames({ text }: SourceText): Found | null {
  const first = text.search(HEX_NAME);
  if (first < 0) return null;
  const all = text.match(HEX_NAME) ?? [];
  const names = new Set(all);
  if (names.size < HEX_NAMES_MIN || all.length * 400 < text.length) return null;
  return { severity: 'critical', offset: first, message: `${names.size} names are hexadecimal numbers` };
}

/** `(![] + "")[1]` is a letter, to whoever counts. */
const COERCED = /\(\s{0,4}(?:!{1,2}\[\]|\{\}|!{1,2}"")\s{0,4}\+\s{0,4}(?:""|\[\])\s{0,4}\)\s{0,4}\[/g;
const COERCED_MIN = 3;
const LETTERLESS_MIN = 600;
const SIGNS_SHARE = 0.85;

/** Programs out of brackets, or out of one sign repeated: whatever they do, nobody can read it. */
function withoutLetters({ text }: SourceText): Found | null {
  const coerced = [...text.matchAll(COERCED)];
  if (coerced.length >= COERCED_MIN) {
    const offset = coerced[0]?.index ?? 0;
    return { severity: 'critical', offset, message: 'Letters are cut out of the names of values' };
  }
  if (text.length < LETTERLESS_MIN) return null;
  const code = text.length > 400_000 ? text.slice(0, 400_000) : text;
  const { others, shown } = countSigns(code);
  if (shown < LETTERLESS_MIN || shown - others < shown * SIGNS_SHARE) return null;
  return { severity: 'critical', offset: 0, message: 'The program is written without letters' };
}

const SIGNS = new Set([...'[]()!+{}$_~\\"\';:.,=/*@^-'].map((char) => char.charCodeAt(0)));
/** What each character of ASCII is: 0 blank, 1 shown, 2 a sign. */
const LOOKS = Uint8Array.from({ length: 128 }, (_, code) =>
  SIGNS.has(code) ? 2 : /\s/.test(String.fromCharCode(code)) ? 0 : 1,
);

/** How many characters are shown, and how many of those are no signs; stops where these are too many for any rest. */
function countSigns(text: string): { others: number; shown: number } {
  const othersMax = text.length * (1 - SIGNS_SHARE) + 1;
  let others = 0;
  let shown = 0;
  for (let at = 0; at < text.length; at++) {
    const looks = LOOKS[text.charCodeAt(at)] ?? (/\s/.test(text[at] ?? '') ? 0 : 1);
    if (looks > 0) shown++;
    if (looks === 1 && ++others > othersMax) break;
  }
  return { others, shown };
}

function address({ text }: SourceText): Found | null {
  const found = hiddenAddress(text);
  return found === null ? null : { severity: 'critical', ...found };
}

const ESCAPES = /(?:\\x[0-9a-fA-F]{2}|\\u00[0-9a-fA-F]{2}|%[0-9a-fA-F]{2}){80,}/;

/** A long text of nothing but escapes, in a file that is mostly that. */
function escaped({ text }: SourceText): Found | null {
  const match = ESCAPES.exec(text);
  if (match === null || match[0].length * 3 < text.length) return null;
  return { severity: 'high', offset: match.index, message: 'Most of the file is a text of escaped characters' };
}

const ASIDE = /\S[ \t]{160,}(?=[^\s])(?!\/[/*])/;

/** Code that starts where no editor shows it. */
function aside({ text }: SourceText): Found | null {
  const match = ASIDE.exec(text);
  if (match === null) return null;
  const end = text.indexOf('\n', match.index + match[0].length);
  const rest = text.slice(match.index + match[0].length, end < 0 ? undefined : end);
  if (!/\b(eval|require|import|Function|global|process|fetch|atob|exec|spawn)\b|_0x/.test(rest)) return null;
  return {
    severity: 'critical',
    offset: match.index + match[0].length,
    message: 'Code stands far to the right of what an editor shows',
  };
}
