/** A table as text in cells: `rows` have as many cells as there are columns. */
export interface Table {
  columns: string[];
  rows: string[][];
}

export const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const;
export type DelimiterName = keyof typeof DELIMITERS;

/** An agent's context holds less; what is larger belongs into a database. */
const CHARACTERS_MAX = 5_000_000;
const ROWS_MAX = 100_000;
const COLUMNS_MAX = 500;

/**
 * Reads CSV as RFC 4180 has it: fields in double quotes may hold delimiters, line breaks and doubled quotes. Lines end in
 * CRLF, LF or CR; a byte order mark and empty lines at the end are dropped. The first record names the columns. Without a
 * delimiter, the one that the first record has most of is taken.
 * @throws Error with the line: a quote that stays open, text behind a closing quote, a row that is too long or too short,
 * a column twice or without a name, more than 5,000,000 characters, 100,000 rows or 500 columns
 */
export function readCsv(text: string, delimiter?: DelimiterName): Table {
  if (text.length > CHARACTERS_MAX) throw new Error(`the text has more than ${CHARACTERS_MAX} characters`);
  const source = text.startsWith('\ufeff') ? text.slice(1) : text;
  const records = readRecords(source, delimiter === undefined ? guessDelimiter(source) : DELIMITERS[delimiter]);
  const [header, ...body] = records;
  if (header === undefined) throw new Error('the text is empty');
  const columns = header.cells.map((name) => name.trim());
  checkColumns(columns);
  const rows = body.map(({ cells, line }) => {
    if (cells.length === columns.length) return cells;
    throw new Error(`line ${line} has ${cells.length} cells, and there are ${columns.length} columns`);
  });
  if (rows.length > ROWS_MAX) throw new Error(`the table has more than ${ROWS_MAX} rows`);
  return { columns, rows };
}

interface CsvRecord {
  cells: string[];
  /** Where it begins, from 1. */
  line: number;
}

function readRecords(source: string, delimiter: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  const reader: Reader = { source, delimiter, at: 0, line: 1 };
  while (reader.at < source.length) {
    const line = reader.line;
    const cells = [readCell(reader)];
    while (source[reader.at] === delimiter) {
      reader.at += 1;
      cells.push(readCell(reader));
    }
    skipLineBreak(reader);
    const empty = cells.length === 1 && cells[0] === '';
    if (!empty || reader.at < source.length) records.push({ cells, line });
  }
  // Empty lines at the end are no rows.
  while (records.at(-1)?.cells.join('') === '' && records.at(-1)?.cells.length === 1) records.pop();
  return records;
}

interface Reader {
  source: string;
  delimiter: string;
  at: number;
  line: number;
}

function readCell(reader: Reader): string {
  const { source, delimiter } = reader;
  if (source[reader.at] === '"') return readQuoted(reader);
  const start = reader.at;
  while (reader.at < source.length && !isEnd(source[reader.at], delimiter)) reader.at += 1;
  return source.slice(start, reader.at);
}

function readQuoted(reader: Reader): string {
  const { source, delimiter, line } = reader;
  let cell = '';
  let start = reader.at + 1;
  for (;;) {
    const quote = source.indexOf('"', start);
    if (quote < 0) throw new Error(`line ${line} has a quote that is not closed`);
    cell += source.slice(start, quote);
    start = quote + 2;
    if (source[quote + 1] === '"') {
      cell += '"';
      continue;
    }
    reader.at = quote + 1;
    break;
  }
  reader.line += cell.split(/\r\n|\r|\n/).length - 1;
  if (reader.at < source.length && !isEnd(source[reader.at], delimiter)) {
    throw new Error(`line ${reader.line} has text behind a closing quote`);
  }
  return cell;
}

function isEnd(character: string | undefined, delimiter: string): boolean {
  return character === delimiter || character === '\n' || character === '\r';
}

function skipLineBreak(reader: Reader): void {
  if (reader.source[reader.at] === '\r') reader.at += reader.source[reader.at + 1] === '\n' ? 2 : 1;
  else if (reader.source[reader.at] === '\n') reader.at += 1;
  reader.line += 1;
}

function guessDelimiter(source: string): string {
  const first = source.replaceAll(/"[^"]*"/g, '').split(/\r|\n/, 1)[0] ?? '';
  const counted = Object.values(DELIMITERS).map((delimiter) => ({ delimiter, count: first.split(delimiter).length }));
  return counted.reduce((best, next) => (next.count > best.count ? next : best)).delimiter;
}

function checkColumns(columns: readonly string[]): void {
  if (columns.length > COLUMNS_MAX) throw new Error(`the table has more than ${COLUMNS_MAX} columns`);
  for (const [index, name] of columns.entries()) {
    if (name === '') throw new Error(`column ${index + 1} has no name`);
    if (columns.indexOf(name) !== index) throw new Error(`the column ${JSON.stringify(name)} is there twice`);
  }
}
