import type { Table } from './csv.ts';
import { parseNumber } from './number.ts';

export interface Condition {
  column: string;
  /**
   * `=`, `!=`, `<` … compare as numbers when both sides are numbers, else as text by code point. An empty cell is neither
   * less nor greater than anything, and a text neither less nor greater than a number.
   */
  is: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'contains' | 'starts_with' | 'empty' | 'not_empty';
  value?: string | number | boolean;
}

export interface SortKey {
  column: string;
  descending?: boolean;
}

/** The rows for which every condition holds. @throws Error that names a column that does not exist */
export function filterRows(table: Table, where: readonly Condition[]): Table {
  const tests = where.map((condition) => {
    const at = columnAt(table, condition.column);
    const value = String(condition.value ?? '');
    return (row: string[]) => holds(row[at] ?? '', condition.is, value);
  });
  return { ...table, rows: table.rows.filter((row) => tests.every((test) => test(row))) };
}

/** The rows in order of the first key, equal ones by the second and so on; what is equal keeps its order. Empty cells come last. */
export function sortRows(table: Table, keys: readonly SortKey[]): Table {
  const order = keys.map(({ column, descending }) => ({ at: columnAt(table, column), sign: descending ? -1 : 1 }));
  const rows = table.rows.toSorted((left, right) => {
    for (const { at, sign } of order) {
      const [a, b] = [left[at] ?? '', right[at] ?? ''];
      if ((a === '') !== (b === '')) return a === '' ? 1 : -1;
      const compared = compareCells(a, b);
      if (compared !== 0) return sign * compared;
    }
    return 0;
  });
  return { ...table, rows };
}

/** Only these columns, in this order; all of them when none is named. */
export function selectColumns(table: Table, names: readonly string[]): Table {
  if (names.length === 0) return table;
  const places = names.map((name) => columnAt(table, name));
  return { columns: [...names], rows: table.rows.map((row) => places.map((at) => row[at] ?? '')) };
}

/** Where a column stands. @throws Error that names the columns there are */
export function columnAt({ columns }: Table, name: string): number {
  const at = columns.indexOf(name);
  if (at < 0) throw new Error(`there is no column ${JSON.stringify(name)}; there are ${columns.join(', ')}`);
  return at;
}

/** Negative, zero or positive: as numbers when both are, numbers before text, text by code point. */
export function compareCells(a: string, b: string): number {
  const [left, right] = [parseNumber(a), parseNumber(b)];
  if (left !== null && right !== null) return left - right;
  if ((left === null) !== (right === null)) return left === null ? 1 : -1;
  return a < b ? -1 : a > b ? 1 : 0;
}

function holds(cell: string, is: Condition['is'], value: string): boolean {
  switch (is) {
    case '=':
      return compareCells(cell, value) === 0;
    case '!=':
      return compareCells(cell, value) !== 0;
    case '<':
      return isComparable(cell, value) && compareCells(cell, value) < 0;
    case '<=':
      return isComparable(cell, value) && compareCells(cell, value) <= 0;
    case '>':
      return isComparable(cell, value) && compareCells(cell, value) > 0;
    case '>=':
      return isComparable(cell, value) && compareCells(cell, value) >= 0;
    case 'contains':
      return cell.toLowerCase().includes(value.toLowerCase());
    case 'starts_with':
      return cell.toLowerCase().startsWith(value.toLowerCase());
    case 'empty':
      return cell.trim() === '';
    case 'not_empty':
      return cell.trim() !== '';
  }
}

function isComparable(cell: string, value: string): boolean {
  return cell.trim() !== '' && (parseNumber(value) === null || parseNumber(cell) !== null);
}
