import { aggregateTableTool, convertTableTool, describeTableTool, queryTableTool } from './tools/tables.ts';

export const tools = [describeTableTool, queryTableTool, aggregateTableTool, convertTableTool];
