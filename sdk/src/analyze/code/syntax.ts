/**
 * A node of an ESTree syntax tree, from meriyah or @babel/parser. Every property is read through the functions below,
 * because a tree that was recovered from broken source may lack any of them.
 */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** Positions and comments; and types, which hold no code that runs. */
const NOT_CODE = new Set([
  'type',
  'start',
  'end',
  'range',
  'loc',
  'extra',
  'errors',
  'comments',
  'leadingComments',
  'trailingComments',
  'innerComments',
  'typeAnnotation',
  'returnType',
  'typeParameters',
  'typeArguments',
  'superTypeParameters',
  'superTypeArguments',
  'implements',
]);
/** Declarations of types only. An ambient `declare` of a value has no code either, but is walked all the same. */
const TYPE_ONLY = new Set(['TSInterfaceDeclaration', 'TSTypeAliasDeclaration', 'TSIndexSignature']);

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** The child under a key, or null. */
export function child(node: Node, key: string): Node | null {
  const value = node[key];
  return isNode(value) ? value : null;
}

/** The children under a key, holes left out; empty when there is no list. */
export function children(node: Node, key: string): Node[] {
  const value = node[key];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The elements of an array literal or pattern with their places kept: null is a hole. */
export function elements(node: Node): (Node | null)[] {
  const value = node.elements;
  return Array.isArray(value) ? value.map((element) => (isNode(element) ? element : null)) : [];
}

/** The name of an Identifier, JSXIdentifier or PrivateIdentifier, else null. */
export function nameOf(node: Node | null): string | null {
  return node !== null && typeof node.name === 'string' ? node.name : null;
}

/** The text of a string literal, else null. */
export function literalText(node: Node | null): string | null {
  if (node === null) return null;
  if ((node.type === 'Literal' || node.type === 'StringLiteral') && typeof node.value === 'string') return node.value;
  return null;
}

/** The key of a property, member or method when the source spells it out: `a.b`, `a['b']`, `{b: 1}`, `{'b': 1}`. */
export function plainKey(node: Node): string | null {
  const key = child(node, node.type === 'MemberExpression' ? 'property' : 'key') ?? child(node, 'id');
  if (key === null) return null;
  if (node.computed !== true) {
    const name = nameOf(key);
    if (name !== null) return name;
  }
  if (key.type === 'Literal' && typeof key.value === 'number') return String(key.value);
  return literalText(key);
}

type FunctionNode = Node & {
  readonly type: 'FunctionDeclaration' | 'FunctionExpression' | 'ArrowFunctionExpression';
};

export function isFunction(node: Node | null): node is FunctionNode {
  if (node === null) return false;
  const { type } = node;
  return type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression';
}

export function isClass(node: Node | null): node is Node & { readonly type: 'ClassDeclaration' | 'ClassExpression' } {
  return node !== null && (node.type === 'ClassDeclaration' || node.type === 'ClassExpression');
}

const WRAPPERS = new Set([
  'ParenthesizedExpression',
  'ChainExpression',
  'AwaitExpression',
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'TSInstantiationExpression',
]);

/** The expression inside `await`, parentheses, optional chains and every TypeScript cast. */
export function unwrap(node: Node): Node {
  let inner = node;
  while (WRAPPERS.has(inner.type)) {
    const next = child(inner, inner.type === 'AwaitExpression' ? 'argument' : 'expression');
    if (next === null) break;
    inner = next;
  }
  return inner;
}

/** Calls `visit` for each child that can hold code, in the order of the source's grammar. */
export function forEachChild(node: Node, visit: (child: Node, key: string) => void): void {
  for (const key in node) {
    const value = node[key];
    if (typeof value !== 'object' || value === null || NOT_CODE.has(key)) continue;
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) visit(item, key);
    } else if (isNode(value)) visit(value, key);
  }
}

/** Called before the children of a node; `false` leaves them out. */
export type Enter = (node: Node, parent: Node | null, key: string) => boolean | undefined;

