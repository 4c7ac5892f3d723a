import type { SourceText } from '../source/source-text.ts';
import { visitCall } from './call-uses.ts';
import { Evaluator, type Unit } from './evaluate.ts';
import {
  type Collector,
  type FoldedText,
  fold,
  NO_TARGET,
  push,
  REMOTE,
  type Use,
  wholeEnvironment,
} from './found-uses.ts';
import { findGuards } from './guards.ts';
import type { Module } from './module.ts';
import { memberRef } from './refs.ts';
import { child, children, literalText, type Node, plainKey } from './syntax.ts';
import { knownTexts } from './value.ts';
import { visitAll } from './walk.ts';

export interface UnitUses {
  readonly uses: readonly Use[];
  readonly folded: readonly FoldedText[];
  /** False when the step budget ran out: there may be more. */
  readonly complete: boolean;
  /** Steps that it took. */
  readonly steps: number;
}

/** No file needs more; generated code with more has said enough. */
const USES_MAX = 4000;

/** Finds every use in the files of a unit. `stepsMax` bounds the work, the same on every runtime. */
export function findUses(unit: Unit, sources: ReadonlyMap<string, SourceText>, stepsMax: number): UnitUses {
  const ev = new Evaluator(unit, stepsMax);
  const guards = findGuards(ev);
  const withEnvironment = new Set([...sources.values()].filter(({ text }) => text.includes('env')));
  const found: Collector = { ev, guards, sources, uses: [], folded: [], withEnvironment };
  for (const module of unit.modules) {
    const source = sources.get(module.path);
    if (source === undefined) continue;
    visitAll(module.tree, {
      types: ACTING,
      enter: (node, parent, key) => visit(found, module, source, node, parent, key),
    });
  }
  const complete = !ev.exhausted && found.uses.length < USES_MAX;
  return { uses: found.uses, folded: found.folded, complete, steps: stepsMax - ev.left };
}

const ACTING = new Set([
  'CallExpression',
  'NewExpression',
  'TaggedTemplateExpression',
  'ImportExpression',
  'MemberExpression',
  'VariableDeclarator',
  'AssignmentExpression',
  'BinaryExpression',
  'ImportDeclaration',
  'ExportAllDeclaration',
]);

function visit(
  found: Collector,
  module: Module,
  source: SourceText,
  node: Node,
  parent: Node | null,
  key: string,
): void {
  if (found.uses.length >= USES_MAX) return;
  switch (node.type) {
    case 'CallExpression':
    case 'NewExpression':
    case 'TaggedTemplateExpression':
    case 'ImportExpression':
      visitCall(found, module, source, node);
      return;
    case 'MemberExpression':
      visitMember(found, module, source, node, parent, key);
      return;
    case 'VariableDeclarator':
      visitPattern(found, module, source, node);
      return;
    case 'AssignmentExpression':
      visitAssignment(found, module, source, node);
      return;
    case 'BinaryExpression':
      if (node.operator === '+' && parent?.type !== 'BinaryExpression')
        fold(found, source, node, found.ev.evaluate(node, module));
      return;
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
      visitImport(found, source, node);
  }
}

function visitMember(
  found: Collector,
  module: Module,
  source: SourceText,
  node: Node,
  parent: Node | null,
  key: string,
): void {
  const { ev } = found;
  const object = ev.evaluate(child(node, 'object'), module);
  if (object.refs.includes('process.env') && !(parent?.type === 'CallExpression' && key === 'callee')) {
    const plain = plainKey(node);
    const names = plain !== null ? [plain] : knownTexts(ev.evaluate(child(node, 'property'), module));
    push(
      found,
      source,
      node,
      'process.env',
      { ...NO_TARGET, kind: 'env', values: names, complete: names.length > 0 },
      [],
    );
  }
  if (parent?.type === 'SpreadElement' && ev.evaluate(node, module).refs.includes('process.env')) {
    wholeEnvironment(found, source, node);
  }
}

/** `const { TOKEN, ...rest } = process.env`. */
function visitPattern(found: Collector, module: Module, source: SourceText, node: Node): void {
  const pattern = child(node, 'id');
  if (pattern?.type !== 'ObjectPattern') return;
  if (!found.ev.evaluate(child(node, 'init'), module).refs.includes('process.env')) return;
  for (const property of children(pattern, 'properties')) {
    const name = property.type === 'RestElement' ? null : plainKey(property);
    if (name === null) wholeEnvironment(found, source, property);
    else push(found, source, property, 'process.env', { ...NO_TARGET, kind: 'env', values: [name] }, []);
  }
}

/** What a wallet or a request goes through: whoever replaces it sees and changes all of them. */
const PATCHED =
  /(^|\.)(ethereum|solana|phantom|tronWeb)\.(request|send|sendAsync|signTransaction|signAllTransactions|signAndSendTransaction)$|^fetch$|^XMLHttpRequest\.prototype\.(open|send)$/;

const PATCHED_KEYS = new Set(
  'fetch open request send sendAsync signTransaction signAllTransactions signAndSendTransaction'.split(' '),
);

/** `window.fetch = …`. */
function visitAssignment(found: Collector, module: Module, source: SourceText, node: Node): void {
  const left = child(node, 'left');
  const key = left?.type === 'MemberExpression' ? plainKey(left) : null;
  if (left === null || key === null || !PATCHED_KEYS.has(key)) return;
  for (const ref of found.ev.evaluate(child(left, 'object'), module).refs) {
    const name = memberRef(ref, key);
    if (PATCHED.test(name)) push(found, source, node, name, { ...NO_TARGET, kind: 'patch', values: [] }, []);
  }
}

/** `import 'https://…'` fetches a program and runs it. */
function visitImport(found: Collector, source: SourceText, node: Node): void {
  const from = literalText(child(node, 'source'));
  if (from === null || !REMOTE.test(from)) return;
  push(found, source, node, 'import', { ...NO_TARGET, kind: 'load', values: [from], isConstant: true }, []);
}
