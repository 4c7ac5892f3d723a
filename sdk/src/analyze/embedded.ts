import { bind } from './code/bindings.ts';
import type { FoldedText, Use } from './code/found-uses.ts';
import { parseSource } from './code/parse.ts';
import { findUses } from './code/uses.ts';
import type { Unseen } from './facts.ts';
import { hookPrograms } from './shell-texts.ts';
import type { ReadFiles } from './source/read-files.ts';
import { EmbeddedText } from './source/source-text.ts';

/** Programs that run programs that run programs are looked into this deep. */
const DEPTH_MAX = 4;
/** Program texts of one package; a generated table of them says nothing new. */
const PROGRAMS_MAX = 64;
/** A shorter text does nothing that matters. */
const LENGTH_MIN = 8;

/** What is added to. */
export interface Found {
  stepsLeft: number;
  readonly uses: Use[];
  readonly folded: FoldedText[];
  readonly unseen: Unseen[];
}

/**
 * Analyses the programs that install scripts spell out, and those that the code hands to `eval` and its kin, and adds
 * what they do. `stepsFor` says how many steps a text of so many characters may take.
 */
export function analyseEmbedded(read: ReadFiles, facts: Found, stepsFor: (characters: number) => number): void {
  const seen = new Set<string>();
  let waiting = [...read.texts.flatMap(({ source }) => hookPrograms(source)), ...evaluated(facts.uses)];
  for (let depth = 0; depth < DEPTH_MAX && waiting.length > 0; depth++) {
    const before = facts.uses.length;
    for (const source of waiting) {
      if (seen.size >= PROGRAMS_MAX || seen.has(source.text)) continue;
      seen.add(source.text);
      analyseText(source, facts, stepsFor(source.text.length));
    }
    waiting = evaluated(facts.uses.slice(before));
  }
}

function evaluated(uses: readonly Use[]): EmbeddedText[] {
  return uses
    .filter(({ kind, place }) => kind === 'eval' && !/\.pyw?$/.test(place.file))
    .flatMap(({ values, place }) => values.map((text) => new EmbeddedText(place, text)))
    .filter(({ text }) => text.length >= LENGTH_MIN);
}

/** Analyses one JavaScript text. What does not parse is no program: `eval` would throw. */
export function analyseText(source: EmbeddedText, facts: Found, steps: number): void {
  const { tree } = parseSource(source.text, 'javascript', false);
  if (tree === null) return;
  const module = bind(tree, source.path);
  const unit = { modules: [module], resolve: () => null, handlers: new Map() };
  const found = findUses(unit, new Map([[source.path, source]]), steps);
  facts.stepsLeft -= found.steps;
  facts.uses.push(...found.uses);
  facts.folded.push(...found.folded);
  if (found.complete) return;
  const reason = 'a program inside it takes more steps than an analysis may take';
  facts.unseen.push({ file: source.path, reason, seen: 'lexical', why: 'budget' });
}
