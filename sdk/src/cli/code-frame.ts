import { type Paint, plain } from './terminal.ts';

/** Wider lines are cut around the column. */
const WIDTH_MAX = 110;
const LINES_AROUND = 1;

/** The line of a source and its neighbours, numbered, with a mark below the column (both count from 1). */
export function codeFrame(source: string, at: { line: number; column: number }, paint: Paint): string {
  const lines = source.split(/\r?\n/);
  const first = Math.max(1, at.line - LINES_AROUND);
  const last = Math.min(lines.length, at.line + LINES_AROUND);
  const width = String(last).length;
  const start = at.column > WIDTH_MAX - 10 ? at.column - Math.floor(WIDTH_MAX / 2) : 0;
  const shown: string[] = [];
  for (let number = first; number <= last; number++) {
    const text = plain((lines[number - 1] ?? '').slice(start, start + WIDTH_MAX).replaceAll('\t', ' '));
    const marked = number === at.line;
    shown.push(
      `    ${marked ? paint('red', '>') : ' '} ${paint('dim', `${String(number).padStart(width)} |`)} ${text}`,
    );
    if (marked)
      shown.push(
        `      ${' '.repeat(width)} ${paint('dim', '|')} ${' '.repeat(at.column - 1 - start)}${paint('red', '^')}`,
      );
  }
  return shown.join('\n');
}
