import { convertTool, getRatesTool } from './tools/rates.ts';

export const tools = [getRatesTool, convertTool];
