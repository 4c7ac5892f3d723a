import { exportValue } from './exports.ts';
import { type Binder, factsOf, here, push } from './module.ts';
import { type Binding, lookUp, patternTargets } from './scope.ts';
import { child, children, isFunction, type Node, nameOf, plainKey, unwrap } from './syntax.ts';

export function assignPattern(state: Binder, pattern: Node | null, value: Node | null, parent: Node | null): void {
  // The declaration in the head of a `for … of` gets its value from `assignEach`.
  if (pattern === null || (value === null && parent?.type === 'VariableDeclaration')) {
    if (pattern !== null) for (const { target } of patternTargets(pattern)) state.patternNames.add(target);
    return;
  }
  for (const { target, path, fallback } of patternTargets(pattern)) {
    state.patternNames.add(target);
    const name = nameOf(target);
    if (name === null) continue;
    const { binding } = lookUp(here(state), name);
    if (binding === null) continue;
    const repeats = repeatsFor(state, binding);
    binding.definitions.push(value === null ? { kind: 'unknown' } : { kind: 'value', value, path, fallback, repeats });
    if (value !== null && path.length === 0) nameFunction(state, unwrap(value), binding);
  }
}

function nameFunction(state: Binder, value: Node, binding: Binding): void {
  if (isFunction(value)) factsOf(state, value).binding = binding;
}

export function assign(state: Binder, node: Node): void {
  const left = child(node, 'left');
  const right = child(node, 'right');
  if (left === null || right === null) return;
  const target = unwrap(left);
  if (target.type === 'MemberExpression') {
    assignMember(state, target, right);
    return;
  }
  const operator = typeof node.operator === 'string' ? node.operator : '=';
  if (operator === '=' || operator === '||=' || operator === '&&=' || operator === '??=') {
    assignPattern(state, left, right, null);
    return;
  }
  const name = nameOf(target);
  if (name === null) return;
  state.patternNames.add(target);
  const { binding } = lookUp(here(state), name);
  if (binding === null) return;
  const repeats = repeatsFor(state, binding);
  binding.definitions.push(operator === '+=' ? { kind: 'add', value: right, repeats } : { kind: 'unknown' });
}

/** True when a write here can happen more than once in the life of the name. */
function repeatsFor(state: Binder, binding: Binding): boolean {
  const fn = state.functionStack.at(-1)?.node;
  return (state.loops.at(-1) ?? 0) > 0 || (fn !== undefined && binding.at < fn.start);
}

function assignMember(state: Binder, target: Node, value: Node): void {
  const object = child(target, 'object');
  const key = plainKey(target);
  if (object === null || key === null) return;
  if (isFunction(value)) factsOf(state, value).member = key;
  const inner = unwrap(object);
  if (inner.type === 'ThisExpression') {
    const owner = state.thisStack[state.thisStack.length - 1] ?? null;
    if (owner !== null) push(state.thisFields, owner, { key, value });
    return;
  }
  const name = nameOf(inner);
  if (name !== null) {
    const { binding } = lookUp(here(state), name);
    binding?.fields.push({ key, value });
    if (binding === null && name === 'exports') exportValue(state, key, value);
    if (binding === null && name === 'module' && key === 'exports') exportValue(state, '=', value);
  } else if (inner.type === 'MemberExpression' && plainKey(inner) === 'exports') {
    if (nameOf(child(inner, 'object')) === 'module') exportValue(state, key, value);
  }
}

export function assignEach(state: Binder, node: Node): void {
  const left = child(node, 'left');
  const value = child(node, 'right');
  if (left === null || value === null) return;
  const declared = left.type === 'VariableDeclaration' ? child(children(left, 'declarations')[0] ?? left, 'id') : left;
  if (declared === null) return;
  for (const { target, path, fallback } of patternTargets(declared)) {
    state.patternNames.add(target);
    const name = nameOf(target);
    const binding = name === null ? null : lookUp(here(state), name).binding;
    binding?.definitions.push(
      node.type === 'ForOfStatement' ? { kind: 'element', value, path, fallback } : { kind: 'unknown' },
    );
  }
}
