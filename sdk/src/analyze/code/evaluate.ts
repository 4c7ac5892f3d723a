import { callValue } from './calls.ts';
import { parameterValue } from './functions.ts';
import { elementOf, exportValue, fieldKeysOfUrl, memberByValue, memberOf, withUrlFields } from './members.ts';
import type { Module } from './module.ts';
import { PACKAGE } from './paths.ts';
import { globalRef, memberRef, moduleRef } from './refs.ts';
import { type Binding, type Definition, type PathStep, REST } from './scope.ts';
import { child, children, elements, isClass, isFunction, type Node, nameOf, plainKey, unwrap } from './syntax.ts';
import {
  concat,
  HOLE,
  join,
  joinOrigins,
  knownTexts,
  NOTHING,
  numberValue,
  type Origin,
  refValue,
  type Thing,
  textValue,
  UNKNOWN,
  unknownFrom,
  type Value,
  value,
  withOrigins,
} from './value.ts';

/** Files that are analysed together: what one exports is known to the others. */
export interface Unit {
  readonly modules: readonly Module[];
  /** The module that a specifier means, when it is one of the unit. */
  resolve(from: Module, specifier: string): Module | null;
  /** Functions that tools call, with the tool's name where it is known. */
  readonly handlers: ReadonlyMap<Node, string | null>;
}

/** The arguments of one call, while the body of its function is evaluated for just this call. */
export interface Frame {
  readonly fn: Node;
  readonly module: Module;
  readonly args: readonly Value[];
  /** False after a spread: there may be more arguments than `args`. */
  readonly closed: boolean;
  readonly self: Value | null;
  readonly memo: Map<object, Value>;
  readonly partial: Map<Binding, Partial>;
  readonly depth: number;
  /** Steps that are left for the outermost of the calls within calls that this one belongs to. */
  readonly budget: { left: number };
}

interface Partial {
  value: Value;
  read: boolean;
}

/** Deeper expressions are unknown. Each level costs a handful of stack frames. */
const DEPTH_MAX = 90;
/** Array literals beyond this are data. */
const ITEMS_MAX = 512;

/**
 * Works out what expressions may be, without running anything. Lazy and memoised. Bounded by steps instead of time: the
 * same source takes the same steps on every runtime; when they are used up, everything further is unknown and
 * `exhausted` says so.
 */
export class Evaluator {
  readonly unit: Unit;
  exhausted = false;
  readonly memo = new Map<object, Value>();
  readonly parameters = new Map<Node, (Value | null)[]>();
  /** Where the contents of objects and lists come from. */
  readonly contents = new Map<object, readonly Origin[]>();
  readonly members = new Map<Node, Map<string, Value | null>>();
  private readonly partial = new Map<Binding, Partial>();
  /** Steps that are left. */
  left: number;
  private depth = 0;

  /** `stepsMax` bounds the work for the whole unit. */
  constructor(unit: Unit, stepsMax: number) {
    this.unit = unit;
    this.left = stepsMax;
  }

  /** Takes `count` steps; false when they are used up. */
  spend(count: number): boolean {
    this.left -= count;
    if (this.left < 0) this.exhausted = true;
    return this.left >= 0;
  }

  evaluate(node: Node | null, module: Module, outer: Frame | null = null): Value {
    if (node === null) return NOTHING;
    const frame = outer !== null && isInside(node.start, module, outer) ? outer : null;
    const memo = frame?.memo ?? this.memo;
    const known = memo.get(node);
    if (known !== undefined) return known;
    if (frame !== null && frame.budget.left-- <= 0) return UNKNOWN;
    const result = this.nested(() => EXPRESSIONS[node.type]?.(this, node, module, frame) ?? UNKNOWN);
    if (result === null) return UNKNOWN;
    memo.set(node, result);
    return result;
  }

  /** Goes one level deeper; null when that is too deep, or when the steps are used up. */
  nested<T>(work: () => T): T | null {
    if (this.depth >= DEPTH_MAX || !this.spend(1)) return null;
    this.depth++;
    const result = work();
    this.depth--;
    return result;
  }

