import type { FoldedText, Trace, Use } from '../code/found-uses.ts';
import { HOLE } from '../code/value.ts';
import type { SourceText } from '../source/source-text.ts';
import type { Evaluator } from './evaluate.ts';
import type { PythonModule } from './scopes.ts';
import type { PythonNode } from './syntax.ts';
import { joinOrigins, type Origin, onlyText, type Value } from './value.ts';

/** What was found in one Python file. Holds no syntax tree. */
export interface PythonUses {
  readonly uses: readonly Use[];
  readonly folded: readonly FoldedText[];
  /** False when the step budget ran out: there may be more. */
  readonly complete: boolean;
  readonly steps: number;
  /** The files of which so little is Python that the tree says nothing. */
  readonly unreadable: readonly string[];
}

const FOLDED_LENGTH_MIN = 16;

const FOLDED_MAX = 200;

export interface Input {
  readonly source: SourceText;
  readonly handlers: (path: string) => readonly string[];
  readonly stepsMax: number;
  /** Where a decoded program is run: everything in it is shown there. */
  readonly at: number | null;
  readonly depth: number;
}

export interface Collector {
  readonly input: Input;
  readonly ev: Evaluator;
  readonly module: PythonModule;
  readonly checked: ReadonlySet<string>;
  readonly uses: Use[];
  readonly folded: FoldedText[];
  /** Looks through a program in a text that this one runs. */
  readonly inner: (text: string, input: Input) => PythonUses;
}

type UseParts = Pick<Use, 'kind' | 'values' | 'complete'> & {
  origins?: readonly Origin[];
  payload?: readonly Origin[];
  isHidden?: boolean;
  isShell?: boolean;
  isConstant?: boolean;
  api?: string;
};

export function push(found: Collector, node: PythonNode, ref: string, parts: UseParts): void {
  const { origins = [], payload = [], isHidden = false, isShell = false, isConstant = false } = parts;
  const relevant = parts.kind === 'exec' ? joinOrigins([origins, payload]) : origins;
  const names = relevant.flatMap((origin) => (origin.kind === 'parameter' ? [origin.name] : []));
  found.uses.push({
    kind: parts.kind,
    api: parts.api ?? ref,
    values: [...parts.values].sort(),
    complete: parts.complete,
    isShell,
    isConstant,
    isHidden,
    sources: traces(found, origins),
    payload: traces(found, payload),
    unchecked: [...new Set(names)].filter((name) => !found.checked.has(name) && !found.checked.has('')).sort(),
    place: found.input.source.place(found.input.at ?? node.from),
  });
}

function traces({ input }: Collector, origins: readonly Origin[]): Trace[] {
  return origins.map(({ kind, name, offset }) => ({
    kind,
    name: name.replaceAll(HOLE, '…'),
    place: input.source.place(input.at ?? offset),
  }));
}

export function fold(found: Collector, node: PythonNode, folded: Value): void {
  const text = folded.assembled ? onlyText(folded) : null;
  if (text === null || text.length < FOLDED_LENGTH_MIN || text.length > 8192 || found.folded.length >= FOLDED_MAX)
    return;
  if (!found.module.text.includes(text))
    found.folded.push({ text, place: found.input.source.place(found.input.at ?? node.from) });
}
