import { apiOf } from './apis.ts';
import { type Call, resolveCall } from './calls.ts';
import { deepOrigins } from './contents.ts';
import type { Evaluator, Frame, Unit } from './evaluate.ts';
import { elementOf } from './members.ts';
import { type FunctionFacts, type Module, push } from './module.ts';
import type { Binding, Definition } from './scope.ts';
import { child, children, isClass, literalText, type Node, nameOf, unwrap } from './syntax.ts';
import {
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
} from './value.ts';

/** More callers than this make an argument "anything". */
const CALLERS_MAX = 12;
/** Calls within calls that are evaluated for their own arguments. */
const INLINE_DEPTH_MAX = 3;
/** Steps that one such call may take with everything that it calls. */
const INLINE_STEPS_MAX = 1500;

/** What a parameter may be, from every call of its function that can be seen; unknown where others may call it. */
export function parameterValue(ev: Evaluator, fn: Node, index: number, module: Module): Value {
  const known = ev.parameters.get(fn) ?? [];
  ev.parameters.set(fn, known);
  const done = known[index];
  if (done !== undefined) return done ?? NOTHING;
  // A function that passes its own parameter on to itself.
  known[index] = null;
  const result = fromCallers(ev, fn, index, module);
  known[index] = result;
  return result;
}

function fromCallers(ev: Evaluator, fn: Node, index: number, module: Module): Value {
  const parts: Value[] = [];
  if (ev.unit.handlers.has(fn)) parts.push(handlerParameter(fn, index, module));
  const facts = module.functions.get(fn);
  if (facts === undefined) return UNKNOWN;
  for (const { call, index: at } of facts.callbacks.slice(0, CALLERS_MAX)) {
    parts.push(callbackParameter(ev, resolveCall(ev, call, module, null), at, index));
  }
  const callers = callersOf(ev, facts, module);
  for (const { call, in: home } of callers.calls.slice(0, CALLERS_MAX)) {
    parts.push(resolveCall(ev, call, home, null).argument(index));
  }
  const isOpen = callers.open || callers.calls.length > CALLERS_MAX || facts.callbacks.length > CALLERS_MAX;
  return isOpen || parts.length === 0 ? join([...parts, UNKNOWN]) : join(parts);
}

/** What a tool's handler gets: `(params, context)`. */
function handlerParameter(fn: Node, index: number, module: Module): Value {
  if (index === 1) return refValue('context');
  const origin: Origin = { kind: 'parameter', name: '', module, offset: fn.start, handler: fn };
  return index === 0 ? unknownFrom([origin]) : UNKNOWN;
}

/** A name that an import of another file made. */
export interface Importer {
  readonly importer: Binding;
  readonly imported: string;
  readonly in: Module;
}

/** The names that each module of a unit is imported under. */
export function importsIn(unit: Unit): ReadonlyMap<Module, readonly Importer[]> {
  const found = new Map<Module, Importer[]>();
  for (const other of unit.modules) {
    for (const importer of other.root.names.values()) {
      for (const definition of importer.definitions) {
        const source = importOf(definition);
        const target = source === null ? null : unit.resolve(other, source.from);
        if (source !== null && target !== null) push(found, target, { importer, imported: source.imported, in: other });
      }
    }
  }
  return found;
}

/** What a name imports: by `import`, `const { name } = require(…)` or `const name = require(…)`. */
function importOf(definition: Definition): { from: string; imported: string } | null {
  if (definition.kind === 'import') return definition;
  if (definition.kind !== 'value' || definition.path.length > 1) return null;
  const [key = '='] = definition.path;
  const call = unwrap(definition.value);
  const isRequire = call.type === 'CallExpression' && nameOf(child(call, 'callee')) === 'require';
  const from = isRequire ? literalText(children(call, 'arguments')[0] ?? null) : null;
  return from === null || typeof key !== 'string' ? null : { from, imported: key };
}

interface Callers {
  calls: { call: Node; in: Module }[];
  /** True when there may be more. */
  open: boolean;
}

function callersOf(ev: Evaluator, facts: FunctionFacts, module: Module): Callers {
  const calls: Callers['calls'] = [];
  if (facts.member !== null) {
    const owner = module.owners.get(facts.node) ?? null;
    if (facts.member === 'constructor' && isClass(owner)) return constructorCalls(ev, owner, module);
    for (const other of ev.unit.modules) {
      // One more than are looked at tells that there are too many.
      const known = other.memberCalls.get(facts.member)?.slice(0, CALLERS_MAX + 1 - calls.length) ?? [];
      for (const call of known) calls.push({ call, in: other });
    }
    const exported = importedCalls(ev, facts, module);
    calls.push(...exported.calls);
    return { calls, open: calls.length === 0 || exported.open };
  }
  if (facts.binding === null) return { calls, open: facts.callbacks.length === 0 && !ev.unit.handlers.has(facts.node) };
  return bindingCalls(ev, facts.binding, module, facts.callbacks.length > 0);
}

/** Calls by the names that other files import an exported function under: `exports.send = function …`. */
function importedCalls(ev: Evaluator, facts: FunctionFacts, module: Module): Callers {
  const names = module.exports.filter((entry) => entry.value === facts.node).map((entry) => entry.name);
  const importers = names.length === 0 ? [] : (ev.imports().get(module) ?? []);
  const found = importers.filter(({ imported }) => names.includes(imported));
  return {
    calls: found.flatMap(({ importer, in: home }) => importer.calls.map((call) => ({ call, in: home }))),
    open: found.some(({ importer }) => importer.escapes),
  };
}

function constructorCalls(ev: Evaluator, owner: Node, module: Module): Callers {
  for (const binding of module.scopes.get(owner)?.parent?.names.values() ?? []) {
    if (binding.definitions.some((definition) => isDefinedBy(definition, owner))) {
      return bindingCalls(ev, binding, module, false);
    }
  }
  return { calls: [], open: true };
}

