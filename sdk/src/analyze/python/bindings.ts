import type { Binding, Definition, Range, Scope, Site } from './scopes.ts';
import { childOf, expressionsOf, groupsOf, type PythonNode } from './syntax.ts';

export interface Frame {
  readonly node: PythonNode;
  readonly scope: Scope;
  readonly block: Range;
  readonly loop: Range | null;
  /** Right behind `@staticmethod`. */
  readonly isStatic?: boolean;
}

export interface Draft {
  readonly text: string;
  readonly definitions: Definition[];
  readonly calls: Map<string, Site[]>;
  readonly sites: Site[];
  readonly tests: Site[];
}

/** Decorators stand in front; no more of a definition is looked at. */
export const DECORATORS_LENGTH = 200;

export function textOf(node: PythonNode, draft: Draft): string {
  return draft.text.slice(node.from, node.to);
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
export function readImport(frame: Frame, draft: Draft): void {
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

export function define(frame: Frame, draft: Draft): Definition {
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
export function readAssignment(frame: Frame, draft: Draft): void {
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
export function readFor(frame: Frame, draft: Draft): void {
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
export function readWith(frame: Frame, draft: Draft): void {
  const { children } = frame.node;
  children.forEach((child, at) => {
    const target = children[at + 1];
    const source = children[at - 1];
    if (child.type !== 'as' || target === undefined || source === undefined) return;
    bindTarget(frame, draft, target, { kind: 'with', node: source });
  });
}

export function noteTest({ node, scope }: Frame, draft: Draft): void {
  const isConditional = node.type === 'ConditionalExpression';
  const tests = expressionsOf(node).filter(({ type }) => type !== 'Body');
  for (const test of isConditional ? tests.slice(1, 2) : tests) draft.tests.push({ node: test, scope });
}

/** Methods that put something into the list or dictionary in front of them. */
const FILLERS = new Set(['append', 'extend', 'add', 'update', 'insert', 'setdefault', 'write', 'writestr', 'attach']);

export function noteCall(frame: Frame, draft: Draft): void {
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
  // `image.save(buffer)` fills what stands between the brackets.
  const [into] = values === null ? [] : expressionsOf(values);
  if (property !== null && name === 'save' && into?.type === 'VariableName') {
    bind(scope.names, textOf(into, draft), frame, { kind: 'content', node: base ?? null });
  }
  if (base?.type !== 'VariableName' || values === null || !FILLERS.has(name)) return;
  for (const filled of expressionsOf(values)) {
    bind(scope.names, textOf(base, draft), frame, { kind: 'content', node: filled });
  }
}
