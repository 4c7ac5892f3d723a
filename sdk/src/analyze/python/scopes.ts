import { childOf, expressionsOf, groupsOf, type PythonNode } from './syntax.ts';

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
  readonly path: string;
  readonly text: string;
  readonly root: PythonNode;
  readonly top: Scope;
  readonly definitions: readonly Definition[];
  readonly definitionAt: ReadonlyMap<PythonNode, Definition>;
  /** Calls, by the last name in front of the parenthesis. */
  readonly callsOf: ReadonlyMap<string, readonly Site[]>;
  /** Every node that can reach outside, in the order of the source. */
  readonly sites: readonly Site[];
  /** Tests of `if`, `while`, `assert`. */
  readonly tests: readonly Site[];
}

interface Frame {
  readonly node: PythonNode;
  readonly scope: Scope;
  readonly block: Range;
  readonly loop: Range | null;
  /** Right behind `@staticmethod`. */
  readonly isStatic?: boolean;
}

interface Draft {
  readonly text: string;
  readonly definitions: Definition[];
  readonly calls: Map<string, Site[]>;
  readonly sites: Site[];
  readonly tests: Site[];
}

/** Collects the scopes, bindings and calls of a tree, without recursion: nesting costs no stack. */
export function bindPython(root: PythonNode, text: string, path: string): PythonModule {
  const top: Scope = { kind: 'module', parent: null, names: new Map(), definition: null };
  const draft: Draft = { text, definitions: [], calls: new Map(), sites: [], tests: [] };
  const stack: Frame[] = [{ node: root, scope: top, block: root, loop: null }];
  for (let frame = stack.pop(); frame !== undefined; frame = stack.pop()) {
    const inner = enter(frame, draft);
    for (let index = inner.length - 1; index >= 0; index--) stack.push(inner[index] as Frame);
  }
  const { definitions, calls: callsOf, sites, tests } = draft;
  const definitionAt = new Map(definitions.map((definition) => [definition.node, definition]));
  return { path, text, root, top, definitions, definitionAt, callsOf, sites, tests };
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

/** Decorators stand in front; no more of a definition is looked at. */
const DECORATORS_LENGTH = 200;

function textOf(node: PythonNode, draft: Draft): string {
  return draft.text.slice(node.from, node.to);
}

function enclosing(scope: Scope): Definition | null {
  return scope.kind === 'function' ? scope.definition : null;
}

type BindingParts = Partial<Binding> & Pick<Binding, 'kind'>;

function bind(names: Map<string, Binding[]>, name: string, frame: Frame, parts: BindingParts): void {
  const { scope, block, loop, node } = frame;
  const binding = { ref: '', node: null, index: null, offset: node.from, scope, block, loop, ...parts };
  const list = names.get(name);
  if (list === undefined) names.set(name, [binding]);
  else list.push(binding);
}

/** `import a.b as c`, `from a.b import c as d`. */
function readImport(frame: Frame, draft: Draft): void {
  const { node, scope } = frame;
  const words = node.children.map((child) => ({ type: child.type, text: textOf(child, draft) }));
  const isFrom = words[0]?.type === 'from';
  const at = words.findIndex(({ type }) => type === 'import');
  const source = isFrom
    ? words
        .slice(1, at)
        .map(({ text }) => text)
        .join('')
    : '';
  const rest = words.slice(at + 1).filter(({ type }) => type !== '(' && type !== ')');
  let group: typeof rest = [];
  for (const word of [...rest, { type: ',', text: ',' }]) {
    if (word.type !== ',') {
      group.push(word);
      continue;
    }
    const as = group.findIndex(({ type }) => type === 'as');
    const name = (as < 0 ? group : group.slice(0, as)).map(({ text }) => text).join('');
    const alias = as < 0 ? undefined : group[as + 1]?.text;
    group = [];
    if (name === '' || name === '*') continue;
    if (isFrom) bind(scope.names, alias ?? name, frame, { kind: 'import', ref: `${source}.${name}` });
    else {
      const first = name.split('.', 1)[0] ?? name;
      bind(scope.names, alias ?? first, frame, { kind: 'import', ref: alias === undefined ? first : name });
    }
  }
}

function define(frame: Frame, draft: Draft): Definition {
  const { node, scope } = frame;
  const kind = node.type === 'ClassDefinition' ? 'class' : 'function';
  const nameNode = node.type === 'LambdaExpression' ? null : childOf(node, 'VariableName');
  const name = nameNode === null ? '' : textOf(nameNode, draft);
  const names = new Map<string, Binding[]>();
  const owner = scope.kind === 'class' ? scope.definition : null;
  const own: { definition: Definition | null } = { definition: null };
  const inner: Scope = {
    kind,
    parent: scope,
    names,
    get definition() {
      return own.definition;
    },
  };
  const parameters = kind === 'class' ? [] : readParameters(node, draft);
  const definition: Definition = {
    id: draft.definitions.length,
    kind,
    name,
    node,
    scope: inner,
    parameters,
    returns: node.type === 'LambdaExpression' ? node.children.slice(-1) : [],
    owner,
    isStatic: frame.isStatic === true,
    attributes: kind === 'class' ? names : new Map(),
  };
  own.definition = definition;
  draft.definitions.push(definition);
  parameters.forEach((parameter, index) => {
    bind(
      names,
      parameter.name,
      { ...frame, block: node, loop: null },
      { kind: 'parameter', index, ref: String(definition.id) },
    );
  });
  if (name !== '') bind(scope.names, name, frame, { kind, ref: String(definition.id) });
  return definition;
}

function readParameters(node: PythonNode, draft: Draft): { name: string; fallback: PythonNode | null }[] {
  const list = childOf(node, 'ParamList');
  if (list === null) return [];
  return groupsOf(list.children.filter(({ type }) => type !== '(' && type !== ')')).flatMap((group) => {
    const name = group.find(({ type }) => type === 'VariableName');
    const equals = group.findIndex(({ type }) => type === 'AssignOp');
    const isSpread = group[0]?.type === '*' || group[0]?.type === '**';
    if (name === undefined) return [];
    return [
      {
        name: `${isSpread ? '*' : ''}${textOf(name, draft)}`,
        fallback: equals < 0 ? null : (group[equals + 1] ?? null),
      },
    ];
  });
}

/** `a = b = value`, `a, b = value`, `a += value`, `self.a = value`, `a["k"] = value`, `(a := value)`. */
function readAssignment(frame: Frame, draft: Draft): void {
  const { node } = frame;
  const parts: PythonNode[][] = [[]];
  for (const child of node.children) {
    if (child.type === 'AssignOp' || child.type === 'UpdateOp') parts.push([]);
    else if (child.type !== 'TypeDef') parts.at(-1)?.push(child);
  }
  const last = parts.pop() ?? [];
  if (parts.length === 0) return;
  const values = last.filter(({ type }) => type !== ',');
  const [first] = values;
  if (first === undefined) return;
  const source = values.length === 1 ? first : { ...node, type: 'TupleExpression', children: last };
  const kind = node.type === 'UpdateStatement' ? 'augment' : 'value';
  for (const targets of parts) {
    const plain = targets.filter(({ type }) => type !== ',');
    plain.forEach((target, index) => {
      bindTarget(frame, draft, target, { kind, node: source, index: plain.length > 1 ? index : null });
    });
  }
}

function bindTarget(frame: Frame, draft: Draft, target: PythonNode, parts: BindingParts): void {
  if (target.type === 'VariableName') bind(frame.scope.names, textOf(target, draft), frame, parts);
  else if (/^(Tuple|Array|Parenthesized)Expression$/.test(target.type)) {
    expressionsOf(target).forEach((item, index) => {
      bindTarget(frame, draft, item, { ...parts, index });
    });
  } else if (target.type === 'MemberExpression') bindMember(frame, draft, target, parts);
}

function bindMember(frame: Frame, draft: Draft, target: PythonNode, parts: BindingParts): void {
  const [base] = target.children;
  const property = childOf(target, 'PropertyName');
  if (base?.type !== 'VariableName') return;
  const name = textOf(base, draft);
  const owner = ownerOf(frame.scope);
  if (property !== null && owner !== null && name === owner.self) {
    bind(owner.owner.attributes, textOf(property, draft), frame, parts);
  } else bind(frame.scope.names, name, frame, { ...parts, kind: 'content' });
}

/** The class whose method this is, and what the method calls its own object. */
function ownerOf(scope: Scope): { owner: Definition; self: string } | null {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const definition = at.kind === 'function' ? at.definition : null;
    if (definition !== null && definition.owner !== null) {
      return { owner: definition.owner, self: definition.parameters[0]?.name ?? '' };
    }
  }
  return null;
}

