import type { Call } from './calls.ts';
import { decodeBase64, decodeBytes, decodeCharCodes, decodeHex, decodePercent } from './decode.ts';
import type { Evaluator } from './evaluate.ts';
import { inlineCall, promisedValue } from './functions.ts';
import { deepOrigins, elementOf, memberByValue } from './members.ts';
import { basename, dirname, joinPaths, normalisePath, resolvePaths } from './paths.ts';
import type { Node } from './syntax.ts';
import {
  concat,
  HOLE,
  isKnown,
  join,
  joinOrigins,
  knownTexts,
  mapTexts,
  NOTHING,
  numberValue,
  type Origin,
  onlyText,
  textValue,
  UNKNOWN,
  unknownFrom,
  type Value,
  value,
  withOrigins,
  withoutOrigins,
} from './value.ts';

/** True when `builtinResult` may know something. */
export function isBuiltin(ref: string): boolean {
  return BUILTINS.has(ref);
}

type Builtin = (ev: Evaluator, call: Call, ref: string) => Value | null;

/** Longer texts are not decoded: their beginning would say nothing about the rest. */
const DECODE_LENGTH_MAX = 256 * 1024;
const REPEAT_MAX = 1024;
const LIST_MAX = 2048;

/** What a call of a well-known function returns; null when nothing particular is known. */
export function builtinResult(ev: Evaluator, call: Call, ref: string): Value | null {
  return (BUILTINS.get(ref) ?? null)?.(ev, call, ref) ?? null;
}

const first: Builtin = (_, call) => call.argument(0);
const checked: Builtin = (_, call) => withoutOrigins(unknownFrom(call.argument(0).origins), 'parameter');
const path =
  (combine: (parts: readonly string[]) => string): Builtin =>
  (_, call) =>
    combineTexts(call, combine);

