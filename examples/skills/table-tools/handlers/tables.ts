import { createToolHandler } from '@aegis/skill-sdk';
import { aggregateRows } from '../lib/aggregate.ts';
import { readCsv, type Table } from '../lib/csv.ts';
import { parseNumber } from '../lib/number.ts';
import { filterRows, selectColumns, sortRows } from '../lib/query.ts';
import { type Format, toObjects, writeTable } from '../lib/write.ts';
import { aggregateTableTool, convertTableTool, describeTableTool, queryTableTool } from '../tools/tables.ts';

const PREVIEW_ROWS = 5;
const LIMIT_DEFAULT = 100;

export const describeTable = createToolHandler(describeTableTool, async ({ text, delimiter }) => {
  const table = readCsv(text, delimiter);
  const columns = table.columns.map((name, at) =>
    describeColumn(
      name,
      table.rows.map((row) => row[at] ?? ''),
    ),
  );
  const preview = toObjects({ ...table, rows: table.rows.slice(0, PREVIEW_ROWS) });
  return { rowCount: table.rows.length, columns, preview };
});

export const queryTable = createToolHandler(queryTableTool, async (params) => {
  const { where = [], sort = [], select = [], offset = 0, limit = LIMIT_DEFAULT, format = 'json' } = params;
  const matching = sortRows(filterRows(readCsv(params.text, params.delimiter), where), sort);
  const page = { ...matching, rows: matching.rows.slice(offset, offset + limit) };
  return { matched: matching.rows.length, ...answer(selectColumns(page, select), format) };
});

export const aggregateTable = createToolHandler(aggregateTableTool, async (params) => {
  const { where = [], groupBy = [], measures, format = 'json' } = params;
  const matching = filterRows(readCsv(params.text, params.delimiter), where);
  return { matched: matching.rows.length, ...answer(aggregateRows(matching, groupBy, measures), format) };
});

export const convertTable = createToolHandler(convertTableTool, async ({ text, delimiter, format, outputDelimiter }) =>
  writeTable(readCsv(text, delimiter), format, outputDelimiter),
);

/** JSON is handed over as rows, the other formats as text. */
function answer(table: Table, format: Format) {
  const { columns } = table;
  return format === 'json' ? { columns, rows: toObjects(table) } : { columns, ...writeTable(table, format) };
}

function describeColumn(name: string, cells: readonly string[]) {
  const filled = cells.filter((cell) => cell.trim() !== '');
  const isNumber = filled.length > 0 && filled.every((cell) => parseNumber(cell) !== null);
  const type = isNumber ? 'number' : filled.length === 0 ? 'empty' : 'text';
  return { name, type, empty: cells.length - filled.length, distinct: new Set(filled).size };
}
