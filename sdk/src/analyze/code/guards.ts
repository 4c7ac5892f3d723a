import { deepOrigins } from './contents.ts';
import type { Evaluator } from './evaluate.ts';
import type { Module } from './module.ts';
import { child, children, literalText, type Node, nameOf, unwrap } from './syntax.ts';
import { visitAll, walk } from './walk.ts';

/** Names of the parameters of each handler that some code checks; `''` stands for all of them at once. */
export type Guards = ReadonlyMap<Node, ReadonlySet<string>>;

const TESTED: Readonly<Record<string, string>> = {
  IfStatement: 'test',
  ConditionalExpression: 'test',
  WhileStatement: 'test',
  LogicalExpression: 'left',
  SwitchStatement: 'discriminant',
};

const CHECKING = new Set([...Object.keys(TESTED), 'CallExpression']);

const CHECKING_CALL =
  /valid|assert|check|sanit|escape|ensure|verify|schema|allow|whitelist|^is[A-Z]|^(parse|safeParse|test|match|exec|includes|has|startsWith|endsWith|hasOwn|indexOf|some|every|find)$/;
const COMPARISONS = new Set(['===', '!==', '==', '!=', '<', '>', '<=', '>=', 'in', 'instanceof']);

/**
 * Which tool parameters are checked anywhere: compared with something, matched, looked up in a list, or handed to a
 * function whose name says that it checks. That a value is there, or is a string, is no check.
 */
export function findGuards(ev: Evaluator): Guards {
  const guards = new Map<Node, Set<string>>();
  for (const module of ev.unit.modules) {
    if (ev.unit.handlers.size === 0) break;
    visitAll(module.tree, {
      types: CHECKING,
      enter(node) {
        const key = TESTED[node.type];
        const tested = key === undefined ? null : child(node, key);
        if (tested !== null)
          for (const checked of checkedIn(tested, node.type === 'SwitchStatement')) mark(ev, guards, module, checked);
        if (node.type === 'CallExpression' && isCheckingCall(node)) {
          for (const argument of children(node, 'arguments')) mark(ev, guards, module, argument);
        }
      },
    });
  }
  return guards;
}

function mark(ev: Evaluator, guards: Map<Node, Set<string>>, module: Module, node: Node): void {
  for (const origin of deepOrigins(ev, ev.evaluate(node, module))) {
    if (origin.kind !== 'parameter' || origin.handler === undefined) continue;
    const names = guards.get(origin.handler) ?? new Set();
    guards.set(origin.handler, names.add(origin.name));
  }
}

/** The expressions that a condition really checks. */
function checkedIn(test: Node, isDiscriminant: boolean): Node[] {
  if (isDiscriminant) return [test];
  const found: Node[] = [];
  walk(test, (node) => {
    if (node.type === 'BinaryExpression' && COMPARISONS.has(String(node.operator))) {
      const left = child(node, 'left');
      const right = child(node, 'right');
      if (left !== null && right !== null && !isPresence(left) && !isPresence(right)) found.push(left, right);
      return false;
    }
    if (node.type === 'CallExpression' && isCheckingCall(node)) {
      found.push(...children(node, 'arguments'));
      const callee = child(node, 'callee');
      const object = callee === null ? null : child(unwrap(callee), 'object');
      if (object !== null) found.push(object);
    }
    return undefined;
  });
  return found;
}

/** `typeof x === 'string'`, `x === undefined`, `x !== null`, `x === ''`: says that something is there, not what. */
function isPresence(side: Node): boolean {
  const inner = unwrap(side);
  if (inner.type === 'UnaryExpression' && (inner.operator === 'typeof' || inner.operator === 'void')) return true;
  return (
    nameOf(inner) === 'undefined' || (inner.type === 'Literal' && inner.value === null) || literalText(inner) === ''
  );
}

function isCheckingCall(node: Node): boolean {
  const callee = child(node, 'callee');
  const inner = callee === null ? null : unwrap(callee);
  if (inner === null) return false;
  const object = inner.type === 'MemberExpression' ? nameOf(child(inner, 'object')) : null;
  const name = inner.type === 'MemberExpression' ? nameOf(child(inner, 'property')) : nameOf(inner);
  if (name === null || object === 'JSON' || object === 'path' || object === 'Date') return false;
  // `exec` and `match` check only when a pattern does it.
  if (name === 'exec') return inner.type === 'MemberExpression' && isPattern(child(inner, 'object'));
  return CHECKING_CALL.test(name);
}

function isPattern(object: Node | null): boolean {
  if (object === null) return false;
  const name = nameOf(object) ?? '';
  return object.regex !== undefined || /^[A-Z][A-Z_]+$/.test(name) || /pattern|regex|re$/i.test(name);
}
