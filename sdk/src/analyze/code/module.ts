import type { Binding, Scope } from './scope.ts';
import type { Node } from './syntax.ts';
import type { FlatTree } from './walk.ts';

/** What is known of a function without evaluating anything. */
export interface FunctionFacts {
  readonly node: Node;
  /** What it returns; the body itself for `x => body`. */
  readonly returns: Node[];
  /** What a generator gives out, one after the other. */
  readonly yields: Node[];
  /** Calls that get this function as an argument. */
  readonly callbacks: { call: Node; index: number }[];
  /** The name that calls go through; null for anonymous functions and members. */
  binding: Binding | null;
  /** The key it is a member under, in a class or an object. */
  member: string | null;
}

/** One thing that a module gives to those that import it. `=` is all of `module.exports`; `*` passes on all of `from`. */
export interface ExportEntry {
  readonly name: string;
  readonly value: Node | null;
  readonly binding: Binding | null;
  readonly from: string | null;
  readonly imported: string | null;
}

/** One source file with its names resolved. Holds its syntax tree: drop it before the next group of files is parsed. */
export interface Module {
  readonly path: string;
  readonly tree: FlatTree;
  readonly root: Scope;
  readonly resolved: ReadonlyMap<Node, Binding>;
  readonly withObjects: ReadonlyMap<Node, readonly Node[]>;
  readonly functions: ReadonlyMap<Node, FunctionFacts>;
  /** The class or object literal that a function is a member of. */
  readonly owners: ReadonlyMap<Node, Node>;
  /** For each `this`: the class, object or function it belongs to; null stands for the global object. */
  readonly thisOwners: ReadonlyMap<Node, Node | null>;
  /** `this.key = value`, by the class, object or function that `this` belongs to. */
  readonly thisFields: ReadonlyMap<Node, { key: string; value: Node }[]>;
  /** Calls of members, by the member's name. */
  readonly memberCalls: ReadonlyMap<string, Node[]>;
  /** Scopes of namespaces, for `Namespace.member`. */
  readonly scopes: ReadonlyMap<Node, Scope>;
  readonly exports: readonly ExportEntry[];
}

/** What `bind` knows while it walks: the module so far, and what is around the place where it stands. */
export interface Binder {
  readonly scopes: Map<Node, Scope>;
  readonly resolved: Map<Node, Binding>;
  readonly withObjects: Map<Node, readonly Node[]>;
  readonly functions: Map<Node, FunctionFacts>;
  readonly thisOwners: Map<Node, Node | null>;
  readonly thisFields: Map<Node, { key: string; value: Node }[]>;
  readonly memberCalls: Map<string, Node[]>;
  readonly exports: ExportEntry[];
  /** Names that are written here, not read. */
  readonly patternNames: Set<Node>;
  readonly calleeNames: Set<Node>;
  readonly argumentNames: { binding: Binding; call: Node; index: number }[];
  /** The class or object that a member function belongs to. */
  readonly owners: Map<Node, Node>;
  readonly scopeStack: Scope[];
  readonly thisStack: (Node | null)[];
  readonly functionStack: FunctionFacts[];
  /** Loops around this place, for each function around it. */
  readonly loops: number[];
}

/** The scope around the place where the binder stands. */
export function here(state: Binder): Scope {
  return state.scopeStack[state.scopeStack.length - 1] as Scope;
}

/** The facts of a function, made when it is first heard of. */
export function factsOf(state: Binder, node: Node): FunctionFacts {
  const known = state.functions.get(node);
  if (known !== undefined) return known;
  const facts: FunctionFacts = { node, returns: [], yields: [], callbacks: [], binding: null, member: null };
  state.functions.set(node, facts);
  return facts;
}

export function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
