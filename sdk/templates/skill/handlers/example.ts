import { createToolHandler } from '@aegis/skill-sdk';
import { exampleTool } from '../tools/example.ts';

/** `input` has the type that the tool declares; anything else is refused before this function runs. */
export default createToolHandler(exampleTool, async ({ input }) => {
  const words = input.split(/\s+/).filter((word) => word !== '');
  return { input, words: words.length };
});
