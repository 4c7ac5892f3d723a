import type { SourceText } from '../source/source-text.ts';
import { addVariable, visitCall } from './call-uses.ts';
import { Evaluator } from './evaluate.ts';
import { JoinedText } from './files.ts';
import { type Collector, fold, type Input, type PythonUses } from './found-uses.ts';
import { checkedNames } from './guards.ts';
import { bindPython, type Definition, fileAt, type Site } from './scopes.ts';
import { parsePython } from './syntax.ts';

/** No file needs more. */
const USES_MAX = 2000;

/** Fewer errors, or errors further apart than this many characters, leave enough to be read. */
const ERRORS_MIN = 8;

const ERROR_SPACING = 60;

/**
 * Finds every place where Python files that import each other reach outside themselves, with what reaches it. `handlers`
 * names the functions of a file that tools call; `stepsMax` bounds the work, the same on every runtime.
 */
export function findPythonUses(
  sources: readonly SourceText[],
  handlers: (path: string) => readonly string[],
  stepsMax: number,
): PythonUses {
  const [only] = sources;
  const source = sources.length === 1 && only !== undefined ? only : new JoinedText(sources);
  return usesIn(source.text, { source, handlers, stepsMax, at: null, depth: 0 });
}

function usesIn(text: string, input: Input): PythonUses {
  const { source } = input;
  const parts = source instanceof JoinedText && input.at === null ? source.parts : [{ source, from: 0 }];
  const parsed = parts.map(({ source: { path, text: own }, from }) => {
    const code = parts.length === 1 ? text : own;
    return { path, from, to: from + code.length, ...parsePython(code, from) };
  });
  const module = bindPython(parsed, text);
  const isHandler = ({ kind, name, scope, owner, node }: Definition): boolean =>
    kind === 'function' &&
    owner === null &&
    scope.parent?.kind === 'module' &&
    input.handlers(fileAt(module, node.from)?.path ?? '').includes(name);
  const handlers = new Set(module.definitions.filter(isHandler));
  const ev = new Evaluator(module, handlers, input.stepsMax);
  const checked = handlers.size === 0 ? new Set<string>() : checkedNames(ev, module);
  const found: Collector = { input, ev, module, checked, uses: [], folded: [], inner: usesIn };
  const usesMax = USES_MAX * parts.length;
  for (const site of module.sites) {
    if (found.uses.length >= usesMax || ev.exhausted) break;
    visit(found, site);
  }
  return {
    uses: found.uses,
    folded: found.folded,
    complete: !ev.exhausted && found.uses.length < usesMax,
    steps: input.stepsMax - ev.left,
    unreadable: parsed
      .filter(({ errors, from, to }) => errors > ERRORS_MIN && errors * ERROR_SPACING > to - from)
      .map(({ path }) => path),
  };
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
