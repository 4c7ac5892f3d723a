import type { Module } from './module.ts';
import type { Binding } from './scope.ts';
import type { Node } from './syntax.ts';

/** Stands for an unknown part of a text. A noncharacter: literals that hold it are cleaned before they become values. */
export const HOLE = '\uffff';

/** Where data came from, as far as a reviewer cares. */
export type OriginKind =
  /** A parameter of a tool: whatever the model or the user wrote. */
  | 'parameter'
  /** An answer from the network. */
  | 'network'
  /** The content of a file that programs keep credentials in. */
  | 'sensitive-file'
  | 'file'
  /** The whole environment, or one variable of it. */
  | 'environment'
  | 'variable'
  /** What somebody types into a page. */
  | 'typed'
  /** What is on the screen, in the clipboard or in front of the microphone. */
  | 'sensed'
  /** Facts about the machine and the person: host name, user, addresses. */
  | 'machine'
  /** A private key or seed phrase, by the name that the code gives it. */
  | 'secret'
  /** Went through base64, hex, character codes or the like, and could not be read. */
  | 'decoded';

/** One source that a value has something of. `name` says which: the parameter, the variable, the path. */
export interface Origin {
  readonly kind: OriginKind;
  readonly name: string;
  readonly module: Module;
  readonly offset: number;
  /** The handler function that a parameter belongs to. */
  readonly handler?: Node;
}

/** Something that code made, which is looked into only when it is asked for. */
export type Thing =
  | {
      readonly kind: 'function' | 'class' | 'instance' | 'object' | 'enum' | 'namespace';
      readonly node: Node;
      readonly module: Module;
    }
  /** `name.key = …`, written to a name somewhere. */
  | { readonly kind: 'fields'; readonly binding: Binding; readonly module: Module }
  | { readonly kind: 'module'; readonly module: Module }
  | { readonly kind: 'array'; readonly items: readonly Value[] }
  /** What a text of JSON holds. */
  | { readonly kind: 'record'; readonly entries: ReadonlyMap<string, Value> };

/**
 * What an expression may be. Every possible text matches one of `texts`, where HOLE stands for anything; an unknown
 * value is the text HOLE alone. `refs` are well-known names (`fetch`, `fs.readFile`), `things` are made by this code.
 */
export interface Value {
  readonly texts: readonly string[];
  readonly refs: readonly string[];
  readonly things: readonly Thing[];
  readonly origins: readonly Origin[];
  /** All texts are numbers, so that `+` adds. */
  readonly numeric: boolean;
  /** The text was put together from parts or decoded: nobody finds it by searching for it. */
  readonly assembled: boolean;
}

const SECRET_NAMES = new Set(
  'privateKey private_key privkey secretKey secret_key mnemonic mnemonicPhrase seedPhrase seed_phrase recoveryPhrase'.split(
    ' ',
  ),
);

/** True for what code calls a key that opens a wallet or an account for good. */
export function isSecretName(name: string): boolean {
  return SECRET_NAMES.has(name);
}

/** More possibilities than this are "anything". */
const TEXTS_MAX = 16;
const REFS_MAX = 12;
const THINGS_MAX = 8;
const ORIGINS_MAX = 12;
/** Longer folded texts keep their beginning. */
const TEXT_LENGTH_MAX = 64 * 1024;

const NONE: readonly never[] = [];

/** The value of an expression without a value: the neutral element of `join`. */
export const NOTHING: Value = value({});
export const UNKNOWN: Value = value({ texts: [HOLE] });

export function value(parts: Partial<Value>): Value {
  return {
    texts: parts.texts ?? NONE,
    refs: parts.refs ?? NONE,
    things: parts.things ?? NONE,
    origins: parts.origins ?? NONE,
    numeric: parts.numeric ?? false,
    assembled: parts.assembled ?? false,
  };
}

export function textValue(text: string, assembled = false): Value {
  return value({ texts: [text.includes(HOLE) ? text.replaceAll(HOLE, '\ufffd') : text], assembled });
}

export function numberValue(number: number): Value {
  return Number.isFinite(number) ? value({ texts: [String(number)], numeric: true }) : UNKNOWN;
}

export function refValue(...refs: string[]): Value {
  return value({ refs });
}

export function unknownFrom(origins: readonly Origin[]): Value {
  return origins.length === 0 ? UNKNOWN : value({ texts: [HOLE], origins });
}

/** Anything that one of the values may be. */
export function join(values: readonly Value[]): Value {
  const first = values[0];
  if (first === undefined) return NOTHING;
  if (values.length === 1) return first;
  const texts = union(values, (item) => item.texts, TEXTS_MAX);
  const withTexts = values.filter((item) => item.texts.length > 0);
  return {
    texts: texts.length < TEXTS_MAX || texts.includes(HOLE) ? texts : [...texts.slice(0, TEXTS_MAX - 1), HOLE],
    refs: union(values, (item) => item.refs, REFS_MAX),
    things: union(values, (item) => item.things, THINGS_MAX, sameThing),
    origins: joinOrigins(values.map((item) => item.origins)),
    numeric: withTexts.length > 0 && withTexts.every((item) => item.numeric),
    assembled: values.some((item) => item.assembled),
  };
}

