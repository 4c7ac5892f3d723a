import type { Module } from './module.ts';
import type { Binding } from './scope.ts';
import { child, children, isFunction, type Node, nameOf, unwrap } from './syntax.ts';

/** A tool's handler: the file it is in, and the name it is exported under. */
export interface HandlerName {
  readonly file: string;
  readonly exportName: string;
  readonly tool: string;
}

/** How many wrappers (`createToolHandler(withRetry(fn))`) are looked through. */
const WRAPPERS_MAX = 6;

/**
 * The functions that tools call, `(params, context)`, with the tool's name where it is known: what the manifest names,
 * and whatever is given to `createToolHandler`.
 */
export function findHandlers(modules: readonly Module[], names: readonly HandlerName[]): Map<Node, string | null> {
  const found = new Map<Node, string | null>();
  for (const module of modules) {
    for (const { file, exportName, tool } of names) {
      if (file !== module.path) continue;
      for (const fn of exportedFunctions(module, exportName)) found.set(fn, found.has(fn) ? null : tool);
    }
    for (const facts of module.functions.values()) {
      if (found.has(facts.node)) continue;
      if (facts.callbacks.some(({ call }) => isToolWrapper(call))) found.set(facts.node, null);
    }
  }
  return found;
}

function isToolWrapper(call: Node): boolean {
  const callee = child(call, 'callee');
  const inner = callee === null ? null : unwrap(callee);
  const name = inner?.type === 'MemberExpression' ? nameOf(child(inner, 'property')) : nameOf(inner);
  // Bundlers number names that clash.
  return name !== null && /^createToolHandler\d*$/.test(name);
}

function exportedFunctions(module: Module, name: string): Node[] {
  const found = new Set<Node>();
  for (const entry of module.exports) {
    if (entry.name !== name && !(entry.name === '=' && name === 'default')) continue;
    if (entry.binding !== null) fromBinding(module, entry.binding, found, 0);
    if (entry.value !== null) fromExpression(module, entry.value, found, 0);
  }
  return [...found];
}

function fromBinding(module: Module, binding: Binding, found: Set<Node>, depth: number): void {
  for (const definition of binding.definitions) {
    if (definition.kind === 'declaration' && isFunction(definition.node)) found.add(definition.node);
    if (definition.kind === 'value' && definition.path.length === 0) {
      fromExpression(module, definition.value, found, depth);
    }
  }
}

function fromExpression(module: Module, node: Node, found: Set<Node>, depth: number): void {
  if (depth > WRAPPERS_MAX) return;
  const inner = unwrap(node);
  if (isFunction(inner)) found.add(inner);
  else if (inner.type === 'Identifier') {
    const binding = module.resolved.get(inner);
    if (binding !== undefined) fromBinding(module, binding, found, depth + 1);
  } else if (inner.type === 'CallExpression') {
    for (const argument of children(inner, 'arguments')) fromExpression(module, argument, found, depth + 1);
  }
}
