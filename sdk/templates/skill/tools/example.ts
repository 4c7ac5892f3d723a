import { defineTool } from '@aegis/skill-sdk';

export const exampleTool = defineTool({
  name: 'example_tool',
  description: 'An example tool',
  parameters: [{ name: 'input', type: 'string', description: 'Input parameter', required: true }],
  returns: { type: 'object', description: 'Result object' },
  handler: './handlers/example',
});
