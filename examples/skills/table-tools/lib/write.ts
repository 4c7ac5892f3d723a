import { DELIMITERS, type DelimiterName, type Table } from './csv.ts';

export type Format = 'json' | 'csv' | 'markdown';

/** The table in a format, and how many cells were changed so that no spreadsheet runs them. */
export function writeTable(table: Table, format: Format, delimiter: DelimiterName = 'comma') {
  if (format === 'json') return { text: JSON.stringify(toObjects(table)), defusedCells: 0 };
  if (format === 'markdown') return { text: writeMarkdown(table), defusedCells: 0 };
  return writeCsv(table, DELIMITERS[delimiter]);
}

/** The rows as objects by column. */
export function toObjects({ columns, rows }: Table): Record<string, string>[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index] ?? ''])));
}

/**
 * CSV as RFC 4180 has it, lines ending in CRLF. Cells that a spreadsheet would take for a formula get an apostrophe in
 * front, header included (OWASP, CSV injection); numbers such as -12.5 stay as they are.
 */
function writeCsv({ columns, rows }: Table, delimiter: string): { text: string; defusedCells: number } {
  let defusedCells = 0;
  const cell = (text: string): string => {
    const safe = isFormula(text) ? `'${text}` : text;
    if (safe !== text) defusedCells += 1;
    return /["\r\n]/.test(safe) || safe.includes(delimiter) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const text = [columns, ...rows].map((row) => `${row.map(cell).join(delimiter)}\r\n`).join('');
  return { text, defusedCells };
}

/** Spreadsheets run what begins with one of these, some also behind blanks, and in their full-width forms. */
function isFormula(text: string): boolean {
  if (/^\s*[=+\-@＝＋－＠]/.test(text)) return !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?%?$/.test(text);
  return /^[\t\r]/.test(text);
}

/** A table of GitHub Flavored Markdown in which no cell is more than text. */
function writeMarkdown({ columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map(inert).join(' | ')} |\n`;
  return line(columns) + line(columns.map(() => '---')) + rows.map(line).join('');
}

function inert(text: string): string {
  if (text === '---') return text;
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_[\]|!~]/g, '\\$&')
    .replaceAll(/\r\n|\r|\n/g, '<br>');
}
