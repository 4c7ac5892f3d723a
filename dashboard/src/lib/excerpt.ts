import type { Finding } from '@aegis/skill-sdk/wire/reports';

/** One line of source around a finding. */
export interface ExcerptLine {
  /** From 1. */
  number: number;
  text: string;
  mark: 'sink' | 'through' | null;
  /** The step of the flow beside it, from 1; null on other lines. */
  step: number | null;
  /** Lines were left out before this one. */
  gap: boolean;
}

const CONTEXT_LINES = 2;
const LINE_CHARACTERS_MAX = 400;

type Located = Pick<Finding, 'file' | 'line' | 'flow' | 'excerpt'>;

/** The lines of `content` that a finding speaks of, each with two lines around it. The finding's own line is the sink. */
export function excerptOf(content: string, finding: Located): ExcerptLine[] {
  const source = content.split(/\r\n|\n|\r/);
  const steps = stepsIn(finding);
  const wanted = new Set<number>();
  for (const line of [finding.line, ...steps.keys()]) {
    for (let near = line - CONTEXT_LINES; near <= line + CONTEXT_LINES; near++) {
      if (near >= 1 && near <= source.length) wanted.add(near);
    }
  }
  const numbers = [...wanted].sort((left, right) => left - right);
  return numbers.map((number, index) => ({
    number,
    text: (source[number - 1] ?? '').slice(0, LINE_CHARACTERS_MAX),
    mark: number === finding.line ? 'sink' : steps.has(number) ? 'through' : null,
    step: steps.get(number) ?? null,
    gap: index > 0 && number !== (numbers[index - 1] ?? 0) + 1,
  }));
}

/** What can be shown before the file was read: the finding's own line. */
export function ownLine(finding: Located): ExcerptLine[] {
  if (finding.excerpt === undefined) return [];
  const step = stepsIn(finding).get(finding.line) ?? null;
  return [{ number: finding.line, text: finding.excerpt, mark: 'sink', step, gap: false }];
}

/** Line to step number, for the steps that lie in the finding's own file. */
function stepsIn(finding: Located): Map<number, number> {
  const steps = new Map<number, number>();
  finding.flow?.forEach((step, index) => {
    if (step.file === finding.file && !steps.has(step.line)) steps.set(step.line, index + 1);
  });
  return steps;
}
