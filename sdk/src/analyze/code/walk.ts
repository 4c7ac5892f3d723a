import { isNode, type Node } from './syntax.ts';

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

/** Where the commonest nodes hold their children. Nodes of other types are searched key by key. */
const CHILD_KEYS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    Literal: [],
    TemplateElement: [],
    ThisExpression: [],
    EmptyStatement: [],
    Program: ['body'],
    BlockStatement: ['body'],
    ExpressionStatement: ['expression'],
    ReturnStatement: ['argument'],
    IfStatement: ['test', 'consequent', 'alternate'],
    ConditionalExpression: ['test', 'consequent', 'alternate'],
    VariableDeclaration: ['declarations'],
    VariableDeclarator: ['id', 'init'],
    MemberExpression: ['object', 'property'],
    CallExpression: ['callee', 'arguments'],
    NewExpression: ['callee', 'arguments'],
    BinaryExpression: ['left', 'right'],
    LogicalExpression: ['left', 'right'],
    AssignmentExpression: ['left', 'right'],
    UnaryExpression: ['argument'],
    UpdateExpression: ['argument'],
    SequenceExpression: ['expressions'],
    ArrayExpression: ['elements'],
    ObjectExpression: ['properties'],
    TemplateLiteral: ['quasis', 'expressions'],
  }),
);

/** Calls `visit` for each child that can hold code, in the order of the source's grammar. */
export function forEachChild(node: Node, visit: (child: Node, key: string) => void): void {
  const keys = CHILD_KEYS.get(node.type);
  if (keys === undefined) {
    for (const key in node) if (!NOT_CODE.has(key)) visitUnder(node, key, visit);
  } else {
    for (const key of keys) visitUnder(node, key, visit);
  }
}

function visitUnder(node: Node, key: string, visit: (child: Node, key: string) => void): void {
  const value = node[key];
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) if (isNode(item)) visit(item, key);
  } else if (isNode(value)) visit(value, key);
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
  /** For each node, which of `typeNames` it is: a pass that wants a few types steps over all others at once. */
  readonly types: Uint16Array;
  readonly typeNames: readonly string[];
  /** The index behind each node's last descendant. */
  readonly ends: Int32Array;
}

/** Numbers texts in the order in which they are first seen. */
class Numbering {
  private readonly numbers = new Map<string, number>();

  numberOf(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    this.numbers.set(name, this.numbers.size);
    return this.numbers.size - 1;
  }

  names(): string[] {
    return [...this.numbers.keys()];
  }
}

/**
 * The list of a tree; null when it is deeper than `depthMax`, or leans to the left (`a.b().c()…`, `a + b + …`) for more
 * than `spineMax` levels, which do not count as depth.
 */
export function flatten(root: Node, depthMax: number, spineMax: number): FlatTree | null {
  const nodes: Node[] = [];
  const parents: number[] = [];
  const keys: number[] = [];
  const types: number[] = [];
  const keyNumbers = new Numbering();
  const typeNumbers = new Numbering();
  // Four stacks in step: one object a node would be most of the work.
  const waiting: Node[] = [root];
  const parentOf: number[] = [-1];
  const keyOf: number[] = [keyNumbers.numberOf('')];
  /** Depth, and levels of leaning to the left, in one number. */
  const levelOf: number[] = [0];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const parent = parentOf.pop() ?? -1;
    const key = keyOf.pop() ?? 0;
    const level = levelOf.pop() ?? 0;
    const depth = Math.floor(level / LEVELS);
    const spine = level % LEVELS;
    if (depth > depthMax || spine > spineMax) return null;
    if (TYPE_ONLY.has(node.type)) continue;
    const index = nodes.length;
    nodes.push(node);
    parents.push(parent);
    keys.push(key);
    types.push(typeNumbers.numberOf(node.type));
    const from = waiting.length;
    forEachChild(node, (next, name) => {
      waiting.push(next);
      parentOf.push(index);
      keyOf.push(keyNumbers.numberOf(name));
      const leansLeft = name === 'left' || name === 'object' || name === 'callee' || name === 'expression';
      levelOf.push(leansLeft ? level + 1 : (depth + 1) * LEVELS);
    });
    for (const stack of [waiting, parentOf, keyOf, levelOf]) reverseFrom<unknown>(stack, from);
  }
  return {
    nodes,
    parents: Int32Array.from(parents),
    keys: Uint16Array.from(keys),
    keyNames: keyNumbers.names(),
    types: Uint16Array.from(types),
    typeNames: typeNumbers.names(),
    ends: endsOf(parents),
  };
}

/** More than any limit on leaning to the left. */
const LEVELS = 1 << 16;

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

/** One pass over a flat tree. */
export interface Pass {
  /** The types of nodes that the pass sees. */
  readonly types: ReadonlySet<string>;
  /** Called before the children of a node. */
  enter(node: Node, parent: Node | null, key: string): void;
  /** Called after the children of a node. */
  leave?(node: Node): void;
}

/** Visits the nodes of a flat tree that a pass wants, in source order. */
export function visitAll(tree: FlatTree, pass: Pass): void {
  const { nodes, parents, keys, keyNames, types, typeNames, ends } = tree;
  const wanted = Uint8Array.from(typeNames, (name) => (pass.types.has(name) ? 1 : 0));
  const open: number[] = [];
  const close = (before: number): void => {
    for (let last = open.at(-1); last !== undefined && (ends[last] ?? 0) <= before; last = open.at(-1)) {
      open.pop();
      pass.leave?.(nodes[last] as Node);
    }
  };
  for (let index = 0; index < nodes.length; index++) {
    if (wanted[types[index] ?? 0] === 0) continue;
    if (pass.leave !== undefined) {
      close(index);
      open.push(index);
    }
    pass.enter(nodes[index] as Node, nodes[parents[index] ?? -1] ?? null, keyNames[keys[index] ?? 0] ?? '');
  }
  close(Number.POSITIVE_INFINITY);
}