/** `for a, b in value`, in statements and in comprehensions. */
function readFor(frame: Frame, draft: Draft): void {
  const { children } = frame.node;
  children.forEach((child, at) => {
    if (child.type !== 'for') return;
    const end = children.findIndex((other, index) => index > at && other.type === 'in');
    const source = end < 0 ? undefined : children[end + 1];
    if (source === undefined) return;
    const targets = children.slice(at + 1, end).filter(({ type }) => type !== ',');
    targets.forEach((target, index) => {
      bindTarget(frame, draft, target, { kind: 'item', node: source, index: targets.length > 1 ? index : null });
    });
  });
}

/** `with value as name`. */
function readWith(frame: Frame, draft: Draft): void {
  const { children } = frame.node;
  children.forEach((child, at) => {
    const target = children[at + 1];
    const source = children[at - 1];
    if (child.type !== 'as' || target === undefined || source === undefined) return;
    bindTarget(frame, draft, target, { kind: 'with', node: source });
  });
}

function noteTest({ node, scope }: Frame, draft: Draft): void {
  const isConditional = node.type === 'ConditionalExpression';
  const tests = expressionsOf(node).filter(({ type }) => type !== 'Body');
  for (const test of isConditional ? tests.slice(1, 2) : tests) draft.tests.push({ node: test, scope });
}

/** Methods that put something into the list or dictionary in front of them. */
const FILLERS = new Set(['append', 'extend', 'add', 'update', 'insert', 'setdefault', 'write', 'writestr', 'attach']);

function noteCall(frame: Frame, draft: Draft): void {
  const { node, scope } = frame;
  const site = { node, scope };
  draft.sites.push(site);
  const [callee] = node.children;
  if (callee === undefined) return;
  const property = callee.type === 'MemberExpression' ? childOf(callee, 'PropertyName') : null;
  const name =
    property !== null ? textOf(property, draft) : callee.type === 'VariableName' ? textOf(callee, draft) : '';
  if (name === '') return;
  const list = draft.calls.get(name);
  if (list === undefined) draft.calls.set(name, [site]);
  else list.push(site);
  const base = property === null ? undefined : callee.children[0];
  const values = childOf(node, 'ArgList');
  if (base?.type !== 'VariableName' || values === null || !FILLERS.has(name)) return;
  for (const filled of expressionsOf(values)) {
    bind(scope.names, textOf(base, draft), frame, { kind: 'content', node: filled });
  }
}
