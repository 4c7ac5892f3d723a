import { HOLE } from '../code/value.ts';
import { resultOf } from './apis.ts';
import { foldBinary, foldMember, subscript } from './fold.ts';
import { foldCall } from './fold-calls.ts';
import { foldMethod } from './fold-methods.ts';
import { LINK, Links } from './links.ts';
import { type Binding, type Definition, fileAt, type PythonModule, type Scope } from './scopes.ts';
import { formatParts, stringText } from './strings.ts';
import { argumentsOf, childOf, expressionsOf, groupsOf, type PythonNode } from './syntax.ts';
import {
  concat,
  deepOrigins,
  join,
  joinOrigins,
  NOTHING,
  type Origin,
  onlyText,
  refValue,
  textValue,
  UNKNOWN,
  unknownFrom,
  type Value,
  value,
} from './value.ts';

/** Expressions nested deeper are anything. */
const DEPTH_MAX = 60;
/** Call sites that are looked at to find out what a parameter may be. */
const SITES_MAX = 24;
/** Lists with more items are known to be lists, and no more. */
const ITEMS_MAX = 4096;

const LISTENER_CALLS = ['Listener', 'on_press', 'on_release', 'hook', 'HookManager'];
const LISTENERS = /^(?:pynput\.keyboard\.Listener|keyboard\.(?:on_press|on_release|hook))$/;

/** `chr(n ^ 7)` is worked out for each item; a longer expression is not. */
const ELEMENT_LENGTH_MAX = 80;

/** The arguments of a call, evaluated. */
export interface CallValues {
  readonly node: PythonNode;
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  readonly spread: readonly Value[];
  /** What stands in front of the dot. */
  readonly receiver: Value | null;
}

/** Works out what expressions may be, without running anything. Steps bound the work, the same on every runtime. */
export class Evaluator {
  readonly module: PythonModule;
  /** The definition that a tool calls, `handle(params, context)`; its first parameter is written by the caller. */
  private readonly handlers: ReadonlySet<Definition>;
  private readonly known = new Map<PythonNode, Value>();
  private readonly active = new Set<PythonNode | Definition>();
  /** The variable of a comprehension that is being worked out, inside its element. */
  private override: { name: string; item: Value; element: PythonNode } | null = null;
  private readonly links: Links;
  /** Functions that hear keys, as refs; worked out when it is first asked for. */
  private listeners: Set<string> | null = null;
  private depth = 0;
  left: number;

  constructor(module: PythonModule, handlers: ReadonlySet<Definition>, stepsMax: number) {
    this.module = module;
    this.handlers = handlers;
    this.left = stepsMax;
    this.links = new Links(
      module,
      (name, top, offset) => this.lookUp(name, top, offset),
      (base, name) => this.attribute(base, name),
    );
  }

  get exhausted(): boolean {
    return this.left <= 0;
  }

  textOf(node: PythonNode): string {
    return this.module.text.slice(node.from, node.to);
  }

  /** What an expression may be. Never throws. */
  evaluate(node: PythonNode | null | undefined, scope: Scope): Value {
    if (node === null || node === undefined) return NOTHING;
    const isPlain = !this.isOverridden(node);
    const known = isPlain ? this.known.get(node) : undefined;
    if (known !== undefined) return known;
    if (this.left-- <= 0 || this.depth > DEPTH_MAX || this.active.has(node)) return UNKNOWN;
    if (isPlain) this.active.add(node);
    this.depth++;
    const found = this.work(node, scope);
    this.depth--;
    if (isPlain) {
      this.active.delete(node);
      this.known.set(node, found);
    }
    return found;
  }