  /** Anything that a name may be. Reads of the name inside its own definitions see what is known so far. */
  bindingValue(binding: Binding, module: Module, outer: Frame | null): Value {
    const frame = outer !== null && isInside(binding.at, module, outer) ? outer : null;
    const memo = frame?.memo ?? this.memo;
    const known = memo.get(binding);
    if (known !== undefined) return known;
    const partials = frame?.partial ?? this.partial;
    const running = partials.get(binding);
    if (running !== undefined) {
      running.read = true;
      return running.value;
    }
    const partial: Partial = { value: binding.implicit ? refValue(globalRef(binding.name)) : NOTHING, read: false };
    partials.set(binding, partial);
    for (const definition of binding.definitions) this.apply(partial, definition, module, frame);
    partials.delete(binding);
    let result = partial.value;
    if (binding.fields.length > 0) {
      result = withUrlFields(this, result, binding, module);
      if (!binding.fields.every(({ key }) => fieldKeysOfUrl.has(key)) || !result.refs.includes('URL#')) {
        result = join([result, value({ things: [{ kind: 'fields', binding, module }] })]);
      }
    }
    memo.set(binding, result);
    return result;
  }

  private apply(partial: Partial, definition: Definition, module: Module, frame: Frame | null): void {
    partial.read = false;
    const next = this.definitionValue(definition, module, frame);
    const repeats = (definition.kind === 'value' || definition.kind === 'add') && definition.repeats;
    if (definition.kind === 'add') {
      partial.value = concat(partial.value, next);
      if (repeats) partial.value = concat(partial.value, unknownFrom(next.origins));
    } else {
      partial.value = join([partial.value, next]);
      // x = f(x) in a loop: one round is known, the others are not.
      if (repeats && partial.read) partial.value = join([partial.value, UNKNOWN]);
    }
  }

  private definitionValue(definition: Definition, module: Module, frame: Frame | null): Value {
    switch (definition.kind) {
      case 'value':
      case 'element': {
        const base = this.evaluate(definition.value, module, frame);
        const start = definition.kind === 'element' ? elementOf(base) : base;
        return this.follow(start, definition.path, definition.fallback, definition.value.start, module, frame);
      }
      case 'add':
        return this.evaluate(definition.value, module, frame);
      case 'parameter': {
        const base =
          frame !== null && frame.fn === definition.fn
            ? argumentOf(frame, definition.index, definition.path[0] === REST)
            : parameterValue(this, definition.fn, definition.index, module);
        const path = definition.path[0] === REST ? definition.path.slice(1) : definition.path;
        return this.follow(base, path, definition.fallback, definition.fn.start, module, frame);
      }
      case 'import':
        return this.importValue(definition.from, definition.imported, module);
      case 'declaration':
        return value({ things: [thingOf(definition.node, module)] });
      case 'unknown':
        return UNKNOWN;
    }
  }

  private follow(
    base: Value,
    path: readonly PathStep[],
    fallback: Node | null,
    offset: number,
    module: Module,
    frame: Frame | null,
  ): Value {
    let at = base;
    for (const step of path) {
      if (step === REST) continue;
      const site = { module, offset };
      at =
        typeof step === 'string'
          ? memberOf(this, at, step, site)
          : memberByValue(this, at, this.evaluate(step, module, frame), site);
    }
    return fallback === null ? at : join([at, this.evaluate(fallback, module, frame)]);
  }

  /** What an import or `require` gives; `*` is the whole module. */
  importValue(from: string, imported: string, module: Module): Value {
    const target = this.unit.resolve(module, from);
    if (target !== null) {
      if (imported === '*') return value({ things: [{ kind: 'module', module: target }] });
      return exportValue(this, target, imported) ?? UNKNOWN;
    }
    if (from.startsWith('.') || from.startsWith('/')) return UNKNOWN;
    const ref = moduleRef(from);
    return refValue(imported === '*' ? ref : memberRef(ref, imported));
  }
}

function isInside(offset: number, module: Module, frame: Frame): boolean {
  return module === frame.module && offset >= frame.fn.start && offset <= frame.fn.end;
}

function argumentOf(frame: Frame, index: number, isRest: boolean): Value {
  if (isRest)
    return value({ things: [{ kind: 'array', items: frame.args.slice(index) }], texts: frame.closed ? [] : [HOLE] });
  return frame.args[index] ?? (frame.closed ? NOTHING : UNKNOWN);
}

function thingOf(node: Node, module: Module): Thing {
  if (isFunction(node)) return { kind: 'function', node, module };
  if (isClass(node)) return { kind: 'class', node, module };
  return { kind: node.type === 'TSEnumDeclaration' ? 'enum' : 'namespace', node, module };
}

type Expression = (ev: Evaluator, node: Node, module: Module, frame: Frame | null) => Value;

const inner =
  (key: string): Expression =>
  (ev, node, module, frame) =>
    ev.evaluate(child(node, key), module, frame);
