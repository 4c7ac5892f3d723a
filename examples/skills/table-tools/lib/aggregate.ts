import type { Table } from './csv.ts';
import { parseNumber, sumCells } from './number.ts';
import { columnAt, compareCells } from './query.ts';

export interface Measure {
  /** `count` counts cells that are not empty, or rows when it has no column. */
  of: 'count' | 'distinct' | 'sum' | 'average' | 'min' | 'max';
  column?: string;
}

/**
 * One row for each different combination of cells in `groupBy`, in the order in which they first appear, with a column for
 * each measure, such as `sum(price)`. Without `groupBy`, one row for the whole table.
 * @throws Error that names a column that does not exist, or a cell that is no number where one is needed
 */
export function aggregateRows(table: Table, groupBy: readonly string[], measures: readonly Measure[]): Table {
  const places = groupBy.map((name) => columnAt(table, name));
  const groups = new Map<string, { key: string[]; rows: string[][] }>();
  if (groupBy.length === 0) groups.set('[]', { key: [], rows: [] });
  for (const row of table.rows) {
    const key = places.map((at) => row[at] ?? '');
    const name = JSON.stringify(key);
    const group = groups.get(name) ?? { key, rows: [] };
    group.rows.push(row);
    groups.set(name, group);
  }
  const columns = [...groupBy, ...measures.map(({ of, column }) => `${of}(${column ?? ''})`)];
  const rows = [...groups.values()].map((group) => [
    ...group.key,
    ...measures.map((measure) => measureRows(table, group.rows, measure)),
  ]);
  return { columns, rows };
}

function measureRows(table: Table, rows: readonly string[][], { of, column }: Measure): string {
  if (column === undefined) {
    if (of === 'count') return String(rows.length);
    throw new Error(`${of} needs a column`);
  }
  const at = columnAt(table, column);
  const cells = rows.map((row) => row[at] ?? '').filter((cell) => cell.trim() !== '');
  switch (of) {
    case 'count':
      return String(cells.length);
    case 'distinct':
      return String(new Set(cells).size);
    case 'min':
      return cells.reduce((best, cell) => (compareCells(cell, best) < 0 ? cell : best), cells[0] ?? '');
    case 'max':
      return cells.reduce((best, cell) => (compareCells(cell, best) > 0 ? cell : best), cells[0] ?? '');
    case 'sum':
      return String(sumCells(numbers(cells, column)));
    case 'average':
      return cells.length === 0 ? '' : String(sumCells(numbers(cells, column)) / cells.length);
  }
}

function numbers(cells: readonly string[], column: string): readonly string[] {
  const wrong = cells.find((cell) => parseNumber(cell) === null);
  if (wrong === undefined) return cells;
  throw new Error(`the column ${JSON.stringify(column)} has ${JSON.stringify(wrong.slice(0, 50))}, which is no number`);
}
