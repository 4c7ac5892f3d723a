import type { Place, SourceText } from '../source/source-text.ts';
import { type Api, apiOf, isPowerful, kindOfModule, type UseKind } from './apis.ts';
import { isBuiltin } from './builtins.ts';
import { type Call, resolveCall } from './calls.ts';
import { deepOrigins } from './contents.ts';
import { Evaluator, type Unit } from './evaluate.ts';
import { findGuards, type Guards } from './guards.ts';
import type { Module } from './module.ts';
import { memberRef } from './refs.ts';
import { child, children, literalText, type Node, plainKey, visitAll } from './syntax.ts';
import { type Target, targetsOf } from './targets.ts';
import { HOLE, joinOrigins, knownTexts, type Origin, type OriginKind, onlyText, type Value } from './value.ts';

/** One source that reaches a use: what it is, and where it enters. */
export interface Trace {
  readonly kind: OriginKind;
  readonly name: string;
  readonly place: Place;
}

/** One place where code reaches for something outside itself. Holds no syntax tree. */
export interface Use {
  readonly kind: UseKind;
  /** The well-known name: `child_process.exec`. */
  readonly api: string;
  /** `host:port`, paths, names, commands or program texts. */
  readonly values: readonly string[];
  /** File: the ends of paths that are known even where their beginning is not. */
  readonly ends?: readonly string[];
  /** False when there may be other values. */
  readonly complete: boolean;
  readonly isShell: boolean;
  readonly isConstant: boolean;
  /** The name of the API was put together from parts, so that nobody finds it by searching. */
  readonly isHidden: boolean;
  /** What decides the value. */
  readonly sources: readonly Trace[];
  /** Everything that is handed over. */
  readonly payload: readonly Trace[];
  /** Tool parameters that decide the value and that nothing checks. */
  readonly unchecked: readonly string[];
  readonly place: Place;
}

/** A text that code puts together, so that it stands nowhere in the source. */
export interface FoldedText {
  readonly text: string;
  readonly place: Place;
}

export interface UnitUses {
  readonly uses: readonly Use[];
  readonly folded: readonly FoldedText[];
  /** False when the step budget ran out: there may be more. */
  readonly complete: boolean;
  /** Steps that it took. */
  readonly steps: number;
}

/** A folded text shorter than this is no secret and no program. */
const FOLDED_LENGTH_MIN = 16;
const FOLDED_MAX = 500;
/** No file needs more; generated code with more has said enough. */
const USES_MAX = 4000;

/** Finds every use in the files of a unit. `stepsMax` bounds the work, the same on every runtime. */
export function findUses(unit: Unit, sources: ReadonlyMap<string, SourceText>, stepsMax: number): UnitUses {
  const ev = new Evaluator(unit, stepsMax);
  const guards = findGuards(ev);
  const withEnvironment = new Set([...sources.values()].filter(({ text }) => text.includes('env')));
  const found: Collector = { ev, guards, sources, uses: [], folded: [], withEnvironment };
  for (const module of unit.modules) {
    const source = sources.get(module.path);
    if (source === undefined) continue;
    visitAll(module.tree, {
      types: ACTING,
      enter: (node, parent, key) => visit(found, module, source, node, parent, key),
    });
  }
  const complete = !ev.exhausted && found.uses.length < USES_MAX;
  return { uses: found.uses, folded: found.folded, complete, steps: stepsMax - ev.left };
}

const ACTING = new Set([
  'CallExpression',
  'NewExpression',
  'TaggedTemplateExpression',
  'ImportExpression',
  'MemberExpression',
  'VariableDeclarator',
  'AssignmentExpression',
  'BinaryExpression',
  'ImportDeclaration',
  'ExportAllDeclaration',
]);

interface Collector {
  readonly ev: Evaluator;
  readonly guards: Guards;
  readonly sources: ReadonlyMap<string, SourceText>;
  readonly uses: Use[];
  readonly folded: FoldedText[];
  /** The sources that spell out `env`: only they can hand it over by a name of their own. */
  readonly withEnvironment: ReadonlySet<SourceText>;
}

function visit(
  found: Collector,
  module: Module,
  source: SourceText,
  node: Node,
  parent: Node | null,
  key: string,
): void {
  if (found.uses.length >= USES_MAX) return;
  switch (node.type) {
    case 'CallExpression':
    case 'NewExpression':
    case 'TaggedTemplateExpression':
    case 'ImportExpression':
      visitCall(found, module, source, node);
      return;
    case 'MemberExpression':
      visitMember(found, module, source, node, parent, key);
      return;
    case 'VariableDeclarator':
      visitPattern(found, module, source, node);
      return;
    case 'AssignmentExpression':
      visitAssignment(found, module, source, node);
      return;
    case 'BinaryExpression':
      if (node.operator === '+' && parent?.type !== 'BinaryExpression')
        fold(found, source, node, found.ev.evaluate(node, module));
      return;
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
      visitImport(found, source, node);
  }
}

