import type { Call } from './calls.ts';
import { deepOrigins } from './contents.ts';
import { decodeBase64, decodeBytes, decodeCharCodes, decodeHex, decodePercent, encodeBase64 } from './decode.ts';
import type { Evaluator } from './evaluate.ts';
import { promisedValue } from './functions.ts';
import { argumentsOf, concatAll, itemsOf, LIST_MAX, listOf, listValue, mapped, numbersIn, numbersOf } from './lists.ts';
import { memberByValue, memberOf } from './members.ts';
import { basename, dirname, joinPaths, normalisePath, resolvePaths } from './paths.ts';
import { globalRef } from './refs.ts';
import { children, plainKey } from './syntax.ts';
import { urlValue } from './url-objects.ts';
import {
  HOLE,
  isKnown,
  join,
  joinOrigins,
  knownTexts,
  mapTexts,
  numberValue,
  type Origin,
  onlyText,
  refValue,
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

/** `Function('return this')()` is how code asks for the global object, or for something else by its name. */
const RETURNED = ['this', 'globalThis', 'global', 'window', 'self', 'process', 'require', 'eval', 'fetch'];

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
  ['Array.of', (_, call) => value({ things: [{ kind: 'array', items: argumentsOf(call) }] })],
  ['Object.keys', (_, call) => keysOf(call.argument(0))],
  ['Object.values', (ev, call) => listValue([anyOf(ev, call)])],
  ['Object.entries', (ev, call) => listValue([listValue([UNKNOWN, anyOf(ev, call)])])],
  ['JSON.parse', (_, call) => parsedJson(call.argument(0))],
  ['Map', (_, call) => value({ refs: ['Map#'], things: call.argument(0).things })],
  ['Map#get', (ev, call) => entryOf(ev, call)],
  ['Function', (_, call) => returning(call)],
  ...RETURNED.map((name): [string, Builtin] => [
    `returns ${name}`,
    () => refValue(name === 'this' ? 'globalThis' : globalRef(name)),
  ]),
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
  ['crypto.Decipher#update', (_, call) => unknownFrom([...call.argument(0).origins, decodedFrom(call)])],
  ['crypto.Decipher#final', (_, call) => unknownFrom([decodedFrom(call)])],
  ['os.hostname', (_, call, ref) => machine(call, ref)],
  ['os.userInfo', (_, call, ref) => machine(call, ref)],
  ['os.networkInterfaces', (_, call, ref) => machine(call, ref)],
]);

function returning(call: Call): Value | null {
  const body = call.count === 1 ? onlyText(call.argument(0)) : null;
  const name = /^\s*return\s+(\w+)\s*;?\s*$/.exec(body ?? '')?.[1];
  return name === undefined || !RETURNED.includes(name) ? null : refValue(`returns ${name}`);
}

function keysOf(object: Value): Value | null {
  const [thing] = object.things;
  if (object.things.length !== 1 || thing?.kind !== 'object') return null;
  const keys = children(thing.node, 'properties').map(plainKey);
  return keys.every((key) => key !== null) ? listValue(keys.map((key) => textValue(key, true))) : null;
}

/** Any one member of an object. */
function anyOf(ev: Evaluator, call: Call): Value {
  return memberByValue(ev, call.argument(0), UNKNOWN, { module: call.module, offset: call.node.start });
}

/** Maps are small where names are hidden in them. */
function entryOf(ev: Evaluator, call: Call): Value | null {
  const key = onlyText(call.argument(0));
  const pairs = (call.receiver?.things ?? []).flatMap((thing) => (thing.kind === 'array' ? thing.items : []));
  const site = { module: call.module, offset: call.node.start };
  const values = pairs
    .filter((pair) => key === null || knownTexts(memberOf(ev, pair, '0', site)).includes(key))
    .map((pair) => memberOf(ev, pair, '1', site));
  return values.length === 0 ? null : join([...values, UNKNOWN]);
}

/** JSON nests deeper only where it is data. */
const JSON_DEPTH_MAX = 6;

const JSON_LENGTH_MAX = 64 * 1024;

function parsedJson(base: Value): Value | null {
  const text = onlyText(base);
  if (text === null || text.length > JSON_LENGTH_MAX) return null;
  try {
    return withOrigins(jsonValue(JSON.parse(text), 0), base.origins);
  } catch {
    // The call itself would throw.
    return null;
  }
}

function jsonValue(parsed: unknown, depth: number): Value {
  if (typeof parsed === 'string') return textValue(parsed, true);
  if (typeof parsed === 'number') return numberValue(parsed);
  if (typeof parsed !== 'object' || parsed === null || depth > JSON_DEPTH_MAX) return UNKNOWN;
  if (Array.isArray(parsed)) return listValue(parsed.slice(0, LIST_MAX).map((item) => jsonValue(item, depth + 1)));
  const entries = Object.entries(parsed).map(([key, item]) => [key, jsonValue(item, depth + 1)] as const);
  return value({ things: [{ kind: 'record', entries: new Map(entries) }] });
}

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
  const parts = argumentsOf(call);
  let rows: string[][] = [[]];
  for (const part of parts) {
    const texts = part.texts.length === 0 ? [HOLE] : part.texts;
    rows = rows.flatMap((row) => texts.map((text) => [...row, text])).slice(0, 16);
  }
  if (call.rest !== null) rows = rows.map((row) => [...row, HOLE]);
  const texts = [...new Set(rows.map(combine))];
  return value({ texts, origins: joinOrigins(parts.map((part) => part.origins)), assembled: true });
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

function charCodes(call: Call): Value {
  const leading = call.rest === null ? argumentsOf(call) : argumentsOf(call).slice(0, -1);
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