function isDefinedBy(definition: Binding['definitions'][number], node: Node): boolean {
  if (definition.kind === 'declaration') return definition.node === node;
  return definition.kind === 'value' && definition.value === node;
}

function bindingCalls(ev: Evaluator, binding: Binding, module: Module, isCallback: boolean): Callers {
  const calls: Callers['calls'] = binding.calls.map((call) => ({ call, in: module }));
  const importers = binding.exported ? importersOf(ev, binding, module) : [];
  for (const { importer, in: home } of importers) {
    for (const call of importer.calls) calls.push({ call, in: home });
  }
  const escapes = (binding.escapes && !isCallback) || importers.some(({ importer }) => importer.escapes);
  return { calls, open: calls.length === 0 || escapes || (binding.exported && importers.length === 0) };
}

/** The names under which other files of the unit know this one. */
function importersOf(ev: Evaluator, binding: Binding, module: Module): readonly Importer[] {
  const known = ev.importers.get(binding) ?? findImporters(ev, binding, module);
  ev.importers.set(binding, known);
  return known;
}

function findImporters(ev: Evaluator, binding: Binding, module: Module): Importer[] {
  const names = module.exports.filter((entry) => entry.binding === binding).map((entry) => entry.name);
  return (ev.imports().get(module) ?? []).filter(({ imported }) => names.includes(imported));
}

/** Events of the keyboard; the others say where somebody clicks. */
const TYPING = new Set(['keydown', 'keyup', 'keypress']);

const EACH = new Set(['map', 'forEach', 'filter', 'find', 'findIndex', 'some', 'every', 'flatMap']);

/** What a function gets that is handed to a call: `list.map(fn)`, `promise.then(fn)`, `http.get(url, fn)`. */
function callbackParameter(ev: Evaluator, call: Call, at: number, index: number): Value {
  const { receiver, method } = call;
  if (receiver !== null && method === 'then' && at === 0) return index === 0 ? receiver : NOTHING;
  if (receiver !== null && method !== null && EACH.has(method)) {
    if (index === 0) return elementOf(ev, receiver);
    return index === 1 ? UNKNOWN : receiver;
  }
  if (receiver !== null && (method === 'reduce' || method === 'reduceRight')) {
    return index === 0
      ? unknownFrom(joinOrigins([receiver.origins, call.argument(1).origins]))
      : elementOf(ev, receiver);
  }
  if (method === 'addEventListener' && at === 1 && knownTexts(call.argument(0)).some((name) => TYPING.has(name))) {
    return unknownFrom([{ kind: 'typed', name: '', module: call.module, offset: call.node.start }]);
  }
  for (const ref of call.callee.refs) {
    const api = apiOf(ref);
    if (api === null) continue;
    if (api.kind === 'net')
      return unknownFrom([{ kind: 'network', name: ref, module: call.module, offset: call.node.start }]);
    // Node's style: (error, result).
    if (api.kind === 'fs.read' || api.kind === 'exec') return index === 0 ? NOTHING : call.result();
  }
  if (receiver?.refs.includes('http.ClientRequest#') || receiver?.refs.includes('net.Socket#')) {
    return unknownFrom([{ kind: 'network', name: method ?? '', module: call.module, offset: call.node.start }]);
  }
  const lists = [receiver?.origins ?? []];
  for (let other = 0; other < call.count; other++) if (other !== at) lists.push(deepOrigins(ev, call.argument(other)));
  return unknownFrom(joinOrigins(lists));
}

/** What a call of a function of the unit returns, for these arguments. */
export function inlineCall(ev: Evaluator, fn: Node, home: Module, call: Call): Value {
  const facts = home.functions.get(fn);
  const depth = call.frame?.depth ?? 0;
  const args: Value[] = [];
  for (let index = 0; index < call.count; index++) args.push(call.argument(index));
  if (facts === undefined || depth >= INLINE_DEPTH_MAX || !ev.spend(8)) {
    return unknownFrom(joinOrigins(args.map((argument) => deepOrigins(ev, argument))));
  }
  const frame: Frame = {
    fn,
    module: home,
    args,
    closed: call.rest === null,
    self: fn.type === 'ArrowFunctionExpression' ? null : selfOf(call),
    memo: new Map(),
    partial: new Map(),
    depth: depth + 1,
    budget: call.frame?.budget ?? { left: INLINE_STEPS_MAX },
  };
  if (facts.yields.length > 0) {
    return value({ things: [{ kind: 'array', items: facts.yields.map((node) => ev.evaluate(node, home, frame)) }] });
  }
  if (facts.returns.length === 0) return NOTHING;
  const result = join(facts.returns.map((node) => ev.evaluate(node, home, frame)));
  // Not everything was looked at: whatever went in may come out.
  if (frame.budget.left > 0) return result;
  return join([result, unknownFrom(joinOrigins(args.map((argument) => deepOrigins(ev, argument))))]);
}

function selfOf(call: Call): Value | null {
  if (call.receiver === null) return null;
  return call.receiver.things.length > 0 ? call.receiver : null;
}

/** What `new Promise((resolve) => …)` resolves to: every argument that `resolve` is called with. */
export function promisedValue(ev: Evaluator, executor: Node, home: Module): Value {
  const first = children(executor, 'params')[0];
  const binding = first === undefined ? undefined : home.scopes.get(executor)?.names.get(String(first.name));
  if (binding === undefined) return UNKNOWN;
  const values = binding.calls.slice(0, CALLERS_MAX).map((call) => resolveCall(ev, call, home, null).argument(0));
  return join([...values, UNKNOWN]);
}
