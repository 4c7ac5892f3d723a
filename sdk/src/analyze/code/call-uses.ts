import type { SourceText } from '../source/source-text.ts';
import { type Api, apiOf, isPowerful, kindOfModule } from './apis.ts';
import { isBuiltin } from './builtins.ts';
import { type Call, resolveCall } from './calls.ts';
import { deepOrigins } from './contents.ts';
import { type Collector, fold, NO_TARGET, push, REMOTE, wholeEnvironment } from './found-uses.ts';
import type { Module } from './module.ts';
import type { Node } from './syntax.ts';
import { targetsOf } from './targets.ts';
import { HOLE, joinOrigins, type Origin } from './value.ts';

export function visitCall(found: Collector, module: Module, source: SourceText, node: Node): void {
  const { ev } = found;
  const call = resolveCall(ev, node, module, null);
  for (const ref of call.callee.refs) {
    const api = apiOf(ref) ?? anyMemberApi(ref);
    if (api !== null) add(found, source, call, api, ref);
  }
  if (found.withEnvironment.has(source)) visitArguments(found, source, call);
  if (CALLS_ARGUMENT.has(call.method ?? '')) {
    for (let index = 0; index < Math.min(call.count, ARGUMENTS_MAX); index++) {
      const { refs } = call.argument(index);
      if (refs.length === 1 && refs.some(isEvaluator)) handedOn(found, source, call, refs[0] ?? '');
    }
  }
  visitPipe(found, source, call);
  visitQuery(found, source, call);
  if (call.callee.refs.some(isBuiltin) || call.method === 'join') fold(found, source, node, ev.evaluate(node, module));
}

/** Nobody hands over more things that matter. */
const ARGUMENTS_MAX = 8;

/** `send(process.env)`: to whom does not matter. */
function visitArguments(found: Collector, source: SourceText, call: Call): void {
  for (let index = 0; index < Math.min(call.count, ARGUMENTS_MAX); index++) {
    if (call.argument(index).refs.includes('process.env')) wholeEnvironment(found, source, call.node);
  }
}

/** `cp[name]()` and `globalThis[name]()`: some member, nobody knows which. */
function anyMemberApi(ref: string): Api | null {
  if (ref === 'globalThis.*') return { kind: 'eval', form: 'unknown-member', at: 0 };
  if (!ref.endsWith('.*')) return null;
  const kind = kindOfModule(ref.slice(0, -2));
  return kind === null ? null : { kind, form: kind === 'exec' ? 'command' : 'path', at: 0 };
}

export function add(found: Collector, source: SourceText, call: Call, api: Api, ref: string): void {
  const { ev } = found;
  for (const target of targetsOf(ev, call, api, ref)) {
    const isRemote = target.values.some((name) => REMOTE.test(name));
    if (target.kind === 'load' && target.isConstant && !isRemote && !call.argument(0).assembled) continue;
    const isHidden =
      (call.callee.assembled && (isPowerful(ref) || ref.endsWith('.*'))) ||
      (target.kind === 'load' &&
        call.argument(0).assembled &&
        target.values.some((name) => POWERFUL_MODULES.has(name.replace(/^node:/, ''))));
    const lists: (readonly Origin[])[] = [];
    for (let index = 0; index < Math.min(call.count, ARGUMENTS_MAX); index++)
      lists.push(deepOrigins(ev, call.argument(index)));
    if (ref === 'fs.WriteStream#pipe' && call.receiver !== null) lists.push(call.receiver.origins);
    push(found, source, call.node, ref, { ...target, isHidden }, joinOrigins(lists));
  }
}

const POWERFUL_MODULES = new Set([
  'child_process',
  'fs',
  'fs/promises',
  'net',
  'http',
  'https',
  'dgram',
  'tls',
  'vm',
  'http2',
  'worker_threads',
]);

/** Methods that call what they are given. */
const CALLS_ARGUMENT = new Set([
  'then',
  'map',
  'forEach',
  'filter',
  'some',
  'every',
  'find',
  'flatMap',
  'reduce',
  'replace',
  'on',
  'once',
]);

function isEvaluator(ref: string): boolean {
  return apiOf(ref)?.kind === 'eval' && apiOf(ref)?.form !== 'code-or-function';
}

/** `texts.map(eval)`, `promise.then(eval)`, `run(Function, text)`: something else will call it. */
function handedOn(found: Collector, source: SourceText, call: Call, ref: string): void {
  const lists = [call.receiver?.origins ?? []];
  for (let index = 0; index < Math.min(call.count, ARGUMENTS_MAX); index++)
    lists.push(deepOrigins(found.ev, call.argument(index)));
  const origins = joinOrigins(lists);
  const isHidden = call.callee.assembled;
  push(
    found,
    source,
    call.node,
    ref,
    { ...NO_TARGET, kind: 'eval', values: [], complete: false, origins, isHidden },
    origins,
  );
}

/** `response.pipe(fs.createWriteStream(path))` writes what came to that path. */
function visitPipe(found: Collector, source: SourceText, call: Call): void {
  if (call.method !== 'pipe' || !call.argument(0).refs.includes('fs.WriteStream#')) return;
  add(found, source, call, { kind: 'fs.write', form: 'path', at: 0 }, 'fs.WriteStream#pipe');
}

const QUERY_METHODS = new Set([
  'query',
  'execute',
  'raw',
  'exec',
  'prepare',
  'run',
  'all',
  'get',
  '$queryRawUnsafe',
  '$executeRawUnsafe',
  'unsafe',
]);

const QUERY = /\b(select\b.+\bfrom|insert\s+into|update\b.+\bset|delete\s+from|drop\s+table|alter\s+table)\b/is;

/** SQL that is put together from parts. Parts that are bound (`?`, `$1`) are no parts of the text. */
function visitQuery(found: Collector, source: SourceText, call: Call): void {
  if (call.method === null || call.count === 0 || !QUERY_METHODS.has(call.method)) return;
  const text = call.argument(0);
  if (!text.texts.some((known) => known.includes(HOLE) && QUERY.test(known.slice(0, 4096)))) return;
  const { origins } = text;
  push(found, source, call.node, call.method, { ...NO_TARGET, kind: 'sql', values: [], complete: false, origins }, []);
}
