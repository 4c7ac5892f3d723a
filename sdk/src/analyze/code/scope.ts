import { child, children, elements, literalText, type Node, nameOf, unwrap } from './syntax.ts';

/** One step from a value to a part of it: a known key, a computed key, or what a rest pattern leaves. */
export type PathStep = string | Node | typeof REST;
export const REST = Symbol('rest');

/** One place where a name gets a value. `repeats`: in a loop, or in a function around which the name lives. */
export type Definition =
  /** `name = value`, also through a pattern; `fallback` is the default of the pattern. */
  | { kind: 'value'; value: Node; path: readonly PathStep[]; fallback: Node | null; repeats: boolean }
  /** `name += value`. */
  | { kind: 'add'; value: Node; repeats: boolean }
  /** The name is an element of `value`: `for (const name of value)`. */
  | { kind: 'element'; value: Node; path: readonly PathStep[]; fallback: Node | null }
  | { kind: 'parameter'; fn: Node; index: number; path: readonly PathStep[]; fallback: Node | null }
  /** `imported` is `*` for a namespace. */
  | { kind: 'import'; from: string; imported: string }
  /** A function, class, enum or namespace declaration. */
  | { kind: 'declaration'; node: Node }
  /** The error of a `catch`; `calls` are what the `try` waits for, and may have thrown it. */
  | { kind: 'caught'; calls: readonly Node[] }
  | { kind: 'unknown' };

/** The key of what `push` and the like put into a list, a set or a map. */
export const ELEMENT = '*';

/** `name.key = value`, or `Object.defineProperty`-like writes that were understood. */
export interface FieldWrite {
  key: string;
  value: Node;
}

/** One name in one scope, with everything that is done to it. */
export interface Binding {
  readonly name: string;
  /** Where it is declared; tells whether it belongs to a function. */
  readonly at: number;
  readonly definitions: Definition[];
  readonly fields: FieldWrite[];
  /** Calls and `new` with this name as the callee. */
  readonly calls: Node[];
  /** True when the name is used otherwise than as a callee: then not every caller is known. */
  escapes: boolean;
  exported: boolean;
  /** Assigned without a declaration: the global of that name may be meant too. */
  implicit: boolean;
}

export interface Scope {
  readonly parent: Scope | null;
  readonly names: Map<string, Binding>;
  /** `var` stops here: a function, a module or a namespace. */
  readonly isFunction: boolean;
  /** The object of a `with` statement. */
  readonly withObject: Node | null;
}

export function newScope(parent: Scope | null, isFunction: boolean, withObject: Node | null = null): Scope {
  return { parent, names: new Map(), isFunction, withObject };
}

export function declare(scope: Scope, name: string, at: number): Binding {
  const known = scope.names.get(name);
  if (known !== undefined) return known;
  const binding: Binding = {
    name,
    at,
    definitions: [],
    fields: [],
    calls: [],
    escapes: false,
    exported: false,
    implicit: false,
  };
  scope.names.set(name, binding);
  return binding;
}

/** The nearest scope that `var` belongs to. */
export function functionScope(scope: Scope): Scope {
  let at = scope;
  while (!at.isFunction && at.parent !== null) at = at.parent;
  return at;
}

/** The binding that a name means here, and the objects of the `with` statements in between. */
export function lookUp(scope: Scope, name: string): { binding: Binding | null; withObjects: Node[] } {
  const withObjects: Node[] = [];
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    if (at.withObject !== null) withObjects.push(at.withObject);
    const binding = at.names.get(name);
    if (binding !== undefined) return { binding, withObjects };
  }
  return { binding: null, withObjects };
}

/** One name (or member) inside a pattern, and the way to its value. */
export interface PatternTarget {
  target: Node;
  path: readonly PathStep[];
  fallback: Node | null;
}

/** Patterns nest as deep as the parser allows; nobody writes more than a few levels. */
const PATTERN_DEPTH_MAX = 32;

/** Every name and member that a pattern assigns. A plain name is a pattern of one target. */
export function patternTargets(pattern: Node): PatternTarget[] {
  const targets: PatternTarget[] = [];
  collect(pattern, [], null, targets, 0);
  return targets;
}

function collect(
  pattern: Node,
  path: readonly PathStep[],
  fallback: Node | null,
  out: PatternTarget[],
  depth: number,
): void {
  if (depth > PATTERN_DEPTH_MAX) return;
  switch (pattern.type) {
    case 'ObjectPattern':
    case 'ObjectExpression':
      for (const property of children(pattern, 'properties')) {
        const inner = child(property, 'value') ?? child(property, 'argument');
        if (inner !== null) collect(inner, [...path, stepOf(property)], fallback, out, depth + 1);
      }
      return;
    case 'ArrayPattern':
    case 'ArrayExpression':
      elements(pattern).forEach((element, index) => {
        if (element !== null) {
          const step = element.type === 'RestElement' ? REST : String(index);
          collect(element, [...path, step], fallback, out, depth + 1);
        }
      });
      return;
    case 'AssignmentPattern':
    case 'AssignmentExpression': {
      const left = child(pattern, 'left');
      if (left !== null) collect(left, path, child(pattern, 'right'), out, depth + 1);
      return;
    }
    case 'RestElement':
    case 'SpreadElement': {
      const argument = child(pattern, 'argument');
      if (argument !== null) collect(argument, path, fallback, out, depth + 1);
      return;
    }
    case 'TSParameterProperty': {
      const parameter = child(pattern, 'parameter');
      if (parameter !== null) collect(parameter, path, fallback, out, depth + 1);
      return;
    }
    default: {
      const inner = unwrap(pattern);
      if (inner.type === 'Identifier' || inner.type === 'MemberExpression') out.push({ target: inner, path, fallback });
    }
  }
}

function stepOf(property: Node): PathStep {
  if (property.type === 'RestElement' || property.type === 'SpreadElement') return REST;
  const key = child(property, 'key');
  if (key === null) return REST;
  if (property.computed === true) return literalText(key) ?? key;
  return nameOf(key) ?? literalText(key) ?? String(key.value);
}
