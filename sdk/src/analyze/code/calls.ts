import { sensitivePath, sensitivePathsIn } from '../sensitive-paths.ts';
import { apiOf, resultRef } from './apis.ts';
import { builtinResult, isBuiltin } from './builtins.ts';
import { deepOrigins } from './contents.ts';
import type { Evaluator, Frame } from './evaluate.ts';
import { templateValue } from './expressions.ts';
import { inlineCall } from './functions.ts';
import { methodResult } from './methods.ts';
import type { Module } from './module.ts';
import { instanceRef } from './refs.ts';
import { child, children, type Node, plainKey, unwrap } from './syntax.ts';
import {
  HOLE,
  join,
  joinOrigins,
  knownTexts,
  NOTHING,
  type Origin,
  refValue,
  UNKNOWN,
  unknownFrom,
  type Value,
  value,
  withOrigins,
  withoutOrigins,
} from './value.ts';

/** One call, with `fn.call`, `fn.apply`, `Reflect.apply` and the like seen through. */
export interface Call {
  readonly node: Node;
  readonly module: Module;
  readonly frame: Frame | null;
  /** What is called. */
  readonly callee: Value;
  /** The object of a method call. */
  readonly receiver: Value | null;
  readonly method: string | null;
  readonly isNew: boolean;
  /** Arguments that are written down. */
  readonly count: number;
  /** The list behind a spread argument, which makes their number unknown; else null. */
  readonly rest: Value | null;
  argument(index: number): Value;
  result(): Value;
}

/** What a call calls, and with what. */
export function resolveCall(ev: Evaluator, node: Node, module: Module, frame: Frame | null): Call {
  const plain = plainCall(ev, node, module, frame);
  const { receiver, method } = plain;
  if (receiver !== null && isCallable(receiver)) {
    if (method === 'call') return shifted(plain, receiver, (index) => plain.argument(index + 1), plain.count - 1);
    if (method === 'apply') return spread(plain, receiver, plain.argument(1));
  }
  const ref = plain.callee.refs[0];
  if (ref === 'Reflect.apply') return spread(plain, plain.argument(0), plain.argument(2));
  if (ref === 'Reflect.construct') return spread(plain, plain.argument(0), plain.argument(1));
  return plain;
}

function plainCall(ev: Evaluator, node: Node, module: Module, frame: Frame | null): Call {
  const args = node.type === 'ImportExpression' ? [child(node, 'source')] : children(node, 'arguments');
  const isTemplate = node.type === 'TaggedTemplateExpression';
  const target = child(node, isTemplate ? 'tag' : 'callee');
  const inner = target === null ? null : unwrap(target);
  const object = inner?.type === 'MemberExpression' ? child(inner, 'object') : null;
  const spreadAt = args.findIndex((argument) => argument?.type === 'SpreadElement');
  const rest = spreadAt < 0 ? null : ev.evaluate(args[spreadAt] ?? null, module, frame);
  return {
    node,
    module,
    frame,
    callee: node.type === 'ImportExpression' ? refValue('import') : ev.evaluate(target, module, frame),
    receiver: object === null ? null : ev.evaluate(object, module, frame),
    method: inner?.type === 'MemberExpression' ? methodName(ev, inner, module, frame) : null,
    isNew: node.type === 'NewExpression',
    count: isTemplate ? 1 : args.length,
    rest,
    argument(index) {
      if (isTemplate) return index === 0 ? quasiValue(ev, node, module, frame) : UNKNOWN;
      if (rest === null || index < spreadAt) return ev.evaluate(args[index] ?? null, module, frame);
      return listItem(rest, index - spreadAt);
    },
    result() {
      return callResult(ev, this);
    },
  };
}

function listItem(list: Value, index: number): Value {
  const array = list.things.find((thing) => thing.kind === 'array');
  return array?.kind === 'array' ? (array.items[index] ?? NOTHING) : unknownFrom(list.origins);
}

function quasiValue(ev: Evaluator, node: Node, module: Module, frame: Frame | null): Value {
  const quasi = child(node, 'quasi');
  return quasi === null ? UNKNOWN : templateValue(ev, quasi, module, frame);
}

function methodName(ev: Evaluator, node: Node, module: Module, frame: Frame | null): string | null {
  const plain = plainKey(node);
  if (plain !== null) return plain;
  const texts = knownTexts(ev.evaluate(child(node, 'property'), module, frame));
  return texts.length === 1 ? (texts[0] ?? null) : null;
}

function isCallable(receiver: Value): boolean {
  return (
    receiver.refs.some((ref) => apiOf(ref) !== null || isBuiltin(ref)) ||
    receiver.things.some(({ kind }) => kind === 'function')
  );
}

function shifted(plain: Call, callee: Value, argument: (index: number) => Value, count: number): Call {
  return { ...plain, callee, receiver: null, method: null, argument, count: Math.max(0, count), rest: null };
}

function spread(plain: Call, callee: Value, list: Value): Call {
  const array = list.things.find((thing) => thing.kind === 'array');
  if (array?.kind === 'array')
    return shifted(plain, callee, (index) => array.items[index] ?? NOTHING, array.items.length);
  return { ...shifted(plain, callee, () => unknownFrom(list.origins), 1), rest: list };
}

/** What a call returns. */
export function callValue(ev: Evaluator, node: Node, module: Module, frame: Frame | null): Value {
  return callResult(ev, resolveCall(ev, node, module, frame));
}

