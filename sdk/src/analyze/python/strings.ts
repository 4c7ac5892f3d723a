import { HOLE } from '../code/value.ts';
import { expressionsOf, type PythonNode } from './syntax.ts';

const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
  '\n': '',
};

/** What stands around the content of a literal: its prefix letters (lower case) and the length of its quotes. */
export function quotesOf(literal: string): { prefix: string; start: number; end: number } {
  const match = /^([A-Za-z]{0,2})("""|'''|"|')/.exec(literal);
  const start = match?.[0].length ?? 0;
  const quote = match?.[2] ?? '';
  const end = quote !== '' && literal.length >= start + quote.length && literal.endsWith(quote) ? quote.length : 0;
  return { prefix: (match?.[1] ?? '').toLowerCase(), start, end: literal.length - end };
}

/** The text of a literal without its quotes, escapes resolved as far as they are fixed. */
export function stringText(literal: string): string {
  const { prefix, start, end } = quotesOf(literal);
  return unescaped(literal.slice(start, end), prefix.includes('r'));
}

/** Resolves the escapes of a literal's content; the content of a raw literal stays as it is. */
export function unescaped(content: string, isRaw: boolean): string {
  const text = content.replaceAll(HOLE, '\ufffd');
  if (isRaw || !text.includes('\\')) return text;
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (whole, hex?: string, short?: string, long?: string, octal?: string, char?: string) => {
      const digits = hex ?? short ?? long;
      const point = digits !== undefined ? Number.parseInt(digits, 16) : Number.parseInt(octal ?? '', 8);
      if (Number.isNaN(point)) return SIMPLE[char ?? ''] ?? whole;
      return point <= 0x10ffff ? String.fromCodePoint(point).replaceAll(HOLE, '\ufffd') : '\ufffd';
    },
  );
}

/** The pieces of an f-string: texts, and the nodes that are put in between. */
export function formatParts(literal: string, from: number, children: readonly PythonNode[]): (string | PythonNode)[] {
  const { prefix, start, end } = quotesOf(literal);
  const isRaw = prefix.includes('r');
  const parts: (string | PythonNode)[] = [];
  let at = start;
  const add = (to: number): void => {
    if (to > at) parts.push(unescaped(literal.slice(at, to), isRaw).replace(/\{\{|\}\}/g, (pair) => pair.slice(1)));
  };
  for (const child of children) {
    if (child.type !== 'FormatReplacement') continue;
    add(child.from - from);
    const inner = expressionsOf(child)[0];
    if (inner !== undefined) parts.push(inner);
    at = child.to - from;
  }
  add(end);
  return parts;
}
