// The tools of this skill, for code that wants them with their types. Each stands in a file of its own under tools/,
// written with defineTool, and says the same as manifest.yaml; `aegis validate` compares the two.
import { exampleTool } from './tools/example.ts';

export { exampleTool };

export const tools = [exampleTool];
