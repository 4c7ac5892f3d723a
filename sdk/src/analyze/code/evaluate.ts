import { evaluateExpression } from './expressions.ts';
import { type Importer, importsIn, parameterValue } from './functions.ts';
import { elementOf, memberByValue, memberOf } from './members.ts';
import type { Module } from './module.ts';
import { exportValue } from './module-exports.ts';
import { globalRef, memberRef, moduleRef } from './refs.ts';
import { type Binding, type Definition, type PathStep, REST } from './scope.ts';
import { isClass, isFunction, type Node } from './syntax.ts';
import { fieldKeysOfUrl, withUrlFields } from './url-fields.ts';
import {
  concat,
  HOLE,
  isSecretName,
  join,
  joinOrigins,
  NOTHING,
  type Origin,
  refValue,
  type Thing,
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
  readonly importers = new Map<Binding, readonly Importer[]>();
  /** Where the contents of objects and lists come from. */
  readonly contents = new Map<object, readonly Origin[]>();
  readonly members = new Map<Node, Map<string, Value | null>>();
  private readonly partial = new Map<Binding, Partial>();
  /** Steps that are left. */
  left: number;
  private depth = 0;
  private importIndex: ReadonlyMap<Module, readonly Importer[]> | null = null;

  /** `stepsMax` bounds the work for the whole unit. */
  constructor(unit: Unit, stepsMax: number) {
    this.unit = unit;
    this.left = stepsMax;
  }

  /** The names that each module is imported under; worked out when somebody asks. */
  imports(): ReadonlyMap<Module, readonly Importer[]> {
    this.importIndex ??= importsIn(this.unit);
    return this.importIndex;
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
    // As `nested`, without a function for each of the millions of nodes.
    if (this.depth >= DEPTH_MAX || !this.spend(1)) return UNKNOWN;
    this.depth++;
    const result = evaluateExpression(this, node, module, frame);
    this.depth--;
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
    let result = isSecretName(binding.name) ? withSecret(partial.value, binding, module) : partial.value;
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
        const start = definition.kind === 'element' ? elementOf(this, base) : base;
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
      case 'caught':
        return unknownFrom(joinOrigins(definition.calls.map((call) => this.evaluate(call, module, frame).origins)));
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

/** A parameter that is named after a private key is one, whoever passes it. */
function withSecret(base: Value, binding: Binding, module: Module): Value {
  const parameter = binding.definitions.find(({ kind }) => kind === 'parameter');
  if (parameter === undefined) return base;
  return withOrigins(base, [{ kind: 'secret', name: binding.name, module, offset: binding.at }]);
}

function isInside(offset: number, module: Module, frame: Frame): boolean {
  return module === frame.module && offset >= frame.fn.start && offset <= frame.fn.end;
}

/** An argument of the call that a frame stands for; with `isRest`, a list of it and all behind it. */
export function argumentOf(frame: Frame, index: number, isRest: boolean): Value {
  if (isRest)
    return value({ things: [{ kind: 'array', items: frame.args.slice(index) }], texts: frame.closed ? [] : [HOLE] });
  return frame.args[index] ?? (frame.closed ? NOTHING : UNKNOWN);
}

/** The thing that a declaration or a function expression makes. */
export function thingOf(node: Node, module: Module): Thing {
  if (isFunction(node)) return { kind: 'function', node, module };
  if (isClass(node)) return { kind: 'class', node, module };
  return { kind: node.type === 'TSEnumDeclaration' ? 'enum' : 'namespace', node, module };
}