  private work(node: PythonNode, scope: Scope): Value {
    const [first] = node.children;
    switch (node.type) {
      case 'String':
        return textValue(stringText(this.textOf(node)));
      case 'ContinuedString':
        return node.children.map((part) => this.evaluate(part, scope)).reduce(concat, textValue(''));
      case 'FormatString':
        return this.format(node, scope);
      case 'Number':
        return textValue(this.textOf(node));
      case 'Boolean':
      case 'None':
        return NOTHING;
      case 'VariableName':
        return this.lookUp(this.textOf(node), scope, node.from);
      case 'MemberExpression':
        return this.member(node, scope);
      case 'CallExpression':
        return this.call(node, scope);
      case 'BinaryExpression':
        return this.binary(node, scope);
      case 'TupleExpression':
      case 'ArrayExpression':
      case 'SetExpression':
        return this.list(node, scope);
      case 'DictionaryExpression':
        return this.dictionary(node, scope);
      case 'ParenthesizedExpression':
      case 'AwaitExpression':
      case 'YieldExpression':
        return this.evaluate(expressionsOf(node)[0], scope);
      case 'NamedExpression':
        return this.evaluate(node.children.at(-1), scope);
      case 'ConditionalExpression': {
        const [yes, , no] = expressionsOf(node);
        return join([this.evaluate(yes, scope), this.evaluate(no, scope)]);
      }
      case 'UnaryExpression':
        return first?.type === 'not' ? NOTHING : this.negative(node, scope);
      case 'LambdaExpression': {
        const definition = this.module.definitionAt.get(node);
        return definition === undefined ? UNKNOWN : refValue(`fn:${definition.id}`);
      }
      default:
        return node.type.endsWith('ComprehensionExpression') ? this.comprehension(node, scope) : UNKNOWN;
    }
  }

  private isOverridden(node: PythonNode): boolean {
    const element = this.override?.element;
    return element !== undefined && element.from <= node.from && node.to <= element.to;
  }

  private negative(node: PythonNode, scope: Scope): Value {
    const inner = this.evaluate(node.children[1], scope);
    const [text] = inner.texts;
    return text !== undefined && /^\d+$/.test(text) && this.textOf(node).startsWith('-')
      ? textValue(`-${text}`)
      : inner;
  }

  private format(node: PythonNode, scope: Scope): Value {
    let out = textValue('');
    for (const part of formatParts(this.textOf(node), node.from, node.children)) {
      out = concat(out, typeof part === 'string' ? textValue(part) : this.evaluate(part, scope));
    }
    return out;
  }

  private list(node: PythonNode, scope: Scope): Value {
    const parts = groupsOf(node.children.filter(({ type }) => !/^[()[\]{}]$/.test(type)));
    if (parts.length > ITEMS_MAX) return UNKNOWN;
    const items = parts.flatMap((group) => {
      const item = this.evaluate(group.at(-1), scope);
      return group[0]?.type === '*' ? (item.items ?? [unknownFrom(item.origins)]) : [item];
    });
    return value({ items });
  }

  private dictionary(node: PythonNode, scope: Scope): Value {
    const fields = new Map<string, Value>();
    const lists: (readonly Origin[])[] = [];
    for (const group of groupsOf(node.children.filter(({ type }) => type !== '{' && type !== '}'))) {
      const item = this.evaluate(group.at(-1), scope);
      if (group[0]?.type === '**') {
        for (const [key, inner] of item.fields ?? []) fields.set(key, inner);
        lists.push(this.originsOf(item, node.from));
        continue;
      }
      const key = this.evaluate(group[0], scope).texts[0];
      fields.set(key === undefined || key.includes(HOLE) || fields.has(key) ? `${HOLE}${fields.size}` : key, item);
      if (item.refs.includes('os.environ')) lists.push(this.originsOf(item, node.from));
    }
    return value({ fields, origins: joinOrigins(lists) });
  }

