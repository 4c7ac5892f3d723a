import { declareNames, SCOPE_TYPES } from './declare-names.ts';
import { DECLARATIONS } from './exports.ts';
import { type Binder, type FunctionFacts, factsOf, here, type Module, push } from './module.ts';
import { type Binding, ELEMENT, lookUp, newScope, type PathStep, patternTargets, REST } from './scope.ts';
import { child, children, isFunction, literalText, type Node, nameOf, plainKey, unwrap } from './syntax.ts';
import { type FlatTree, visitAll, walk } from './walk.ts';
import { assign, assignEach, assignPattern } from './writes.ts';

const LOOPS = new Set(['ForStatement', 'ForInStatement', 'ForOfStatement', 'WhileStatement', 'DoWhileStatement']);

/** Resolves every name of one file to its binding and collects what is written to, called and exported. */
export function bind(tree: FlatTree, path: string): Module {
  const scopes = declareNames(tree);
  const state: Binder = {
    scopes,
    resolved: new Map(),
    withObjects: new Map(),
    functions: new Map(),
    thisOwners: new Map(),
    thisFields: new Map(),
    memberCalls: new Map(),
    exports: [],
    patternNames: new Set(),
    calleeNames: new Set(),
    argumentNames: [],
    owners: new Map(),
    scopeStack: [],
    thisStack: [null],
    functionStack: [],
    loops: [0],
  };
  visitAll(tree, {
    types: BOUND,
    enter: (node, parent, key) => enter(state, node, parent, key),
    leave: (node) => leave(state, node),
  });
  for (const { binding, call, index } of state.argumentNames) {
    for (const facts of functionsOf(state, binding)) facts.callbacks.push({ call, index });
  }
  const root = scopes.get(tree.nodes[0] as Node) ?? newScope(null, true);
  const { resolved, withObjects, functions, owners, thisOwners, thisFields, memberCalls, exports } = state;
  return {
    path,
    tree,
    root,
    scopes,
    resolved,
    withObjects,
    functions,
    owners,
    thisOwners,
    thisFields,
    memberCalls,
    exports,
  };
}

function enter(state: Binder, node: Node, parent: Node | null, key: string): void {
  const scope = state.scopes.get(node);
  if (scope !== undefined) state.scopeStack.push(scope);
  if (isFunction(node)) enterFunction(state, node, parent, key);
  if (LOOPS.has(node.type)) state.loops.push((state.loops.pop() ?? 0) + 1);
  ENTER[node.type]?.(state, node, parent, key);
}

function leave(state: Binder, node: Node): void {
  if (state.scopes.has(node)) state.scopeStack.pop();
  if (LOOPS.has(node.type)) state.loops.push((state.loops.pop() ?? 1) - 1);
  if (isFunction(node)) {
    state.functionStack.pop();
    state.loops.pop();
    if (node.type !== 'ArrowFunctionExpression') state.thisStack.pop();
  } else if (FIELDS.has(node.type)) {
    state.thisStack.pop();
  }
}

const FIELDS = new Set(['PropertyDefinition', 'AccessorProperty', 'StaticBlock']);

type Enter = (state: Binder, node: Node, parent: Node | null, key: string) => void;

const ENTER: Readonly<Record<string, Enter>> = {
  ...DECLARATIONS,
  Identifier: reference,
  JSXIdentifier: reference,
  VariableDeclarator: (state, node, parent) => assignPattern(state, child(node, 'id'), child(node, 'init'), parent),
  AssignmentExpression: assign,
  UpdateExpression: (state, node) => assignPattern(state, child(node, 'argument'), null, null),
  CatchClause: caught,
  ForOfStatement: assignEach,
  ForInStatement: assignEach,
  CallExpression: call,
  NewExpression: call,
  TaggedTemplateExpression: call,
  ReturnStatement(state, node) {
    const argument = child(node, 'argument');
    if (argument !== null) state.functionStack.at(-1)?.returns.push(argument);
  },
  YieldExpression(state, node) {
    const argument = child(node, 'argument');
    if (argument !== null && node.delegate !== true) state.functionStack.at(-1)?.yields.push(argument);
  },
  ThisExpression: (state, node) => state.thisOwners.set(node, state.thisStack.at(-1) ?? null),
  Property: member,
  MethodDefinition: member,
  PropertyDefinition: field,
  AccessorProperty: field,
  StaticBlock: field,
  ClassBody(state, node, parent) {
    for (const item of children(node, 'body')) if (parent !== null) state.owners.set(item, parent);
  },
};

const BOUND = new Set([...Object.keys(ENTER), ...LOOPS, ...FIELDS, ...SCOPE_TYPES]);

function field(state: Binder, node: Node, parent: Node | null): void {
  member(state, node, parent);
  state.thisStack.push(state.owners.get(node) ?? null);
}

function enterFunction(state: Binder, node: Node, parent: Node | null, key: string): void {
  const facts = factsOf(state, node);
  state.functionStack.push(facts);
  state.loops.push(0);
  const body = child(node, 'body');
  if (body !== null && body.type !== 'BlockStatement') facts.returns.push(body);
  const id = nameOf(child(node, 'id'));
  if (id !== null && facts.binding === null) facts.binding = lookUp(here(state), id).binding;
  children(node, 'params').forEach((param, index) => {
    for (const { target, path, fallback } of patternTargets(param)) {
      state.patternNames.add(target);
      const name = nameOf(target);
      const binding = name === null ? null : lookUp(here(state), name).binding;
      const steps: PathStep[] = param.type === 'RestElement' ? [REST, ...path] : [...path];
      binding?.definitions.push({ kind: 'parameter', fn: node, index, path: steps, fallback });
    }
  });
  if (node.type === 'ArrowFunctionExpression') return;
  const isCalledAtOnce = parent?.type === 'CallExpression' && key === 'callee';
  state.thisStack.push(isCalledAtOnce ? null : (state.owners.get(node) ?? node));
}

