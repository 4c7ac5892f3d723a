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