/** Walks a small tree depth first, in source order, with a stack of its own: no depth of the tree overflows ours. */
export function walk(root: Node, enter: Enter): void {
  type Step = { node: Node; parent: Node | null; key: string };
  const stack: Step[] = [{ node: root, parent: null, key: '' }];
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    const { node, parent, key } = step;
    if (TYPE_ONLY.has(node.type) || enter(node, parent, key) === false) continue;
    const from = stack.length;
    forEachChild(node, (next, nextKey) => {
      stack.push({ node: next, parent: node, key: nextKey });
    });
    reverseFrom(stack, from);
  }
}

/** A whole syntax tree as a list in source order, so that several passes need to find the children only once. */
export interface FlatTree {
  readonly nodes: readonly Node[];
  /** The index of each node's parent; -1 for the root. */
  readonly parents: Int32Array;
  /** For each node, which of `keyNames` its parent holds it under. */
  readonly keys: Uint16Array;
  readonly keyNames: readonly string[];
  /** The index behind each node's last descendant. */
  readonly ends: Int32Array;
}

/**
 * The list of a tree; null when it is deeper than `depthMax`, or leans to the left (`a.b().c()…`, `a + b + …`) for more
 * than `spineMax` levels, which do not count as depth.
 */
export function flatten(root: Node, depthMax: number, spineMax: number): FlatTree | null {
  const nodes: Node[] = [];
  const parents: number[] = [];
  const keys: number[] = [];
  const keyNumbers = new Map<string, number>();
  const stack: { node: Node; parent: number; key: string; depth: number; spine: number }[] = [];
  stack.push({ node: root, parent: -1, key: '', depth: 0, spine: 0 });
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    const { node, depth, spine } = step;
    if (depth > depthMax || spine > spineMax) return null;
    if (TYPE_ONLY.has(node.type)) continue;
    const index = nodes.length;
    nodes.push(node);
    parents.push(step.parent);
    const known = keyNumbers.get(step.key);
    keys.push(known ?? keyNumbers.size);
    if (known === undefined) keyNumbers.set(step.key, keyNumbers.size);
    const from = stack.length;
    forEachChild(node, (next, key) => {
      const leansLeft = key === 'left' || key === 'object' || key === 'callee' || key === 'expression';
      const level = leansLeft ? { depth, spine: spine + 1 } : { depth: depth + 1, spine: 0 };
      stack.push({ node: next, parent: index, key, depth: level.depth, spine: level.spine });
    });
    reverseFrom(stack, from);
  }
  const ends = endsOf(parents);
  return {
    nodes,
    parents: Int32Array.from(parents),
    keys: Uint16Array.from(keys),
    keyNames: [...keyNumbers.keys()],
    ends,
  };
}

function endsOf(parents: readonly number[]): Int32Array {
  const sizes = new Int32Array(parents.length).fill(1);
  for (let index = parents.length - 1; index > 0; index--) {
    const parent = parents[index] ?? 0;
    sizes[parent] = (sizes[parent] ?? 0) + (sizes[index] ?? 0);
  }
  return sizes.map((size, index) => index + size);
}

function reverseFrom<T>(stack: T[], from: number): void {
  for (let low = from, high = stack.length - 1; low < high; low++, high--) {
    const item = stack[low] as T;
    stack[low] = stack[high] as T;
    stack[high] = item;
  }
}

/** Visits every node of a flat tree, before its children and, when `leave` is given, after them. */
export function visitAll(
  tree: FlatTree,
  enter: (node: Node, parent: Node | null, key: string) => void,
  leave?: (node: Node) => void,
): void {
  const { nodes, parents, keys, keyNames, ends } = tree;
  const open: number[] = [];
  const close = (before: number): void => {
    for (let last = open.at(-1); last !== undefined && (ends[last] ?? 0) <= before; last = open.at(-1)) {
      open.pop();
      leave?.(nodes[last] as Node);
    }
  };
  for (let index = 0; index < nodes.length; index++) {
    if (leave !== undefined) {
      close(index);
      open.push(index);
    }
    enter(nodes[index] as Node, nodes[parents[index] ?? -1] ?? null, keyNames[keys[index] ?? 0] ?? '');
  }
  close(Number.POSITIVE_INFINITY);
}