/** The functions that a name is given directly; more is for the evaluator. */
function functionsOf(state: Binder, binding: Binding): FunctionFacts[] {
  const found: FunctionFacts[] = [];
  for (const definition of binding.definitions) {
    const node =
      definition.kind === 'declaration'
        ? definition.node
        : definition.kind === 'value' && definition.path.length === 0
          ? unwrap(definition.value)
          : null;
    if (isFunction(node)) found.push(factsOf(state, node));
  }
  return found;
}

const KEY_PARENTS = new Set(['Property', 'MethodDefinition', 'PropertyDefinition', 'AccessorProperty', 'TSEnumMember']);
const LABEL_PARENTS = new Set(['LabeledStatement', 'BreakStatement', 'ContinueStatement', 'MetaProperty']);

function reference(state: Binder, node: Node, parent: Node | null, key: string): void {
  if (parent !== null) {
    if (key === 'property' && parent.computed !== true) return;
    if (key === 'key' && parent.computed !== true && KEY_PARENTS.has(parent.type)) return;
    if (LABEL_PARENTS.has(parent.type) || parent.type.includes('Specifier') || parent.type === 'JSXAttribute') return;
    if (key === 'id') return;
  }
  const name = nameOf(node);
  if (name === null) return;
  const { binding, withObjects } = lookUp(here(state), name);
  if (withObjects.length > 0) state.withObjects.set(node, withObjects);
  if (binding === null) return;
  state.resolved.set(node, binding);
  if (!state.patternNames.has(node) && !state.calleeNames.has(node)) binding.escapes = true;
}

function call(state: Binder, node: Node): void {
  const callee = child(node, node.type === 'TaggedTemplateExpression' ? 'tag' : 'callee');
  if (callee === null) return;
  const inner = unwrap(callee);
  const name = nameOf(inner);
  if (name !== null) {
    state.calleeNames.add(inner);
    lookUp(here(state), name).binding?.calls.push(node);
  } else if (inner.type === 'MemberExpression') {
    const key = plainKey(inner);
    if (key !== null) push(state.memberCalls, key, node);
    if (key !== null && FILLS.has(key)) fill(state, node, inner);
    if (key === 'defineProperty') define(state, node);
  }
  children(node, 'arguments').forEach((argument, index) => {
    const value = unwrap(argument);
    if (isFunction(value)) factsOf(state, value).callbacks.push({ call: node, index });
    const passed = nameOf(value);
    const binding = passed === null ? null : lookUp(here(state), passed).binding;
    if (binding !== null) state.argumentNames.push({ binding, call: node, index });
  });
}

/** Awaited calls that are looked at for what they may throw. */
const CAUGHT_MAX = 4;

function caught(state: Binder, node: Node, parent: Node | null): void {
  const param = child(node, 'param');
  const block = parent === null ? null : child(parent, 'block');
  if (param === null) return;
  const calls: Node[] = [];
  if (block !== null) {
    walk(block, (inner) => {
      const awaited = inner.type === 'AwaitExpression' ? child(inner, 'argument') : null;
      if (awaited !== null && calls.length < CAUGHT_MAX) calls.push(awaited);
      return !isFunction(inner) && calls.length < CAUGHT_MAX;
    });
  }
  for (const { target } of patternTargets(param)) {
    state.patternNames.add(target);
    const name = nameOf(target);
    const binding = name === null ? null : lookUp(here(state), name).binding;
    binding?.definitions.push(calls.length === 0 ? { kind: 'unknown' } : { kind: 'caught', calls });
  }
}

const FILLS = new Set(['push', 'unshift', 'add', 'set', 'append']);

/** `list.push(value)`: what is put in comes out again. */
function fill(state: Binder, node: Node, callee: Node): void {
  const object = child(callee, 'object');
  const name = object === null ? null : nameOf(unwrap(object));
  const binding = name === null ? null : lookUp(here(state), name).binding;
  if (binding === null || binding.fields.length >= FILLS_MAX) return;
  for (const value of children(node, 'arguments')) binding.fields.push({ key: ELEMENT, value });
}

/** `Object.defineProperty(name, 'key', { value })`. */
function define(state: Binder, node: Node): void {
  const [object, key, descriptor] = children(node, 'arguments');
  const name = object === undefined ? null : nameOf(unwrap(object));
  const binding = name === null ? null : lookUp(here(state), name).binding;
  const text = key === undefined ? null : literalText(key);
  if (binding === null || text === null || descriptor?.type !== 'ObjectExpression') return;
  const property = children(descriptor, 'properties').find((item) => plainKey(item) === 'value');
  const value = property === undefined ? null : child(property, 'value');
  if (value !== null) binding.fields.push({ key: text, value });
}

/** A list that is filled at more places is data. */
const FILLS_MAX = 64;

function member(state: Binder, node: Node, parent: Node | null): void {
  const value = child(node, 'value');
  if (!isFunction(value)) return;
  const owner = state.owners.get(node) ?? (parent?.type === 'ObjectExpression' ? parent : null);
  if (owner !== null) state.owners.set(value, owner);
  const key = plainKey(node);
  if (key !== null) factsOf(state, value).member = key;
}
