import type { SourceText } from '../source/source-text.ts';
import { addVariable, visitCall } from './call-uses.ts';
import { Evaluator } from './evaluate.ts';
import { type Collector, fold, type Input, type PythonUses } from './found-uses.ts';
import { checkedNames } from './guards.ts';
import { bindPython, type Definition, type Site } from './scopes.ts';
import { parsePython } from './syntax.ts';

/** No file needs more. */
const USES_MAX = 2000;

/** Fewer errors, or errors further apart than this many characters, leave enough to be read. */
const ERRORS_MIN = 8;

const ERROR_SPACING = 60;

/**
 * Finds every place where a Python file reaches outside itself, with what reaches it. `handlers` names the functions that
 * tools call; `stepsMax` bounds the work, the same on every runtime.
 */
export function findPythonUses(source: SourceText, handlers: readonly string[], stepsMax: number): PythonUses {
  return usesIn(source.text, { source, handlers, stepsMax, at: null, depth: 0 });
}

function usesIn(text: string, input: Input): PythonUses {
  const { root, errors } = parsePython(text);
  const module = bindPython(root, text, input.source.path);
  const handlers = new Set(module.definitions.filter((item) => isHandler(item, input.handlers)));
  const ev = new Evaluator(module, handlers, input.stepsMax);
  const checked = handlers.size === 0 ? new Set<string>() : checkedNames(ev, module);
  const found: Collector = { input, ev, module, checked, uses: [], folded: [], inner: usesIn };
  for (const site of module.sites) {
    if (found.uses.length >= USES_MAX || ev.exhausted) break;
    visit(found, site);
  }
  const complete = !ev.exhausted && found.uses.length < USES_MAX;
  return {
    uses: found.uses,
    folded: found.folded,
    complete,
    steps: input.stepsMax - ev.left,
    isUnreadable: errors > ERRORS_MIN && errors * ERROR_SPACING > text.length,
  };
}

function isHandler({ kind, name, scope, owner }: Definition, names: readonly string[]): boolean {
  return kind === 'function' && owner === null && scope.parent?.kind === 'module' && names.includes(name);
}

function visit(found: Collector, site: Site): void {
  const { node } = site;
  if (node.type === 'CallExpression') visitCall(found, site);
  else if (node.type === 'MemberExpression') visitMember(found, site);
  else fold(found, node, found.ev.evaluate(node, site.scope));
}

function visitMember(found: Collector, { node, scope }: Site): void {
  const base = found.ev.evaluate(node.children[0], scope);
  if (!base.refs.includes('os.environ') || node.children[1]?.type !== '[') return;
  addVariable(found, node, found.ev.evaluate(node.children[2], scope));
}
