import {
  DECORATORS_LENGTH,
  type Draft,
  define,
  type Frame,
  noteCall,
  noteTest,
  readAssignment,
  readFor,
  readImport,
  readWith,
  textOf,
} from './bindings.ts';
import type { PythonFile } from './files.ts';
import { expressionsOf, type PythonNode } from './syntax.ts';

/** One way in which a name gets a value. */
export interface Binding {
  readonly kind:
    | 'import'
    | 'value'
    | 'item'
    | 'with'
    | 'augment'
    | 'content'
    | 'function'
    | 'class'
    | 'parameter'
    | 'unknown';
  /** `import`: the well-known name. `function`, `class`: the number of the definition. */
  readonly ref: string;
  /** The expression that it comes from, to be evaluated in `scope`. */
  readonly node: PythonNode | null;
  readonly scope: Scope;
  /** Which part, when the value is unpacked. */
  readonly index: number | null;
  readonly offset: number;
  /** The statements that it surely reaches begin and end here. */
  readonly block: Range;
  /** The outermost loop around it in its scope. */
  readonly loop: Range | null;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Scope {
  readonly kind: 'module' | 'function' | 'class';
  readonly parent: Scope | null;
  readonly names: Map<string, Binding[]>;
  /** The definition around it. */
  readonly definition: Definition | null;
}

/** A function or a class. */
export interface Definition {
  readonly id: number;
  readonly kind: 'function' | 'class';
  readonly name: string;
  readonly node: PythonNode;
  /** Where its own names live. */
  readonly scope: Scope;
  readonly parameters: readonly { name: string; fallback: PythonNode | null }[];
  readonly returns: PythonNode[];
  /** The class around a method. */
  readonly owner: Definition | null;
  /** A method that gets no object in front of its arguments. */
  readonly isStatic: boolean;
  /** `self.name = …` and names of the class body. */
  readonly attributes: Map<string, Binding[]>;
}

/** A call as it stands in the source, and where. */
export interface Site {
  readonly node: PythonNode;
  readonly scope: Scope;
}

/** What the names of a file are bound to. Holds the syntax tree. */
export interface PythonModule {
  readonly text: string;
  /** The files that are looked at together, in the order of the text. */
  readonly files: readonly PythonFile[];
  readonly definitions: readonly Definition[];
  readonly definitionAt: ReadonlyMap<PythonNode, Definition>;
  /** Calls, by the last name in front of the parenthesis. */
  readonly callsOf: ReadonlyMap<string, readonly Site[]>;
  /** Every node that can reach outside, in the order of the source. */
  readonly sites: readonly Site[];
  /** Tests of `if`, `while`, `assert`. */
  readonly tests: readonly Site[];
}

/** A file that was parsed: its tree counts from where it begins in the text. */
export interface ParsedFile {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly root: PythonNode;
}

/** Collects the scopes, bindings and calls of trees, without recursion: nesting costs no stack. */
export function bindPython(parsed: readonly ParsedFile[], text: string): PythonModule {
  const draft: Draft = { text, definitions: [], calls: new Map(), sites: [], tests: [] };
  const files = parsed.map(({ path, from, to, root }) => {
    const top: Scope = { kind: 'module', parent: null, names: new Map(), definition: null };
    const stack: Frame[] = [{ node: root, scope: top, block: root, loop: null }];
    for (let frame = stack.pop(); frame !== undefined; frame = stack.pop()) {
      const inner = enter(frame, draft);
      for (let index = inner.length - 1; index >= 0; index--) stack.push(inner[index] as Frame);
    }
    return { path, from, to, top };
  });
  const { definitions, calls: callsOf, sites, tests } = draft;
  const definitionAt = new Map(definitions.map((definition) => [definition.node, definition]));
  return { text, files, definitions, definitionAt, callsOf, sites, tests };
}

/** The file that an offset of the text lies in. */
export function fileAt({ files }: PythonModule, offset: number): PythonFile | undefined {
  return files.length === 1 ? files[0] : files.findLast(({ from }) => from <= offset);
}

/** Notes what a node binds; returns what is to be looked at inside it. */
function enter(frame: Frame, draft: Draft): Frame[] {
  const { node, scope } = frame;
  const into = (change: Partial<Frame>, nodes: readonly PythonNode[] = node.children): Frame[] =>
    nodes.map((child) => ({ ...frame, ...change, node: child }));
  switch (node.type) {
    case 'ImportStatement':
      readImport(frame, draft);
      return [];
    case 'FunctionDefinition':
    case 'LambdaExpression':
    case 'ClassDefinition': {
      const definition = define(frame, draft);
      const outside = node.children.filter(({ type }) => type === 'ArgList' || type === 'ParamList');
      const inside = node.children.filter((child) => !outside.includes(child));
      return [
        ...into({}, outside),
        ...into({ scope: definition.scope, block: node, loop: null, isStatic: false }, inside),
      ];
    }
    case 'DecoratedStatement':
      return into({ isStatic: /@\s*staticmethod\b/.test(textOf(node, draft).slice(0, DECORATORS_LENGTH)) });
    case 'Body':
      return into({ block: node });
    case 'ForStatement':
    case 'WhileStatement':
      if (node.type === 'ForStatement') readFor(frame, draft);
      else noteTest(frame, draft);
      return into({ loop: frame.loop ?? node });
    case 'AssignStatement':
    case 'UpdateStatement':
    case 'NamedExpression':
      readAssignment(frame, draft);
      return into({});
    case 'WithStatement':
      readWith(frame, draft);
      return into({});
    case 'ReturnStatement':
    case 'YieldStatement':
      enclosing(scope)?.returns.push(...expressionsOf(node));
      return into({});
    case 'IfStatement':
    case 'AssertStatement':
    case 'ConditionalExpression':
      noteTest(frame, draft);
      return into({});
    case 'CallExpression':
      noteCall(frame, draft);
      return into({});
    case 'MemberExpression':
    case 'BinaryExpression':
      draft.sites.push({ node, scope });
      return into({});
    default:
      if (node.type.endsWith('ComprehensionExpression') || node.children.some(({ type }) => type === 'for'))
        readFor(frame, draft);
      return into({});
  }
}

function enclosing(scope: Scope): Definition | null {
  return scope.kind === 'function' ? scope.definition : null;
}
