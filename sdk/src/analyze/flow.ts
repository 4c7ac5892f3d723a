import type { FlowStep } from '../wire/reports.ts';
import type { Trace, Use } from './code/found-uses.ts';

const WORDS: Readonly<Record<Trace['kind'], string>> = {
  parameter: 'a parameter of the tool',
  network: 'an answer from the network',
  'sensitive-file': 'credentials are read here',
  file: 'a file is read here',
  environment: 'the whole environment',
  variable: 'an environment variable',
  typed: 'what somebody types',
  sensed: 'what is seen or heard here',
  machine: 'facts about this machine',
  secret: 'a private key or seed phrase',
  decoded: 'something is decoded here',
};

/** The way from the first source of these kinds to the use; empty when there is none. */
export function flowTo(use: Use, kinds: readonly Trace['kind'][], traces: readonly Trace[] = use.sources): FlowStep[] {
  const source = traces.find(({ kind }) => kinds.includes(kind));
  if (source === undefined) return [];
  const named = source.name === '' || source.name === '*' ? '' : ` (${source.name})`;
  return [
    { ...at(source.place), note: `${WORDS[source.kind]}${named}` },
    { ...at(use.place), note: `reaches ${use.api}()` },
  ];
}

/** True when something of this kind decides the value of the use. */
export function comesFrom(use: Use, ...kinds: Trace['kind'][]): boolean {
  return use.sources.some(({ kind }) => kinds.includes(kind));
}

function at(place: { file: string; line: number; column: number }): Omit<FlowStep, 'note'> {
  return { file: place.file, line: place.line, column: place.column };
}

/** A list as a sentence has it, at most three of it. */
export function listed(values: readonly string[]): string {
  const shown = values.slice(0, 3).map((text) => `“${shortened(text)}”`);
  return values.length > 3 ? `${shown.join(', ')} and ${values.length - 3} more` : shown.join(', ');
}

/** At most 100 characters of a text, on one line, unknown parts as an ellipsis. */
export function shortened(text: string): string {
  const line = text.replaceAll('\uffff', '…').replace(/\s+/g, ' ').trim();
  return line.length <= 100 ? line : `${line.slice(0, 99)}…`;
}
