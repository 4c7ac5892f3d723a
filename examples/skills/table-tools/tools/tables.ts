import { defineTool } from '@aegis/skill-sdk';

const text = { type: 'string', description: 'The table as CSV; the first line names the columns' } as const;
const delimiter = {
  enum: ['comma', 'semicolon', 'tab', 'pipe'],
  description: 'What stands between cells; without it, it is guessed',
} as const;
const format = {
  enum: ['json', 'csv', 'markdown'],
  description: 'The format of the result; without it, json',
} as const;
const conditions = {
  type: 'array',
  maxItems: 50,
  description: 'Only rows for which all of these hold',
  items: {
    type: 'object',
    required: ['column', 'is'],
    additionalProperties: false,
    properties: {
      column: { type: 'string' },
      is: { enum: ['=', '!=', '<', '<=', '>', '>=', 'contains', 'starts_with', 'empty', 'not_empty'] },
      value: { type: ['string', 'number', 'boolean'] },
    },
  },
} as const;

export const describeTableTool = defineTool({
  name: 'describe_table',
  description: 'Tell the columns of a CSV table, what is in them, and its first rows',
  inputSchema: {
    type: 'object',
    required: ['text'],
    additionalProperties: false,
    properties: { text, delimiter },
  },
  returns: { type: 'object', description: 'rowCount, columns with type, empty and distinct, and the first 5 rows' },
  handler: './handlers/tables#describeTable',
  annotations: { readOnlyHint: true },
});

export const queryTableTool = defineTool({
  name: 'query_table',
  description: 'Filter and sort the rows of a CSV table and choose its columns',
  inputSchema: {
    type: 'object',
    required: ['text'],
    additionalProperties: false,
    properties: {
      text,
      delimiter,
      format,
      where: conditions,
      sort: {
        type: 'array',
        maxItems: 10,
        description: 'By which columns, the first one first',
        items: {
          type: 'object',
          required: ['column'],
          additionalProperties: false,
          properties: { column: { type: 'string' }, descending: { type: 'boolean' } },
        },
      },
      select: { type: 'array', items: { type: 'string' }, description: 'Which columns; without it, all' },
      offset: { type: 'integer', minimum: 0, description: 'Rows to leave out in front; without it, 0' },
      limit: { type: 'integer', minimum: 0, description: 'Rows at most; without it, 100' },
    },
  },
  returns: { type: 'object', description: 'columns, matched (how many rows fit), and rows or text' },
  handler: './handlers/tables#queryTable',
  annotations: { readOnlyHint: true },
});

export const aggregateTableTool = defineTool({
  name: 'aggregate_table',
  description: 'Count, add up and compare the rows of a CSV table, in groups',
  inputSchema: {
    type: 'object',
    required: ['text', 'measures'],
    additionalProperties: false,
    properties: {
      text,
      delimiter,
      format,
      where: conditions,
      groupBy: { type: 'array', items: { type: 'string' }, description: 'One result for each combination of these' },
      measures: {
        type: 'array',
        minItems: 1,
        maxItems: 50,
        description: 'What to work out',
        items: {
          type: 'object',
          required: ['of'],
          additionalProperties: false,
          properties: {
            of: { enum: ['count', 'distinct', 'sum', 'average', 'min', 'max'] },
            column: { type: 'string' },
          },
        },
      },
    },
  },
  returns: { type: 'object', description: 'columns, matched (how many rows went in), and rows or text' },
  handler: './handlers/tables#aggregateTable',
  annotations: { readOnlyHint: true },
});

export const convertTableTool = defineTool({
  name: 'convert_table',
  description: 'Turn a CSV table into JSON, Markdown, or CSV that is safe to open in a spreadsheet',
  inputSchema: {
    type: 'object',
    required: ['text', 'format'],
    additionalProperties: false,
    properties: {
      text,
      delimiter,
      format,
      outputDelimiter: {
        enum: ['comma', 'semicolon', 'tab', 'pipe'],
        description: 'What stands between cells of the result; without it, comma',
      },
    },
  },
  returns: { type: 'object', description: 'text, and how many cells were defused' },
  handler: './handlers/tables#convertTable',
  annotations: { readOnlyHint: true },
});
