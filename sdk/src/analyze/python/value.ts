import { HOLE, type OriginKind } from '../code/value.ts';

/** One source that a value has something of, and where it enters. */
export interface Origin {
  readonly kind: OriginKind;
  readonly name: string;
  readonly offset: number;
  /** Only a piece that was cut out of it: one line's value, one match. */
  readonly isPart?: boolean;
}

/**
 * What an expression may be. Every possible text matches one of `texts`, where HOLE stands for anything. `refs` are
 * well-known names (`os.system`), or `fn:N` and `class:N` for what the file defines; `X#` is an instance of `X`.
 */
export interface Value {
  readonly texts: readonly string[];
  readonly refs: readonly string[];
  readonly origins: readonly Origin[];
  /** The items of a list or tuple that is written out. */
  readonly items: readonly Value[] | null;
  /** The entries of a dictionary that is written out. */
  readonly fields: ReadonlyMap<string, Value> | null;
  /** The text, or the name behind the ref, was put together from parts. */
  readonly assembled: boolean;
}

const TEXTS_MAX = 12;
const REFS_MAX = 8;
const ORIGINS_MAX = 12;
/** Longer folded texts are anything. */
export const TEXT_LENGTH_MAX = 256 * 1024;

const NONE: readonly never[] = [];

export function value(parts: Partial<Value>): Value {
  return {
    texts: parts.texts ?? NONE,
    refs: parts.refs ?? NONE,
    origins: parts.origins ?? NONE,
    items: parts.items ?? null,
    fields: parts.fields ?? null,
    assembled: parts.assembled ?? false,
  };
}

/** `None`, truth values, and what an expression without a value gives. */
export const NOTHING: Value = value({});
export const UNKNOWN: Value = value({ texts: [HOLE] });

export function textValue(text: string, parts: Partial<Value> = {}): Value {
  return text.length > TEXT_LENGTH_MAX ? value({ ...parts, texts: [HOLE] }) : value({ ...parts, texts: [text] });
}

export function refValue(ref: string): Value {
  return value({ refs: [ref] });
}

export function unknownFrom(origins: readonly Origin[]): Value {
  return origins.length === 0 ? UNKNOWN : value({ texts: [HOLE], origins });
}

/** Anything that one of the values may be. */
export function join(values: readonly Value[]): Value {
  const [first] = values;
  if (first === undefined) return NOTHING;
  if (values.length === 1) return first;
  const texts = [...new Set(values.flatMap((item) => item.texts))];
  return {
    texts: texts.length <= TEXTS_MAX ? texts : [...texts.slice(0, TEXTS_MAX - 1), HOLE],
    refs: [...new Set(values.flatMap((item) => item.refs))].slice(0, REFS_MAX),
    origins: joinOrigins(values.map((item) => item.origins)),
    items: values.find((item) => item.items !== null)?.items ?? null,
    fields: values.find((item) => item.fields !== null)?.fields ?? null,
    assembled: values.some((item) => item.assembled),
  };
}

export function joinOrigins(lists: readonly (readonly Origin[])[]): readonly Origin[] {
  const filled = lists.filter((list) => list.length > 0);
  if (filled.length <= 1) return filled[0] ?? NONE;
  const seen = new Map<string, Origin>();
  for (const origin of filled.flat()) {
    if (seen.size >= ORIGINS_MAX) break;
    const key = `${origin.kind} ${origin.name} ${origin.offset} ${origin.isPart === true}`;
    if (!seen.has(key)) seen.set(key, origin);
  }
  return [...seen.values()];
}

/** Texts one after the other: every combination, or HOLE when there are too many. */
export function concat(left: Value, right: Value): Value {
  const lefts = left.texts.length === 0 ? [HOLE] : left.texts;
  const rights = right.texts.length === 0 ? [HOLE] : right.texts;
  const texts =
    lefts.length * rights.length > TEXTS_MAX
      ? [HOLE]
      : lefts.flatMap((head) =>
          rights.map((tail) => (head.length + tail.length > TEXT_LENGTH_MAX ? HOLE : head + tail)),
        );
  return value({
    texts: [...new Set(texts.map((text) => text.replace(/\uffff{2,}/g, HOLE)))],
    origins: joinOrigins([left.origins, right.origins]),
    items: left.items !== null && right.items !== null ? [...left.items, ...right.items] : null,
    assembled: true,
  });
}

/** The value with every text changed; null for a text that cannot be. */
export function mapTexts(base: Value, change: (text: string) => string | null, parts: Partial<Value> = {}): Value {
  const texts = base.texts.map((text) => (text === HOLE ? HOLE : (change(text) ?? HOLE)));
  return value({ texts: texts.length === 0 ? [HOLE] : texts, origins: base.origins, assembled: true, ...parts });
}

/** Everything that a value holds, also inside lists and dictionaries. */
export function deepOrigins(base: Value, depth = 0): readonly Origin[] {
  if (depth > 6) return base.origins;
  const inner = [...(base.items ?? []), ...(base.fields?.values() ?? [])];
  return inner.length === 0
    ? base.origins
    : joinOrigins([base.origins, ...inner.slice(0, 64).map((item) => deepOrigins(item, depth + 1))]);
}

/** Something that was cut out of a value. */
export function pieceOf(base: Value): Value {
  return unknownFrom(deepOrigins(base).map((origin) => ({ ...origin, isPart: true })));
}

/** The texts that are known from end to end. */
export function knownTexts(base: Value): string[] {
  return base.texts.filter((text) => !text.includes(HOLE));
}

/** The one text that it is; null when there may be others. */
export function onlyText(base: Value): string | null {
  const [text] = base.texts;
  return base.texts.length === 1 && text !== undefined && !text.includes(HOLE) ? text : null;
}
