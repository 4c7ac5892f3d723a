import * as tool from './tools/files.ts';

export const tools = [
  tool.readFileTool,
  tool.writeFileTool,
  tool.listDirectoryTool,
  tool.deleteFileTool,
  tool.createDirectoryTool,
  tool.getAuditLogTool,
  tool.getSandboxInfoTool,
];
