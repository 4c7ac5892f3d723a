import type { Call } from './calls.ts';
import { deepOrigins } from './contents.ts';
import { encodeBase64 } from './decode.ts';
import type { Evaluator } from './evaluate.ts';
import { patternOf } from './expressions.ts';
import { inlineCall } from './functions.ts';
import { argumentsOf, concatAll, itemsOf, LIST_MAX, listValue, mapped } from './lists.ts';
import { elementOf } from './members.ts';
import type { Node } from './syntax.ts';
import {
  concat,
  HOLE,
  join,
  mapTexts,
  NOTHING,
  numberValue,
  onlyText,
  textValue,
  unknownFrom,
  type Value,
  withOrigins,
} from './value.ts';

/** A text that is repeated more often fills memory; nobody writes an address that way. */
const REPEAT_MAX = 1024;

type Method = (ev: Evaluator, call: Call, receiver: Value) => Value | null;

/** What a method of a text, a list, a promise or a buffer returns; null when nothing particular is known. */
export function methodResult(ev: Evaluator, call: Call, receiver: Value, method: string): Value | null {
  return METHODS.get(method)?.(ev, call, receiver) ?? null;
}

const text =
  (change: (text: string, call: Call) => string | null): Method =>
  (_, call, receiver) =>
    isText(receiver) ? mapTexts(receiver, (known) => change(known, call)) : null;

function isText(receiver: Value): boolean {
  return receiver.things.length === 0 && receiver.texts.some((known) => known !== HOLE);
}

const same: Method = (_, __, receiver) => receiver;

const METHODS = new Map<string, Method>([
  ['bind', same],
  ['catch', same],
  ['finally', same],
  ['valueOf', same],
  ['then', thenValue],
  ['toString', (_, call, receiver) => toText(call, receiver)],
  ['toLowerCase', text((known) => known.toLowerCase())],
  ['toUpperCase', text((known) => known.toUpperCase())],
  ['trim', text((known) => known.trim())],
  ['trimEnd', text((known) => known.trimEnd())],
  ['trimStart', text((known) => known.trimStart())],
  ['slice', (_, call, receiver) => sliced(call, receiver)],
  ['substring', text((known, call) => withNumbers(call, (from, to) => known.substring(from, to)))],
  [
    'substr',
    text((known, call) =>
      withNumbers(call, (from, to) => (to === undefined ? known.slice(from) : known.slice(from, from + to))),
    ),
  ],
  ['charAt', text((known, call) => withNumbers(call, (at) => known.charAt(at)))],
  ['at', (ev, call, receiver) => elementAt(ev, call, receiver)],
  ['padEnd', text((known, call) => padded(known, call, 'padEnd'))],
  ['padStart', text((known, call) => padded(known, call, 'padStart'))],
  ['match', (_, call, receiver) => matched(call, receiver)],
  ['flat', (_, __, receiver) => flattened(receiver)],
  ['reduce', (ev, call, receiver) => reduced(ev, call, receiver)],
  [
    'repeat',
    text((known, call) =>
      withNumbers(call, (count) => (count <= REPEAT_MAX ? known.repeat(Math.max(0, count)) : HOLE)),
    ),
  ],
  ['charCodeAt', (_, call, receiver) => charCodeAt(call, receiver)],
  ['codePointAt', (_, call, receiver) => charCodeAt(call, receiver)],
  ['replace', (ev, call, receiver) => replacedEach(ev, call, receiver) ?? replaced(call, receiver, false)],
  ['replaceAll', (ev, call, receiver) => replacedEach(ev, call, receiver) ?? replaced(call, receiver, true)],
  [
    'concat',
    (_, call, receiver) =>
      isText(receiver) ? argumentsOf(call).reduce(concat, receiver) : concatLists(call, receiver),
  ],
  ['split', (_, call, receiver) => splitText(call, receiver)],
  ['join', joinedList],
  ['reverse', (_, __, receiver) => reversed(receiver)],
  ['toReversed', (_, __, receiver) => reversed(receiver)],
  ['map', (ev, call, receiver) => mapped(ev, call, receiver, 0)],
  ['pop', (ev, _, receiver) => elementOf(ev, receiver)],
  ['shift', (ev, _, receiver) => elementOf(ev, receiver)],
]);

