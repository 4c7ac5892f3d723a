import { callValue } from './calls.ts';
import { deepOrigins } from './contents.ts';
import { argumentOf, type Evaluator, type Frame, thingOf } from './evaluate.ts';
import { memberByValue, memberOf } from './members.ts';
import type { Module } from './module.ts';
import { PACKAGE } from './paths.ts';
import { globalRef } from './refs.ts';
import { child, children, elements, isClass, type Node, nameOf, plainKey, unwrap } from './syntax.ts';
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
  textValue,
  UNKNOWN,
  unknownFrom,
  type Value,
  value,
  withOrigins,
} from './value.ts';

/** Array literals beyond this are data. */
const ITEMS_MAX = 512;

/** What an expression may be; unknown when its kind is not one that is followed. */
export function evaluateExpression(ev: Evaluator, node: Node, module: Module, frame: Frame | null): Value {
  return EXPRESSIONS.get(node.type)?.(ev, node, module, frame) ?? UNKNOWN;
}

type Expression = (ev: Evaluator, node: Node, module: Module, frame: Frame | null) => Value;

const inner =
  (key: string): Expression =>
  (ev, node, module, frame) =>
    ev.evaluate(child(node, key), module, frame);
const made: Expression = (_, node, module) => value({ things: [thingOf(node, module)] });
const called: Expression = (ev, node, module, frame) => callValue(ev, node, module, frame);

const EXPRESSIONS: ReadonlyMap<string, Expression> = new Map(
  Object.entries({
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
      join([
        ev.evaluate(child(node, 'consequent'), module, frame),
        ev.evaluate(child(node, 'alternate'), module, frame),
      ]),
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
  } satisfies Record<string, Expression>),
);

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
  if (key === 'source') {
    const pattern = patternOf(child(node, 'object'));
    if (pattern !== null) return textValue(pattern, true);
  }
  if (key !== null) return memberOf(ev, object, key, site);
  return memberByValue(ev, object, ev.evaluate(child(node, 'property'), module, frame), site);
}

/** The source of a regular expression that is written down. */
export function patternOf(node: Node | null): string | null {
  const regex = node?.regex as { pattern?: unknown } | undefined;
  return typeof regex?.pattern === 'string' ? regex.pattern : null;
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
        items.push(unknownFrom(deepOrigins(ev, item)));
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