export function joinOrigins(lists: readonly (readonly Origin[])[]): readonly Origin[] {
  const filled = lists.filter((list) => list.length > 0);
  if (filled.length <= 1) return filled[0] ?? NONE;
  const seen = new Map<string, Origin>();
  for (const list of filled) {
    for (const origin of list) {
      if (seen.size >= ORIGINS_MAX) break;
      const key = `${origin.kind} ${origin.name} ${origin.module.path} ${origin.offset}`;
      if (!seen.has(key)) seen.set(key, origin);
    }
  }
  return [...seen.values()];
}

export function withOrigins(base: Value, origins: readonly Origin[]): Value {
  if (origins.length === 0) return base;
  return { ...base, origins: joinOrigins([base.origins, origins]) };
}

export function withoutOrigins(base: Value, kind: OriginKind): Value {
  if (!base.origins.some((origin) => origin.kind === kind)) return base;
  return { ...base, origins: base.origins.filter((origin) => origin.kind !== kind) };
}

/** `left + right`. */
export function concat(left: Value, right: Value): Value {
  const isSum = left.numeric && right.numeric;
  const texts = new Set<string>();
  for (const head of partsOf(left)) {
    for (const tail of partsOf(right)) {
      if (texts.size >= TEXTS_MAX) break;
      texts.add(isSum ? String(Number(head) + Number(tail)) : glue(head, tail));
    }
  }
  const overflow = partsOf(left).length * partsOf(right).length > TEXTS_MAX;
  return {
    texts: overflow ? [...[...texts].slice(0, TEXTS_MAX - 1), HOLE] : [...texts],
    refs: NONE,
    things: NONE,
    origins: joinOrigins([left.origins, right.origins]),
    numeric: isSum,
    assembled: true,
  };
}

function glue(head: string, tail: string): string {
  if (head.endsWith(HOLE) && tail.startsWith(HOLE)) return glue(head, tail.slice(1));
  if (head.length + tail.length <= TEXT_LENGTH_MAX) return head + tail;
  return `${(head + tail).slice(0, TEXT_LENGTH_MAX - 1)}${HOLE}`;
}

function partsOf(side: Value): readonly string[] {
  return side.texts.length > 0 ? side.texts : [HOLE];
}

/** Applies a function to each text that is fully known; the others become unknown. Null means "cannot say". */
export function mapTexts(base: Value, change: (text: string) => string | null): Value {
  const texts = new Set<string>();
  for (const text of partsOf(base)) texts.add(text.includes(HOLE) ? HOLE : (change(text) ?? HOLE));
  return { ...base, texts: [...texts], refs: NONE, things: NONE, numeric: false, assembled: true };
}

/** The one text that it must be, or null. */
export function onlyText(base: Value | undefined): string | null {
  if (base === undefined || base.texts.length !== 1 || base.refs.length > 0 || base.things.length > 0) return null;
  const text = base.texts[0];
  return text === undefined || text.includes(HOLE) ? null : text;
}

/** The texts that are fully known. */
export function knownTexts(base: Value): string[] {
  return base.texts.filter((text) => !text.includes(HOLE));
}

export function isKnown(base: Value): boolean {
  return base.texts.length > 0 && base.texts.every((text) => !text.includes(HOLE));
}

/** True when nothing at all is known of it, not even where it comes from. */
export function isUnknown(base: Value): boolean {
  return base.refs.length === 0 && base.things.length === 0 && base.texts.every((text) => text === HOLE);
}

function sameThing(left: Thing, right: Thing): boolean {
  return left.kind === right.kind && identityOf(left) === identityOf(right);
}

/** The object that makes a thing itself and no other. */
export function identityOf(thing: Thing): object {
  if (thing.kind === 'array') return thing.items;
  if (thing.kind === 'record') return thing.entries;
  if (thing.kind === 'module') return thing.module;
  return thing.kind === 'fields' ? thing.binding : thing.node;
}

function union<T>(
  values: readonly Value[],
  list: (item: Value) => readonly T[],
  max: number,
  same: (left: T, right: T) => boolean = Object.is,
): readonly T[] {
  const filled = values.map(list).filter((items) => items.length > 0);
  if (filled.length <= 1) return filled[0] ?? NONE;
  const found: T[] = [];
  for (const items of filled) {
    for (const item of items) {
      if (found.length < max && !found.some((known) => same(known, item))) found.push(item);
    }
  }
  return found;
}