const made: Expression = (_, node, module) => value({ things: [thingOf(node, module)] });
const called: Expression = (ev, node, module, frame) => callValue(ev, node, module, frame);

const EXPRESSIONS: Readonly<Record<string, Expression>> = {
  Literal: (_, node) => literalValue(node),
  TemplateLiteral: (ev, node, module, frame) => templateValue(ev, node, module, frame),
  Identifier: identifierValue,
  JSXIdentifier: identifierValue,
  MemberExpression: memberValue,
  BinaryExpression: binaryValue,
  CallExpression: called,
  NewExpression: called,
  ImportExpression: called,
  TaggedTemplateExpression: called,
  FunctionExpression: made,
  ArrowFunctionExpression: made,
  FunctionDeclaration: made,
  ClassExpression: made,
  ClassDeclaration: made,
  ObjectExpression: (_, node, module) => value({ things: [{ kind: 'object', node, module }] }),
  ArrayExpression: arrayValue,
  ThisExpression: thisValue,
  ConditionalExpression: (ev, node, module, frame) =>
    join([ev.evaluate(child(node, 'consequent'), module, frame), ev.evaluate(child(node, 'alternate'), module, frame)]),
  LogicalExpression: (ev, node, module, frame) => {
    const right = ev.evaluate(child(node, 'right'), module, frame);
    return node.operator === '&&' ? right : join([ev.evaluate(child(node, 'left'), module, frame), right]);
  },
  SequenceExpression: (ev, node, module, frame) =>
    ev.evaluate(children(node, 'expressions').at(-1) ?? null, module, frame),
  AssignmentExpression: inner('right'),
  AwaitExpression: inner('argument'),
  YieldExpression: inner('argument'),
  SpreadElement: inner('argument'),
  ChainExpression: inner('expression'),
  ParenthesizedExpression: inner('expression'),
  TSAsExpression: inner('expression'),
  TSSatisfiesExpression: inner('expression'),
  TSNonNullExpression: inner('expression'),
  TSTypeAssertion: inner('expression'),
  TSInstantiationExpression: inner('expression'),
  TSExternalModuleReference: (ev, node, module) => {
    const from = child(node, 'expression')?.value;
    return typeof from === 'string' ? ev.importValue(from, '*', module) : UNKNOWN;
  },
  TSQualifiedName: (ev, node, module, frame) => {
    const name = nameOf(child(node, 'right'));
    const left = ev.evaluate(child(node, 'left'), module, frame);
    return name === null ? UNKNOWN : memberOf(ev, left, name, { module, offset: node.start });
  },
  UnaryExpression: (ev, node, module, frame) => unaryValue(node, ev.evaluate(child(node, 'argument'), module, frame)),
  MetaProperty: () => refValue('import.meta'),
};

function literalValue(node: Node): Value {
  if (typeof node.value === 'string') return textValue(node.value);
  if (typeof node.value === 'number') return numberValue(node.value);
  if (typeof node.value === 'boolean') return textValue(String(node.value));
  return node.value === null && node.raw === 'null' ? NOTHING : UNKNOWN;
}

/** The text of a template, with a hole for each part that is not known. */
export function templateValue(ev: Evaluator, node: Node, module: Module, frame: Frame | null): Value {
  const expressions = children(node, 'expressions');
  let result = textValue('');
  children(node, 'quasis').forEach((quasi, index) => {
    const text = quasi.value as { cooked?: unknown; raw?: unknown } | undefined;
    const cooked = text?.cooked ?? text?.raw;
    if (typeof cooked === 'string' && cooked !== '')
      result = index === 0 ? textValue(cooked) : concat(result, textValue(cooked));
    const expression = expressions[index];
    if (expression !== undefined) {
      const part = ev.evaluate(expression, module, frame);
      result = concat(result, { ...part, numeric: false });
    }
  });
  return result;
}

function identifierValue(ev: Evaluator, node: Node, module: Module, frame: Frame | null): Value {
  const name = nameOf(node) ?? '';
  const around = module.withObjects.get(node);
  const binding = module.resolved.get(node);
  const plain = binding !== undefined ? ev.bindingValue(binding, module, frame) : globalValue(name, module, frame);
  if (around === undefined) return plain;
  const site = { module, offset: node.start };
  return join([plain, ...around.map((object) => memberOf(ev, ev.evaluate(object, module, frame), name, site))]);
}

