import { parser } from '@lezer/python';

type Tree = ReturnType<typeof parser.parse>;
/** Not all of it is in the parser's types; a test holds that it is there. */
type Parsing = ReturnType<typeof parser.startParse> & { readonly recovering?: number };

/** A node of a Python syntax tree. Tokens are nodes without children; comments are left out. */
export interface PythonNode {
  readonly type: string;
  /** UTF-16 code units from the start of the file. */
  readonly from: number;
  readonly to: number;
  readonly children: PythonNode[];
}

/**
 * A tree is made of whatever stands there: what does not fit becomes error nodes, which are counted. Infinitely many
 * errors: the text is no Python, and the tree ends where that became clear.
 */
export interface PythonTree {
  readonly root: PythonNode;
  readonly errors: number;
}

/**
 * Repairs cost thirty times a plain step. So many, and one more for this many characters, are more than any program
 * has, Python 2 included.
 */
const REPAIRS_BASE = 500;
const CHARACTERS_PER_REPAIR = 32;

/**
 * Parses Python 3 (and the statements of Python 2). Linear, never throws, whatever the text holds. Places in the tree
 * count from `base`.
 */
export function parsePython(text: string, base = 0): PythonTree {
  const { tree, isPython } = parseWithin(text, REPAIRS_BASE + text.length / CHARACTERS_PER_REPAIR);
  const read = readTree(tree, base);
  return isPython ? read : { ...read, errors: Number.POSITIVE_INFINITY };
}

/** The tree of the text, or of its beginning when more repairs are needed. */
function parseWithin(text: string, repairsMax: number): { tree: Tree; isPython: boolean } {
  const parsing: Parsing = parser.startParse(text);
  let repairs = 0;
  for (;;) {
    const tree = parsing.advance();
    if (tree !== null) return { tree, isPython: repairs <= repairsMax };
    if (parsing.recovering) repairs++;
    if (repairs > repairsMax && parsing.stoppedAt === null) parsing.stopAt(parsing.parsedPos);
  }
}

function readTree(tree: Tree, base: number): PythonTree {
  const cursor = tree.cursor();
  const make = (): PythonNode => ({
    type: cursor.name,
    from: base + cursor.from,
    to: base + cursor.to,
    children: [],
  });
  const root = make();
  const stack = [root];
  let errors = 0;
  const enter = (): void => {
    if (cursor.type.isError) errors++;
    const node = make();
    if (node.type !== 'Comment') stack.at(-1)?.children.push(node);
    stack.push(node);
  };
  if (!cursor.firstChild()) return { root, errors };
  enter();
  while (stack.length > 1) {
    if (cursor.firstChild()) {
      enter();
      continue;
    }
    for (;;) {
      stack.pop();
      if (cursor.nextSibling()) {
        enter();
        break;
      }
      if (!cursor.parent()) return { root, errors };
    }
  }
  return { root, errors };
}

/** The first child of one of these types, or null. */
export function childOf(node: PythonNode, ...types: string[]): PythonNode | null {
  return node.children.find(({ type }) => types.includes(type)) ?? null;
}

/** Marks and words that are no expressions. */
const TOKENS = new Set([
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '.',
  ';',
  '*',
  '**',
  '->',
  'AssignOp',
  'UpdateOp',
  'as',
  'in',
  'for',
  'if',
  'else',
  'async',
  'await',
  'return',
  'yield',
  'from',
  'import',
  'lambda',
  'with',
  'not',
  'del',
  'raise',
  'assert',
  'print',
  'while',
  'def',
  'class',
  'global',
  'nonlocal',
  'TypeDef',
  'FormatConversion',
  'FormatSpec',
]);

/** The children that are expressions. */
export function expressionsOf(node: PythonNode): PythonNode[] {
  return node.children.filter(({ type }) => !TOKENS.has(type));
}

/** Children between commas. */
export function groupsOf(children: readonly PythonNode[]): PythonNode[][] {
  const groups: PythonNode[][] = [[]];
  for (const child of children) {
    if (child.type === ',') groups.push([]);
    else groups.at(-1)?.push(child);
  }
  return groups.filter((group) => group.length > 0);
}

/** The arguments of a call, told apart. */
export interface PythonArguments {
  readonly positional: readonly PythonNode[];
  readonly named: ReadonlyMap<string, PythonNode>;
  /** `*list` and `**dictionary`. */
  readonly spread: readonly PythonNode[];
}

const NO_ARGUMENTS: PythonArguments = { positional: [], named: new Map(), spread: [] };

export function argumentsOf(call: PythonNode, text: string): PythonArguments {
  const list = childOf(call, 'ArgList');
  if (list === null) return NO_ARGUMENTS;
  const positional: PythonNode[] = [];
  const named = new Map<string, PythonNode>();
  const spread: PythonNode[] = [];
  for (const group of groupsOf(list.children.filter(({ type }) => type !== '(' && type !== ')'))) {
    const [first, second, third] = group;
    if (first === undefined) continue;
    if (first.type === '*' || first.type === '**') {
      if (second !== undefined) spread.push(second);
    } else if (second?.type === 'AssignOp' && third !== undefined) named.set(text.slice(first.from, first.to), third);
    else if (second?.type === 'for')
      positional.push({ ...list, type: 'ArrayComprehensionExpression', children: group });
    else positional.push(first);
  }
  return { positional, named, spread };
}