  /** `[chr(n) for n in list]` over a list that is written out is worked out item by item. */
  private comprehension(node: PythonNode, scope: Scope): Value {
    const { children } = node;
    const element = children.find(({ type }) => !/^[([{]$/.test(type));
    const at = children.findIndex(({ type }) => type === 'for');
    const [, target, inWord, source] = children.slice(at);
    const over = this.evaluate(source, scope);
    const items = over.items ?? charactersOf(over);
    const isSimple =
      inWord?.type === 'in' &&
      target?.type === 'VariableName' &&
      element !== undefined &&
      element.to - element.from <= ELEMENT_LENGTH_MAX &&
      !children.some(({ type }) => type === 'if') &&
      items?.every((item) => onlyText(item) !== null) === true;
    if (isSimple && items !== null && items.length <= ITEMS_MAX && this.override === null) {
      const name = this.textOf(target);
      const found = items.map((item) => {
        this.override = { name, item, element };
        return this.evaluate(element, scope);
      });
      this.override = null;
      return value({ items: found, origins: over.origins });
    }
    const elements = expressionsOf({ ...node, children: children.slice(0, at) });
    return unknownFrom(joinOrigins(elements.map((item) => this.originsOf(this.evaluate(item, scope), node.from))));
  }

  private binary(node: PythonNode, scope: Scope): Value {
    // A long sum leans to the left: no recursion along it.
    const rights: { operator: string; node: PythonNode }[] = [];
    let at: PythonNode | undefined = node;
    while (at?.type === 'BinaryExpression') {
      const [left, operator, right]: readonly PythonNode[] = at.children;
      if (left === undefined || operator === undefined || right === undefined) break;
      rights.push({ operator: this.textOf(operator), node: right });
      at = left;
    }
    let out = this.evaluate(at, scope);
    for (const { operator, node: right } of rights.reverse()) {
      this.left--;
      out = foldBinary(operator, out, this.evaluate(right, scope));
    }
    return out;
  }

  private lookUp(name: string, scope: Scope, offset: number): Value {
    const { override } = this;
    if (override?.name === name && override.element.from <= offset && offset < override.element.to)
      return override.item;
    const contents: Binding[] = [];
    for (let at: Scope | null = scope; at !== null; at = at.parent) {
      if (at.kind === 'class' && at !== scope) continue;
      const list = at.names.get(name) ?? [];
      contents.push(...list.filter(({ kind }) => kind === 'content'));
      const own = list.filter(({ kind }) => kind !== 'content');
      if (own.length > 0) return this.fill(this.bound(at === scope ? reaching(own, offset) : own), contents);
    }
    return name === '__file__'
      ? textValue(`<package>/${fileAt(this.module, offset)?.path ?? ''}`)
      : this.fill(refValue(name), contents);
  }

  private bound(bindings: readonly Binding[]): Value {
    let out: Value | null = null;
    for (const binding of bindings) {
      const found = this.valueOf(binding);
      if (binding.kind !== 'augment') out = out === null ? found : join([out, found]);
      else {
        const longer: Value = concat(out ?? UNKNOWN, found);
        out = binding.loop === null ? longer : concat(longer, unknownFrom(found.origins));
      }
    }
    return out ?? UNKNOWN;
  }

  private fill(base: Value, contents: readonly Binding[]): Value {
    if (contents.length === 0) return base;
    const added = contents.slice(0, 64).map((binding) => this.valueOf(binding));
    return {
      ...base,
      items: base.items === null ? null : [...base.items, ...added],
      origins: joinOrigins([base.origins, ...added.map((item) => this.originsOf(item, contents[0]?.offset ?? 0))]),
    };
  }

  private valueOf(binding: Binding): Value {
    const { kind, ref, node, scope, index, offset } = binding;
    switch (kind) {
      case 'import':
        return this.links.isAlone ? refValue(ref) : this.links.imported(ref, offset);
      case 'function':
        return refValue(`fn:${ref}`);
      case 'class':
        return refValue(`class:${ref}`);
      case 'parameter':
        return this.parameter(this.module.definitions[Number(ref)], index ?? 0);
      case 'item': {
        const over = this.evaluate(node, scope);
        const items = over.items === null ? [] : over.items.slice(0, 64);
        const each = items.length > 0 ? join(items) : unknownFrom(this.originsOf(over, offset));
        return index === null ? each : partOf(each, index);
      }
      case 'unknown':
        return UNKNOWN;
      default: {
        const found = this.evaluate(node, scope);
        return index === null ? found : partOf(found, index);
      }
    }
  }

  /** What calls in this file hand over; the caller of the tool for the parameters of a handler. */
  private parameter(definition: Definition | undefined, index: number): Value {
    const parameter = definition?.parameters[index];
    if (definition === undefined || parameter === undefined) return UNKNOWN;
    const isBound = definition.owner !== null && !definition.isStatic;
    if (isBound && index === 0) return refValue(`class:${definition.owner?.id}#`);
    if (this.handlers.has(definition) && index === 0) {
      return unknownFrom([{ kind: 'parameter', name: '', offset: definition.node.from }]);
    }
    // `handle(params, context)`.
    if (this.handlers.has(definition) && index === 1) return refValue('context');
    if (index === (isBound ? 1 : 0) && this.hearsKeys(definition)) {
      return unknownFrom([{ kind: 'typed', name: '', offset: definition.node.from }]);
    }
    const isInit = definition.name === '__init__';
    const sites = (this.module.callsOf.get(isInit ? (definition.owner?.name ?? '') : definition.name) ?? []).filter(
      ({ node }) => this.links.sees(node.from, definition.node.from),
    );
    const fallback = this.evaluate(parameter.fallback, definition.scope.parent ?? definition.scope);
    if (sites.length === 0 || parameter.name.startsWith('*')) return join([fallback, UNKNOWN]);
    const shift = isBound ? 1 : 0;
    const found = sites.slice(0, SITES_MAX).map(({ node, scope }) => {
      const { positional, named, spread } = argumentsOf(node, this.module.text);
      const given = named.get(parameter.name) ?? positional[index - shift];
      if (given !== undefined) return this.evaluate(given, scope);
      return spread.length > 0 ? UNKNOWN : fallback;
    });
    return join(found);
  }

  /** True for a function that is handed over to be called with each key that is pressed. */
  private hearsKeys(definition: Definition): boolean {
    if (this.listeners === null) {
      this.listeners = new Set();
      const sites = LISTENER_CALLS.flatMap((name) => this.module.callsOf.get(name) ?? []);
      for (const { node, scope } of sites.slice(0, SITES_MAX)) {
        const isListener = this.evaluate(node.children[0], scope).refs.some((ref) => LISTENERS.test(ref));
        const { positional, named } = isListener
          ? this.argumentValues(node, scope)
          : { positional: [], named: new Map() };
        for (const { refs } of [...positional, ...named.values()]) for (const ref of refs) this.listeners.add(ref);
      }
    }
    return this.listeners.has(`fn:${definition.id}`);
  }

  private member(node: PythonNode, scope: Scope): Value {
    const [baseNode] = node.children;
    const base = this.evaluate(baseNode, scope);
    const property = childOf(node, 'PropertyName');
    if (property === null) return subscript(this, base, node, scope);
    return this.attribute(base, this.textOf(property));
  }

  /** `base.name`. */
  attribute(base: Value, name: string): Value {
    const folded = foldMember(base, name);
    if (folded !== null) return folded;
    const found: Value[] = [];
    const refs: string[] = [];
    for (const ref of base.refs) {
      const definition = this.definitionOf(ref, 'class:');
      const linked = ref.startsWith(LINK) ? this.links.member(ref, name) : null;
      if (linked !== null) found.push(linked);
      else if (definition === null) refs.push(`${ref}.${name}`);
      else found.push(this.attributeOf(definition, name));
    }
    const own = value({ texts: refs.length > 0 ? [] : [HOLE], refs, origins: base.origins, assembled: base.assembled });
    return found.length === 0 ? own : join([...found, ...(refs.length > 0 ? [own] : [])]);
  }

  private attributeOf(definition: Definition, name: string): Value {
    const bindings = definition.attributes.get(name);
    if (bindings === undefined || this.active.has(definition)) return UNKNOWN;
    const method = bindings.find(({ kind }) => kind === 'function');
    return method === undefined ? this.bound(bindings) : refValue(`fn:${method.ref}`);
  }

  /** What the file defines under a ref, instance or not. */
  definitionOf(ref: string, prefix: 'fn:' | 'class:'): Definition | null {
    if (!ref.startsWith(prefix)) return null;
    return this.module.definitions[Number(ref.slice(prefix.length).replace('#', ''))] ?? null;
  }

  /** The arguments of a call, each evaluated once. */
  argumentValues(node: PythonNode, scope: Scope): CallValues {
    const { positional, named, spread } = argumentsOf(node, this.module.text);
    return {
      node,
      positional: positional.map((item) => this.evaluate(item, scope)),
      named: new Map([...named].map(([name, item]) => [name, this.evaluate(item, scope)])),
      spread: spread.map((item) => this.evaluate(item, scope)),
      receiver: methodOf(node) === null ? null : this.evaluate(node.children[0]?.children[0], scope),
    };
  }

  private call(node: PythonNode, scope: Scope): Value {
    const [calleeNode] = node.children;
    const args = this.argumentValues(node, scope);
    const property = methodOf(node);
    const callee = this.evaluate(calleeNode, scope);
    const { receiver } = args;
    for (const ref of callee.refs) {
      const own = this.ownCall(ref);
      if (own !== null) return own;
      const folded = foldCall(this, ref, args, scope) ?? resultOf(this, ref, args);
      if (folded !== null) return folded;
    }
    if (receiver !== null && property !== null) {
      const folded = foldMethod(this, receiver, this.textOf(property), args);
      if (folded !== null) return folded;
    }
    return unknownFrom(this.passedOn(args, node.from));
  }

  /** A function or class of this file. */
  private ownCall(ref: string): Value | null {
    const made = this.definitionOf(ref, 'class:');
    if (made !== null) return refValue(`class:${made.id}#`);
    const definition = this.definitionOf(ref, 'fn:');
    if (definition === null) return null;
    if (this.active.has(definition)) return UNKNOWN;
    this.active.add(definition);
    const found = join(definition.returns.slice(0, 16).map((item) => this.evaluate(item, definition.scope)));
    this.active.delete(definition);
    return found;
  }

  /** Whatever goes into an unknown function may come out of it. */
  private passedOn(args: CallValues, offset: number): readonly Origin[] {
    const { receiver } = args;
    const all = [...args.positional, ...args.named.values(), ...args.spread, ...(receiver === null ? [] : [receiver])];
    return joinOrigins(all.slice(0, 32).map((item) => this.originsOf(item, offset)));
  }

  /** Everything that a value holds; the environment as a whole is an origin as soon as it is handed on. */
  originsOf(base: Value, offset: number): readonly Origin[] {
    const origins = deepOrigins(base);
    const isEnvironment = base.refs.some((ref) => ref === 'os.environ' || ref === 'os.environb');
    return isEnvironment ? joinOrigins([origins, [{ kind: 'environment', name: '*', offset }]]) : origins;
  }
}

/** The name behind the dot of a call, or null. */
function methodOf(call: PythonNode): PythonNode | null {
  const [callee] = call.children;
  return callee?.type === 'MemberExpression' ? childOf(callee, 'PropertyName') : null;
}

/** The bindings that can have made the value at an offset of the same scope. */
function reaching(bindings: readonly Binding[], offset: number): readonly Binding[] {
  if (bindings.length === 1) return bindings;
  const isLooped = ({ loop }: Binding): boolean => loop !== null && loop.from <= offset && offset < loop.to;
  let last = -1;
  bindings.forEach((binding, index) => {
    const { block, kind } = binding;
    const kills = kind !== 'augment' && binding.offset < offset && block.from <= offset && offset <= block.to;
    // `x = f(x)` reads the binding before its own.
    const isOwn = binding.node !== null && binding.node.from <= offset && offset < binding.node.to;
    if (kills && !isOwn) last = index;
  });
  const found = bindings.filter((binding, index) => {
    const isOwn = binding.node !== null && binding.node.from <= offset && offset < binding.node.to;
    return !isOwn && (index >= last ? binding.offset < offset || isLooped(binding) : false);
  });
  return found.length > 0 ? found : bindings;
}

function partOf(base: Value, index: number): Value {
  return base.items?.[index] ?? unknownFrom(deepOrigins(base));
}

/** A text that is written out, character by character. */
function charactersOf(base: Value): Value[] | null {
  const [text] = base.texts;
  if (base.texts.length !== 1 || text === undefined || text.includes(HOLE) || text.length > ITEMS_MAX) return null;
  return [...text].map((char) => textValue(char));
}
