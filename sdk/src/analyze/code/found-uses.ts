import type { Place, SourceText } from '../source/source-text.ts';
import type { UseKind } from './apis.ts';
import type { Evaluator } from './evaluate.ts';
import type { Guards } from './guards.ts';
import type { Node } from './syntax.ts';
import type { Target } from './targets.ts';
import { HOLE, joinOrigins, type Origin, type OriginKind, onlyText, type Value } from './value.ts';

/** One source that reaches a use: what it is, and where it enters. */
export interface Trace {
  readonly kind: OriginKind;
  readonly name: string;
  readonly place: Place;
}

/** One place where code reaches for something outside itself. Holds no syntax tree. */
export interface Use {
  readonly kind: UseKind;
  /** The well-known name: `child_process.exec`. */
  readonly api: string;
  /** `host:port`, paths, names, commands or program texts. */
  readonly values: readonly string[];
  /** File: the ends of paths that are known even where their beginning is not. */
  readonly ends?: readonly string[];
  /** False when there may be other values. */
  readonly complete: boolean;
  readonly isShell: boolean;
  readonly isConstant: boolean;
  /** The name of the API was put together from parts, so that nobody finds it by searching. */
  readonly isHidden: boolean;
  /** What decides the value. */
  readonly sources: readonly Trace[];
  /** Everything that is handed over. */
  readonly payload: readonly Trace[];
  /** Tool parameters that decide the value and that nothing checks. */
  readonly unchecked: readonly string[];
  readonly place: Place;
}

/** A text that code puts together, so that it stands nowhere in the source. */
export interface FoldedText {
  readonly text: string;
  readonly place: Place;
}

/** A folded text shorter than this is no secret and no program. */
const FOLDED_LENGTH_MIN = 16;

const FOLDED_MAX = 500;

export interface Collector {
  readonly ev: Evaluator;
  readonly guards: Guards;
  readonly sources: ReadonlyMap<string, SourceText>;
  readonly uses: Use[];
  readonly folded: FoldedText[];
  /** The sources that spell out `env`: only they can hand it over by a name of their own. */
  readonly withEnvironment: ReadonlySet<SourceText>;
}

/** Modules that are programs from somewhere else. */
export const REMOTE = /^(https?|data|blob):/i;

export function push(
  found: Collector,
  source: SourceText,
  node: Node,
  api: string,
  target: Target & { isHidden: boolean },
  payload: readonly Origin[],
): void {
  found.uses.push({
    kind: target.kind,
    api,
    values: [...target.values].sort(),
    ...(target.ends === undefined ? {} : { ends: target.ends }),
    complete: target.complete,
    isShell: target.isShell,
    isConstant: target.isConstant,
    isHidden: target.isHidden,
    sources: traces(found, target.origins),
    payload: traces(found, payload),
    // An argument of a program may be an option that it should never get.
    unchecked: uncheckedOf(found, target.kind === 'exec' ? joinOrigins([target.origins, payload]) : target.origins),
    place: source.place(node.start),
  });
}

function traces(found: Collector, origins: readonly Origin[]): Trace[] {
  return origins.flatMap(({ kind, name, module, offset }) => {
    const source = found.sources.get(module.path);
    return source === undefined ? [] : [{ kind, name: name.replaceAll(HOLE, '…'), place: source.place(offset) }];
  });
}

function uncheckedOf(found: Collector, origins: readonly Origin[]): string[] {
  const names = new Set<string>();
  for (const origin of origins) {
    if (origin.kind !== 'parameter' || origin.handler === undefined) continue;
    const checked = found.guards.get(origin.handler);
    if (checked?.has(origin.name) !== true && checked?.has('') !== true) names.add(origin.name);
  }
  return [...names].sort();
}

export const NO_TARGET = { complete: true, origins: [], isShell: false, isConstant: false, isHidden: false } as const;

export function wholeEnvironment(found: Collector, source: SourceText, node: Node): void {
  push(found, source, node, 'process.env', { ...NO_TARGET, kind: 'env', values: ['*'], complete: false }, []);
}

export function fold(found: Collector, source: SourceText, node: Node, folded: Value): void {
  const text = folded.assembled ? onlyText(folded) : null;
  if (text === null || text.length < FOLDED_LENGTH_MIN || found.folded.length >= FOLDED_MAX) return;
  if (!source.text.includes(text)) found.folded.push({ text, place: source.place(node.start) });
}