const BUILTINS = new Map<string, Builtin>([
  ['require', (ev, call) => loaded(ev, call)],
  ['import', (ev, call) => loaded(ev, call)],
  ['util.promisify', first],
  ['Object.freeze', first],
  ['Object.getPrototypeOf', first],
  ['Reflect.getPrototypeOf', first],
  ['Object.assign', (_, call) => join([call.argument(0), call.argument(1), call.argument(2)])],
  ['Promise.resolve', first],
  ['Promise.all', first],
  ['Array.from', (ev, call) => (call.count > 1 ? mapped(ev, call, call.argument(0), 1) : listOf(call.argument(0)))],
  ['Array.of', (_, call) => value({ things: [{ kind: 'array', items: range(call) }] })],
  ['structuredClone', first],
  ['Proxy', first],
  // What a module computes is not its bytes any more.
  ['WebAssembly.compile', () => UNKNOWN],
  ['WebAssembly.instantiate', () => UNKNOWN],
  ['WebAssembly.Module', () => UNKNOWN],
  ['WebAssembly.Instance', () => UNKNOWN],
  ['Promise', (ev, call) => promised(ev, call)],
  ['Reflect.get', (ev, call) => reflectGet(ev, call)],
  ['Uint8Array', first],
  ['Uint8Array.from', first],
  ['Buffer', (_, call) => bufferValue(call)],
  ['Buffer.from', (_, call) => bufferValue(call)],
  ['Buffer.concat', (_, call) => concatAll(call.argument(0), textValue(''))],
  ['TextDecoder#decode', (_, call) => bytesToText(call, call.argument(0))],
  ['TextEncoder#encode', first],
  ['atob', (_, call) => decoded(call, call.argument(0), decodeBase64)],
  ['btoa', (_, call) => mapTexts(call.argument(0), encodeBase64)],
  ['unescape', (_, call) => decoded(call, call.argument(0), decodePercent)],
  ['decodeURIComponent', (_, call) => mapTexts(call.argument(0), decodePercent)],
  ['decodeURI', (_, call) => mapTexts(call.argument(0), decodePercent)],
  ['encodeURIComponent', (_, call) => encoded(call.argument(0))],
  ['String', (_, call) => mapTexts({ ...call.argument(0), assembled: false }, (text) => text)],
  ['String.fromCharCode', (_, call) => charCodes(call)],
  ['String.fromCodePoint', (_, call) => charCodes(call)],
  ['String.raw', first],
  ['Number', checked],
  ['parseInt', (_, call) => parsedInteger(call)],
  ['Number.parseInt', (_, call) => parsedInteger(call)],
  ['parseFloat', checked],
  ['Number.parseFloat', checked],
  ['Boolean', checked],
  ['JSON.stringify', (ev, call) => unknownFrom(deepOrigins(ev, call.argument(0)))],
  ['URL', (_, call) => urlValue(call)],
  ['Request', (_, call) => withOrigins({ ...call.argument(0), refs: ['Request#'] }, [])],
  ['node-url.fileURLToPath', (_, call) => mapTexts(call.argument(0), (text) => text.replace(/^file:\/\//, ''))],
  ['node-url.pathToFileURL', (_, call) => mapTexts(call.argument(0), (text) => `file://${text}`)],
  ['path.join', path(joinPaths)],
  ['path.resolve', path(resolvePaths)],
  ['path.normalize', path(([only = '']) => normalisePath(only))],
  ['path.dirname', path(([only = '']) => dirname(only))],
  [
    'path.basename',
    (_, call) =>
      withoutOrigins(
        combineTexts(call, ([only = '']) => basename(only)),
        'parameter',
      ),
  ],
  ['path.extname', () => UNKNOWN],
  ['os.homedir', () => textValue('~')],
  ['os.tmpdir', () => textValue('/tmp')],
  ['process.cwd', () => textValue('.')],
  ['os.hostname', (_, call, ref) => machine(call, ref)],
  ['os.userInfo', (_, call, ref) => machine(call, ref)],
  ['os.networkInterfaces', (_, call, ref) => machine(call, ref)],
]);

function loaded(ev: Evaluator, call: Call): Value {
  const name = call.argument(0);
  const parts = knownTexts(name).map((text) => ev.importValue(text, '*', call.module));
  const found = join(isKnown(name) ? parts : [...parts, UNKNOWN]);
  return name.assembled ? { ...found, assembled: true } : found;
}

function machine(call: Call, name: string): Value {
  return unknownFrom([{ kind: 'machine', name, module: call.module, offset: call.node.start }]);
}

function promised(ev: Evaluator, call: Call): Value {
  const parts: Value[] = [];
  for (const thing of call.argument(0).things) {
    if (thing.kind === 'function') parts.push(promisedValue(ev, thing.node, thing.module));
  }
  return join(parts.length === 0 ? [UNKNOWN] : parts);
}

function reflectGet(ev: Evaluator, call: Call): Value {
  return memberByValue(ev, call.argument(0), call.argument(1), { module: call.module, offset: call.node.start });
}

function combineTexts(call: Call, combine: (parts: readonly string[]) => string): Value {
  const parts = range(call);
  let rows: string[][] = [[]];
  for (const part of parts) {
    const texts = part.texts.length === 0 ? [HOLE] : part.texts;
    rows = rows.flatMap((row) => texts.map((text) => [...row, text])).slice(0, 16);
  }
  if (call.rest !== null) rows = rows.map((row) => [...row, HOLE]);
  const texts = [...new Set(rows.map(combine))];
  return value({ texts, origins: joinOrigins(parts.map((part) => part.origins)), assembled: true });
}

function range(call: Call): Value[] {
  return Array.from({ length: call.count }, (_, index) => call.argument(index));
}

function decodedFrom(call: Call): Origin {
  return { kind: 'decoded', name: '', module: call.module, offset: call.node.start };
}

/** Decodes what is known; what is not known becomes "something decoded", which is worse than unknown. */
function decoded(call: Call, base: Value, decode: (text: string) => string | null): Value {
  const result = mapTexts(base, (text) => (text.length > DECODE_LENGTH_MAX ? null : decode(text)));
  return withOrigins(result, [decodedFrom(call)]);
}

function bufferValue(call: Call): Value {
  const base = call.argument(0);
  const encoding = onlyText(call.argument(1))?.toLowerCase();
  if (encoding === 'base64' || encoding === 'base64url') return decoded(call, base, decodeBase64);
  if (encoding === 'hex') return decoded(call, base, decodeHex);
  return base.things.length > 0 ? bytesToText(call, base) : base;
}

function bytesToText(call: Call, base: Value): Value {
  const numbers = numbersOf(base);
  if (numbers === null) return base.things.length > 0 ? unknownFrom(base.origins) : base;
  const text = decodeBytes(numbers);
  return text === null ? UNKNOWN : withOrigins(textValue(text, true), [decodedFrom(call)]);
}

function numbersOf(base: Value): number[] | null {
  const items = itemsOf(base);
  return items === null ? null : numbersIn(items);
}

function numbersIn(items: readonly Value[]): number[] | null {
  const numbers: number[] = [];
  for (const item of items) {
    const known = onlyText(item);
    if (known === null || !item.numeric) return null;
    numbers.push(Number(known));
  }
  return numbers;
}

function charCodes(call: Call): Value {
  const leading = call.rest === null ? range(call) : range(call).slice(0, -1);
  const rest = call.rest === null ? [] : itemsOf(call.rest);
  const numbers = rest === null ? null : numbersIn([...leading, ...rest]);
  const origins = joinOrigins([...leading.map((part) => part.origins), call.rest?.origins ?? [], [decodedFrom(call)]]);
  return numbers === null ? unknownFrom(origins) : withOrigins(textValue(decodeCharCodes(numbers), true), origins);
}

function parsedInteger(call: Call): Value {
  const radix = onlyText(call.argument(1));
  const text = onlyText(call.argument(0));
  if (text === null) return withoutOrigins(unknownFrom(call.argument(0).origins), 'parameter');
  const number = Number.parseInt(text, radix === null ? 10 : Number(radix));
  return numberValue(number);
}

function encodeBase64(text: string): string | null {
  try {
    return btoa(text);
  } catch {
    return null;
  }
}

function encoded(base: Value): Value {
  return mapTexts(base, (text) => {
    try {
      return encodeURIComponent(text);
    } catch {
      // A lone surrogate: the call itself would throw.
      return null;
    }
  });
}

/** A URL object: its text is the address, with holes. */
function urlValue(call: Call): Value {
  const address = call.argument(0);
  const base = call.count > 1 ? call.argument(1) : NOTHING;
  const texts = address.texts.flatMap((text) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return [text];
    if (base.texts.length === 0) return [text];
    return base.texts.map((root) => (text.startsWith(HOLE) ? HOLE : resolveUrl(text, root)));
  });
  return value({
    texts: texts.length === 0 ? [HOLE] : texts,
    refs: ['URL#'],
    origins: joinOrigins([address.origins, base.origins]),
    assembled: true,
  });
}

function resolveUrl(text: string, root: string): string {
  const match = /^([a-z][a-z0-9+.-]*:)(\/\/[^/?#]*)?([^?#]*)/i.exec(root);
  if (match === null) return HOLE;
  const [, protocol = '', authority = '', folder = ''] = match;
  if (text.startsWith('//')) return protocol + text;
  if (text.startsWith('/')) return protocol + authority + text;
  return protocol + authority + normalisePath(`${folder.slice(0, folder.lastIndexOf('/'))}/${text}`);
}

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
  ['at', text((known, call) => withNumbers(call, (at) => known.at(at) ?? ''))],
  [
    'repeat',
    text((known, call) =>
      withNumbers(call, (count) => (count <= REPEAT_MAX ? known.repeat(Math.max(0, count)) : HOLE)),
    ),
  ],
  ['charCodeAt', (_, call, receiver) => charCodeAt(call, receiver)],
  ['codePointAt', (_, call, receiver) => charCodeAt(call, receiver)],
  ['replace', (_, call, receiver) => replaced(call, receiver, false)],
  ['replaceAll', (_, call, receiver) => replaced(call, receiver, true)],
  [
    'concat',
    (_, call, receiver) => (isText(receiver) ? range(call).reduce(concat, receiver) : concatLists(call, receiver)),
  ],
  ['split', (_, call, receiver) => splitText(call, receiver)],
  ['join', (_, call, receiver) => joinedList(call, receiver)],
  ['reverse', (_, __, receiver) => reversed(receiver)],
  ['toReversed', (_, __, receiver) => reversed(receiver)],
  ['map', (ev, call, receiver) => mapped(ev, call, receiver, 0)],
  ['pop', (_, __, receiver) => elementOf(receiver)],
  ['shift', (_, __, receiver) => elementOf(receiver)],
]);

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

function itemsOf(receiver: Value): readonly Value[] | null {
  const list = receiver.things.length === 1 && receiver.texts.length === 0 ? receiver.things[0] : undefined;
  return list?.kind === 'array' ? list.items : null;
}

function listValue(items: readonly Value[]): Value {
  return value({ things: [{ kind: 'array', items }], origins: joinOrigins(items.map((item) => item.origins)) });
}

function listOf(base: Value): Value {
  const known = base.things.length === 0 ? onlyText(base) : null;
  return known === null ? base : listValue([...known].slice(0, LIST_MAX).map((char) => textValue(char, true)));
}

function concatAll(list: Value, between: Value): Value {
  const items = itemsOf(list);
  if (items === null) return unknownFrom(list.origins);
  let result: Value | null = null;
  for (const item of items) {
    const part = { ...item, numeric: false };
    result = result === null ? part : concat(concat(result, between), part);
  }
  return { ...(result ?? textValue('')), assembled: true };
}

function joinedList(call: Call, receiver: Value): Value | null {
  if (receiver.things.length === 0) return null;
  return concatAll(receiver, call.count === 0 ? textValue(',') : call.argument(0));
}

function concatLists(call: Call, receiver: Value): Value | null {
  const items = itemsOf(receiver);
  if (items === null) return null;
  return listValue([...items, ...range(call).flatMap((other) => itemsOf(other) ?? [other])]);
}

function reversed(receiver: Value): Value | null {
  const items = itemsOf(receiver);
  return items === null ? null : listValue([...items].reverse());
}

/** `list.map(fn)`, with `fn` worked out for each element. */
function mapped(ev: Evaluator, call: Call, receiver: Value, at: number): Value | null {
  const list = onlyText(receiver) !== null ? listOf(receiver) : receiver;
  const items = itemsOf(list);
  const callback = call.argument(at);
  if (items === null || items.length > LIST_MAX) return null;
  const fn = callback.things.find((thing) => thing.kind === 'function');
  return listValue(
    items.map((item, index) => {
      const args = [item, numberValue(index)];
      const argument = (which: number): Value => args[which] ?? NOTHING;
      const each: Call = { ...call, argument, count: 2, rest: null, receiver: null, method: null };
      if (fn?.kind === 'function') return inlineCall(ev, fn.node, fn.module, each);
      const built = callback.refs.map((ref) => builtinResult(ev, each, ref)).filter((part) => part !== null);
      return built.length === 0 ? unknownFrom(item.origins) : join(built);
    }),
  );
}