function elementAt(_: Evaluator, call: Call, receiver: Value): Value | null {
  if (isText(receiver)) return mapTexts(receiver, (known) => withNumbers(call, (at) => known.at(at) ?? ''));
  const at = onlyText(call.argument(0));
  return at === null ? null : (itemsOf(receiver)?.at(Number(at)) ?? null);
}

function padded(known: string, call: Call, side: 'padEnd' | 'padStart'): string | null {
  const length = Number(onlyText(call.argument(0)) ?? Number.NaN);
  const by = call.count > 1 ? onlyText(call.argument(1)) : ' ';
  return by === null || !(length <= REPEAT_MAX) ? null : known[side](length, by);
}

/** Patterns that match single characters are tried on one character at a time; no other ones are run. */
function characterPattern(call: Call): RegExp | null {
  const list = Array.isArray(call.node.arguments) ? (call.node.arguments as Node[]) : [];
  const pattern = patternOf(list[0] ?? null);
  if (pattern === null || !/^(?:\[[^\\[\]]{1,80}\]|\.|\\[wds])$/.test(pattern)) return null;
  const flags = String((list[0]?.regex as { flags?: unknown } | undefined)?.flags);
  if (!flags.includes('g')) return null;
  try {
    return new RegExp(pattern, flags.includes('i') ? 'i' : '');
  } catch {
    // A range that runs backwards: the program itself would not start.
    return null;
  }
}

/** Longer texts are data; what becomes of each character is not followed. */
const CHARACTERS_MAX = 1024;

function matched(call: Call, receiver: Value): Value | null {
  const known = onlyText(receiver);
  const pattern = characterPattern(call);
  if (known === null || pattern === null || known.length > CHARACTERS_MAX) return null;
  const found = [...known].filter((char) => pattern.test(char));
  return withOrigins(listValue(found.map((char) => textValue(char, true))), receiver.origins);
}

/** `text.replace(/[a-z]/g, (char) => …)`: how letters are shifted. */
function replacedEach(ev: Evaluator, call: Call, receiver: Value): Value | null {
  const known = onlyText(receiver);
  const pattern = characterPattern(call);
  const fn = call.argument(1).things.find((thing) => thing.kind === 'function');
  if (known === null || pattern === null || fn?.kind !== 'function' || known.length > CHARACTERS_MAX) return null;
  let result = textValue('');
  for (const char of known) {
    const args = [textValue(char)];
    const each: Call = {
      ...call,
      argument: (at) => args[at] ?? NOTHING,
      count: 1,
      rest: null,
      receiver: null,
      method: null,
    };
    result = concat(result, pattern.test(char) ? inlineCall(ev, fn.node, fn.module, each) : textValue(char));
  }
  return withOrigins({ ...result, numeric: false }, receiver.origins);
}

function flattened(receiver: Value): Value | null {
  const items = itemsOf(receiver);
  return items === null ? null : listValue(items.flatMap((item) => itemsOf(item) ?? [item]).slice(0, LIST_MAX));
}

function reduced(ev: Evaluator, call: Call, receiver: Value): Value | null {
  const items = itemsOf(receiver);
  const fn = call.argument(0).things.find((thing) => thing.kind === 'function');
  if (items === null || fn?.kind !== 'function' || items.length > CHARACTERS_MAX) return null;
  const rest = call.count > 1 ? items : items.slice(1);
  let result = call.count > 1 ? call.argument(1) : (items[0] ?? NOTHING);
  rest.forEach((item, index) => {
    const args = [result, item, numberValue(index)];
    const each: Call = {
      ...call,
      argument: (at) => args[at] ?? NOTHING,
      count: 3,
      rest: null,
      receiver: null,
      method: null,
    };
    result = inlineCall(ev, fn.node, fn.module, each);
  });
  return result;
}

function thenValue(ev: Evaluator, call: Call, receiver: Value): Value {
  const parts: Value[] = [];
  const resolved: Call = { ...call, argument: (index) => (index === 0 ? receiver : NOTHING), count: 1, rest: null };
  for (const thing of call.argument(0).things) {
    if (thing.kind === 'function') parts.push(inlineCall(ev, thing.node, thing.module, resolved));
  }
  return parts.length === 0 ? unknownFrom(receiver.origins) : join(parts);
}