function globalValue(name: string, module: Module, frame: Frame | null): Value {
  const folder = module.path.includes('/') ? module.path.slice(0, module.path.lastIndexOf('/')) : '';
  switch (name) {
    case 'undefined':
    case 'NaN':
      return NOTHING;
    case '__dirname':
      return textValue(folder === '' ? PACKAGE : `${PACKAGE}/${folder}`);
    case '__filename':
      return textValue(`${PACKAGE}/${module.path}`);
    case 'arguments':
      return frame === null ? UNKNOWN : argumentOf(frame, 0, true);
    default:
      return refValue(globalRef(name));
  }
}

function memberValue(ev: Evaluator, node: Node, module: Module, frame: Frame | null): Value {
  const object = ev.evaluate(child(node, 'object'), module, frame);
  const site = { module, offset: node.start };
  const key = plainKey(node);
  if (key !== null) return memberOf(ev, object, key, site);
  return memberByValue(ev, object, ev.evaluate(child(node, 'property'), module, frame), site);
}

/** `a + b + c …` leans to the left; its spine is walked, not recursed. */
function binaryValue(ev: Evaluator, node: Node, module: Module, frame: Frame | null): Value {
  if (node.operator !== '+') return arithmeticValue(ev, node, module, frame);
  const rights: Node[] = [];
  let left: Node | null = node;
  while (left !== null && left.type === 'BinaryExpression' && left.operator === '+') {
    const right = child(left, 'right');
    if (right !== null) rights.push(right);
    const next: Node | null = child(left, 'left');
    left = next === null ? null : unwrap(next);
  }
  let result = ev.evaluate(left, module, frame);
  for (const right of rights.reverse()) result = concat(result, ev.evaluate(right, module, frame));
  return result;
}

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '%': (left, right) => left % right,
  '^': (left, right) => left ^ right,
  '|': (left, right) => left | right,
  '&': (left, right) => left & right,
  '<<': (left, right) => left << right,
  '>>': (left, right) => left >> right,
  '>>>': (left, right) => left >>> right,
};

function arithmeticValue(ev: Evaluator, node: Node, module: Module, frame: Frame | null): Value {
  const left = ev.evaluate(child(node, 'left'), module, frame);
  const right = ev.evaluate(child(node, 'right'), module, frame);
  const operate = ARITHMETIC[String(node.operator)];
  const origins: readonly Origin[] = joinOrigins([left.origins, right.origins]).filter(
    ({ kind }) => kind !== 'parameter',
  );
  const leftTexts = knownTexts(left);
  const rightTexts = knownTexts(right);
  if (operate === undefined || leftTexts.length !== 1 || rightTexts.length !== 1 || !left.numeric || !right.numeric) {
    return unknownFrom(origins);
  }
  return withOrigins(numberValue(operate(Number(leftTexts[0]), Number(rightTexts[0]))), origins);
}

function unaryValue(node: Node, argument: Value): Value {
  const text = knownTexts(argument)[0];
  if (node.operator === '-' && argument.numeric && argument.texts.length === 1) return numberValue(-Number(text));
  if (node.operator === '+' && argument.texts.length === 1 && text !== undefined) return numberValue(Number(text));
  if (node.operator === 'void') return NOTHING;
  return UNKNOWN;
}

function arrayValue(ev: Evaluator, node: Node, module: Module, frame: Frame | null): Value {
  const list = elements(node);
  if (list.length > ITEMS_MAX) return UNKNOWN;
  const items: Value[] = [];
  let isOpen = false;
  for (const element of list) {
    const item = ev.evaluate(element, module, frame);
    if (element?.type !== 'SpreadElement') items.push(item);
    else {
      const array = item.things.find((thing) => thing.kind === 'array');
      if (array?.kind === 'array') items.push(...array.items);
      else if (item.texts.length === 1 && item.texts[0] !== undefined && !item.texts[0].includes(HOLE)) {
        items.push(...[...item.texts[0]].map((char) => textValue(char)));
      } else {
        items.push(unknownFrom(item.origins));
        isOpen = true;
      }
    }
  }
  return value({
    things: [{ kind: 'array', items }],
    texts: isOpen ? [HOLE] : [],
    origins: joinOrigins(items.map((item) => item.origins)),
  });
}

function thisValue(_: Evaluator, node: Node, module: Module, frame: Frame | null): Value {
  if (frame?.self != null) return frame.self;
  const owner = module.thisOwners.get(node) ?? null;
  if (owner === null) return refValue('globalThis');
  if (isClass(owner)) return value({ things: [{ kind: 'instance', node: owner, module }] });
  if (owner.type === 'ObjectExpression') return value({ things: [{ kind: 'object', node: owner, module }] });
  return value({ texts: [HOLE], things: [{ kind: 'instance', node: owner, module }] });
}