function visitCall(found: Collector, module: Module, source: SourceText, node: Node): void {
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

function add(found: Collector, source: SourceText, call: Call, api: Api, ref: string): void {
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

/** Modules that are programs from somewhere else. */
const REMOTE = /^(https?|data|blob):/i;
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

function push(
  found: Collector,
  source: SourceText,
  node: Node,
  api: string,
  target: Target & { isHidden: boolean },
  payload: readonly Origin[],
): void {
  found.uses.push({
    kind: target.kind,
    api,
    values: [...target.values].sort(),
    ...(target.ends === undefined ? {} : { ends: target.ends }),
    complete: target.complete,
    isShell: target.isShell,
    isConstant: target.isConstant,
    isHidden: target.isHidden,
    sources: traces(found, target.origins),
    payload: traces(found, payload),
    // An argument of a program may be an option that it should never get.
    unchecked: uncheckedOf(found, target.kind === 'exec' ? joinOrigins([target.origins, payload]) : target.origins),
    place: source.place(node.start),
  });
}

function traces(found: Collector, origins: readonly Origin[]): Trace[] {
  return origins.flatMap(({ kind, name, module, offset }) => {
    const source = found.sources.get(module.path);
    return source === undefined ? [] : [{ kind, name: name.replaceAll(HOLE, '…'), place: source.place(offset) }];
  });
}

function uncheckedOf(found: Collector, origins: readonly Origin[]): string[] {
  const names = new Set<string>();
  for (const origin of origins) {
    if (origin.kind !== 'parameter' || origin.handler === undefined) continue;
    const checked = found.guards.get(origin.handler);
    if (checked?.has(origin.name) !== true && checked?.has('') !== true) names.add(origin.name);
  }
  return [...names].sort();
}

const NO_TARGET = { complete: true, origins: [], isShell: false, isConstant: false, isHidden: false } as const;

function wholeEnvironment(found: Collector, source: SourceText, node: Node): void {
  push(found, source, node, 'process.env', { ...NO_TARGET, kind: 'env', values: ['*'], complete: false }, []);
}

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

function visitMember(
  found: Collector,
  module: Module,
  source: SourceText,
  node: Node,
  parent: Node | null,
  key: string,
): void {
  const { ev } = found;
  const object = ev.evaluate(child(node, 'object'), module);
  if (object.refs.includes('process.env') && !(parent?.type === 'CallExpression' && key === 'callee')) {
    const plain = plainKey(node);
    const names = plain !== null ? [plain] : knownTexts(ev.evaluate(child(node, 'property'), module));
    push(
      found,
      source,
      node,
      'process.env',
      { ...NO_TARGET, kind: 'env', values: names, complete: names.length > 0 },
      [],
    );
  }
  if (parent?.type === 'SpreadElement' && ev.evaluate(node, module).refs.includes('process.env')) {
    wholeEnvironment(found, source, node);
  }
}

/** `const { TOKEN, ...rest } = process.env`. */
function visitPattern(found: Collector, module: Module, source: SourceText, node: Node): void {
  const pattern = child(node, 'id');
  if (pattern?.type !== 'ObjectPattern') return;
  if (!found.ev.evaluate(child(node, 'init'), module).refs.includes('process.env')) return;
  for (const property of children(pattern, 'properties')) {
    const name = property.type === 'RestElement' ? null : plainKey(property);
    if (name === null) wholeEnvironment(found, source, property);
    else push(found, source, property, 'process.env', { ...NO_TARGET, kind: 'env', values: [name] }, []);
  }
}

/** What a wallet or a request goes through: whoever replaces it sees and changes all of them. */
const PATCHED =
  /(^|\.)(ethereum|solana|phantom|tronWeb)\.(request|send|sendAsync|signTransaction|signAllTransactions|signAndSendTransaction)$|^fetch$|^XMLHttpRequest\.prototype\.(open|send)$/;

const PATCHED_KEYS = new Set(
  'fetch open request send sendAsync signTransaction signAllTransactions signAndSendTransaction'.split(' '),
);

/** `window.fetch = …`. */
function visitAssignment(found: Collector, module: Module, source: SourceText, node: Node): void {
  const left = child(node, 'left');
  const key = left?.type === 'MemberExpression' ? plainKey(left) : null;
  if (left === null || key === null || !PATCHED_KEYS.has(key)) return;
  for (const ref of found.ev.evaluate(child(left, 'object'), module).refs) {
    const name = memberRef(ref, key);
    if (PATCHED.test(name)) push(found, source, node, name, { ...NO_TARGET, kind: 'patch', values: [] }, []);
  }
}

/** `import 'https://…'` fetches a program and runs it. */
function visitImport(found: Collector, source: SourceText, node: Node): void {
  const from = literalText(child(node, 'source'));
  if (from === null || !REMOTE.test(from)) return;
  push(found, source, node, 'import', { ...NO_TARGET, kind: 'load', values: [from], isConstant: true }, []);
}

function fold(found: Collector, source: SourceText, node: Node, folded: Value): void {
  const text = folded.assembled ? onlyText(folded) : null;
  if (text === null || text.length < FOLDED_LENGTH_MIN || found.folded.length >= FOLDED_MAX) return;
  if (!source.text.includes(text)) found.folded.push({ text, place: source.place(node.start) });
}
