import { defineTool } from '@aegis/skill-sdk';

const date = {
  name: 'date',
  type: 'string',
  description: 'A day as YYYY-MM-DD; without it, the latest rates',
  required: false,
} as const;
const source = {
  name: 'source',
  type: 'string',
  description: 'eu, us, or the https origin of another server of the same kind; without it, eu and then us',
  required: false,
} as const;

export const getRatesTool = defineTool({
  name: 'get_rates',
  description: 'Get the exchange rates of a currency',
  parameters: [
    { name: 'base', type: 'string', description: 'The currency, such as EUR', required: true },
    {
      name: 'symbols',
      type: 'array',
      description: 'The other currencies; without them, all',
      required: false,
      default: [],
    },
    date,
    source,
  ],
  returns: { type: 'object', description: 'base, date, rates by currency, and the source' },
  handler: './handlers/rates#getRates',
  annotations: { readOnlyHint: true, openWorldHint: true },
});

export const convertTool = defineTool({
  name: 'convert',
  description: 'Convert an amount of money from one currency into another',
  parameters: [
    { name: 'amount', type: 'number', description: 'How much', required: true },
    { name: 'from', type: 'string', description: 'The currency of the amount, such as EUR', required: true },
    { name: 'to', type: 'string', description: 'The currency wanted, such as JPY', required: true },
    date,
    source,
  ],
  returns: { type: 'object', description: 'amount, from, to, result, rate, date and source' },
  handler: './handlers/rates#convert',
  annotations: { readOnlyHint: true, openWorldHint: true },
});