/** Calls with these words in their name check what they are given. */
const CHECKS = /valid|assert|check|sanit|escape|ensure|verify|schema|allow|clean|clamp|coerce|normali[sz]e/i;
const PARSES = /^(parse|safeParse|parseAsync)$/;
const NOT_CHECKS = new Set([
  'JSON.parse',
  'path.parse',
  'path.normalize',
  'node-url.parse',
  'querystring.parse',
  'Date.parse',
  'URL.parse',
]);

function callResult(ev: Evaluator, call: Call): Value {
  const parts: Value[] = [];
  for (const ref of call.callee.refs) {
    const built = builtinResult(ev, call, ref);
    const kept = resultRef(ref);
    if (built !== null) parts.push(built);
    else if (kept !== null || apiOf(ref) !== null || call.isNew) parts.push(namedResult(ev, call, ref, kept));
  }
  for (const thing of call.callee.things) {
    if (thing.kind === 'function') parts.push(inlineCall(ev, thing.node, thing.module, call));
    if (thing.kind === 'class') parts.push(value({ things: [{ ...thing, kind: 'instance' }] }));
  }
  if (parts.length === 0 && call.receiver !== null && call.method !== null) {
    const result = methodResult(ev, call, call.receiver, call.method);
    if (result !== null) return result;
  }
  if (parts.length > 0) return join(call.callee.texts.includes(HOLE) ? [...parts, UNKNOWN] : parts);
  const result = unknownFrom(passedOn(call, joinOrigins([receiverOrigins(ev, call), argumentOrigins(ev, call)])));
  return isCheck(call) ? withoutOrigins(result, 'parameter') : result;
}

/** A list gives out what was put into it; an object that is no list has too much in it to say. */
function receiverOrigins(ev: Evaluator, call: Call): readonly Origin[] {
  const { receiver } = call;
  if (receiver === null) return [];
  const isList = receiver.things.some(({ kind }) => kind === 'array' || kind === 'fields');
  return isList ? deepOrigins(ev, receiver) : receiver.origins;
}

/** Signing, hashing or deriving from a key does not give it away; writing it in other letters does. */
const SPELLS = /^(encode|to[A-Z]\w*|stringify|from|join|concat|slice|trim|replace|format|export\w*)$/;

function passedOn(call: Call, origins: readonly Origin[]): readonly Origin[] {
  // A digest of who somebody is, or a key made of it, does not say who that is.
  if (call.method === 'digest' || call.callee.refs.some((ref) => ref.startsWith('crypto.'))) {
    return origins.filter(({ kind }) => kind !== 'secret' && kind !== 'machine');
  }
  if (!origins.some(({ kind }) => kind === 'secret') || SPELLS.test(call.method ?? '')) return origins;
  return origins.filter(({ kind }) => kind !== 'secret');
}

function namedResult(ev: Evaluator, call: Call, ref: string, kept: string | null): Value {
  const origins = apiOf(ref) === null ? argumentOrigins(ev, call) : apiOrigins(call, ref);
  if (kept !== null) return withOrigins(value({ refs: [kept], texts: keptTexts(call, kept) }), origins);
  const result = unknownFrom(origins);
  return call.isNew ? { ...result, refs: [instanceRef(ref)], texts: [] } : result;
}

function keptTexts(call: Call, kept: string): readonly string[] {
  return kept === 'fs.WriteStream#' ? call.argument(0).texts : [];
}

function isCheck(call: Call): boolean {
  const callee = child(call.node, 'callee');
  const inner = callee === null ? null : unwrap(callee);
  const name = call.method ?? (inner === null ? '' : String(inner.name ?? ''));
  if (call.callee.refs.some((ref) => NOT_CHECKS.has(ref))) return false;
  return CHECKS.test(name) || PARSES.test(name);
}

function argumentOrigins(ev: Evaluator, call: Call): readonly Origin[] {
  const lists: (readonly Origin[])[] = [];
  for (let index = 0; index < Math.min(call.count, 8); index++) lists.push(deepOrigins(ev, call.argument(index)));
  return joinOrigins(lists);
}

/** Any file of a home folder or a disk: whoever reads those looks for something. */
function isSweep(text: string): boolean {
  return text.includes(HOLE) && /^(~|\/(home|Users)|[A-Za-z]:\\|\/)[\\/]?\uffff/.test(text);
}

/** Commands whose answer describes the machine or the person. */
const MACHINE =
  /^\s*(whoami|hostname|git config|id|uname|ifconfig|ipconfig|ip a|env|printenv|systeminfo|ps|arp|netstat|cat \/etc)\b/;

function apiOrigins(call: Call, ref: string): readonly Origin[] {
  const api = apiOf(ref);
  const site = { module: call.module, offset: call.node.start };
  if (api?.kind === 'net') return [{ kind: 'network', name: ref, ...site }];
  const named = call.argument(api?.at ?? 0);
  if (api?.kind === 'fs.read') {
    const isListed = named.origins.some(({ kind }) => kind === 'file' || kind === 'sensitive-file');
    const sensitive = named.texts.find((text) => sensitivePath(text) !== null || (isListed && isSweep(text)));
    if (sensitive !== undefined) return [{ kind: 'sensitive-file', name: sensitive, ...site }];
    return [{ kind: 'file', name: named.texts[0] ?? HOLE, ...site }];
  }
  if (api?.kind === 'env') return [{ kind: 'variable', name: knownTexts(named)[0] ?? '*', ...site }];
  if (api?.kind === 'exec') {
    for (const text of named.texts) {
      const [sensitive] = sensitivePathsIn(text);
      if (sensitive !== undefined) return [{ kind: 'sensitive-file', name: sensitive.path, ...site }];
      if (MACHINE.test(text)) return [{ kind: 'machine', name: text.slice(0, 40), ...site }];
    }
  }
  return [];
}