function toText(call: Call, receiver: Value): Value | null {
  const encoding = onlyText(call.argument(0));
  if (receiver.numeric && encoding !== null)
    return mapTexts(receiver, (known) => Number(known).toString(Number(encoding) || 10));
  if (!isText(receiver)) return receiver.things.length > 0 ? null : unknownFrom(receiver.origins);
  if (encoding === 'base64') return mapTexts(receiver, encodeBase64);
  return encoding === 'hex' ? unknownFrom(receiver.origins) : { ...receiver, refs: [], numeric: false };
}

function withNumbers(call: Call, use: (first: number, second: number | undefined) => string): string | null {
  const from = call.count > 0 ? onlyText(call.argument(0)) : '0';
  const to = call.count > 1 ? onlyText(call.argument(1)) : undefined;
  if (from === null || to === null) return null;
  const result = use(Number(from), to === undefined ? undefined : Number(to));
  return result === HOLE ? null : result;
}

function sliced(call: Call, receiver: Value): Value | null {
  if (isText(receiver)) return mapTexts(receiver, (known) => withNumbers(call, (from, to) => known.slice(from, to)));
  const list = itemsOf(receiver);
  const from = call.count > 0 ? onlyText(call.argument(0)) : '0';
  const to = call.count > 1 ? onlyText(call.argument(1)) : undefined;
  if (list === null || from === null || to === null) return null;
  return listValue(list.slice(Number(from), to === undefined ? undefined : Number(to)));
}

function charCodeAt(call: Call, receiver: Value): Value | null {
  const known = onlyText(receiver);
  const at = call.count > 0 ? onlyText(call.argument(0)) : '0';
  if (known === null || at === null) return null;
  return withOrigins(numberValue(known.charCodeAt(Number(at))), receiver.origins);
}

/** A pattern without any operator stands for its own text; others are not followed. */
function plainPattern(node: Node | null): { text: string; all: boolean } | null {
  const regex = node?.regex as { pattern?: unknown; flags?: unknown } | undefined;
  if (regex === undefined || typeof regex.pattern !== 'string') return null;
  const unescaped = regex.pattern.replace(/\\([^\w\s])/g, '$1');
  if (/[\^$*+?()[\]{}|\\]|(^|[^\\])\./.test(regex.pattern.replace(/\\[^\w\s]/g, ''))) return null;
  return { text: unescaped, all: String(regex.flags ?? '').includes('g') };
}

function replaced(call: Call, receiver: Value, all: boolean): Value | null {
  if (!isText(receiver)) return null;
  const list = Array.isArray(call.node.arguments) ? (call.node.arguments as Node[]) : [];
  const pattern = plainPattern(list[0] ?? null);
  const search = pattern?.text ?? onlyText(call.argument(0));
  const by = onlyText(call.argument(1));
  if (search === null || search === '' || by === null) return unknownFrom(receiver.origins);
  const everywhere = pattern?.all ?? all;
  return mapTexts(receiver, (known) => (everywhere ? known.split(search).join(by) : splitOnce(known, search).join(by)));
}

function splitOnce(known: string, search: string): string[] {
  const at = known.indexOf(search);
  return at < 0 ? [known] : [known.slice(0, at), known.slice(at + search.length)];
}

function splitText(call: Call, receiver: Value): Value | null {
  const known = onlyText(receiver);
  const list = Array.isArray(call.node.arguments) ? (call.node.arguments as Node[]) : [];
  const by = plainPattern(list[0] ?? null)?.text ?? onlyText(call.argument(0));
  if (known === null || by === null) return null;
  const parts = known.split(by);
  if (parts.length > LIST_MAX) return null;
  return withOrigins(listValue(parts.map((part) => textValue(part, true))), receiver.origins);
}

function joinedList(ev: Evaluator, call: Call, receiver: Value): Value | null {
  if (receiver.things.length === 0) return null;
  if (itemsOf(receiver) === null) return unknownFrom(deepOrigins(ev, receiver));
  return concatAll(receiver, call.count === 0 ? textValue(',') : call.argument(0));
}

function concatLists(call: Call, receiver: Value): Value | null {
  const items = itemsOf(receiver);
  if (items === null) return null;
  return listValue([...items, ...argumentsOf(call).flatMap((other) => itemsOf(other) ?? [other])]);
}

function reversed(receiver: Value): Value | null {
  const items = itemsOf(receiver);
  return items === null ? null : listValue([...items].reverse());
}
