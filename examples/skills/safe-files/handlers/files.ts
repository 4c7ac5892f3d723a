import { createToolHandler, type ToolContext } from '@aegis/skill-sdk';
import { parsePath } from '../lib/path.ts';
import { createSkill, type SafeFiles } from '../lib/safe-files.ts';
import * as tool from '../tools/files.ts';

/** One instance per folder, so that the audit log spans the calls of one process. */
const skills = new Map<string, SafeFiles>();

export const readFile = createToolHandler(tool.readFileTool, async ({ path }, context) =>
  skill(context).readFile(path),
);

export const writeFile = createToolHandler(tool.writeFileTool, async ({ path, content }, context) =>
  skill(context).writeFile(path, content),
);

export const listDirectory = createToolHandler(tool.listDirectoryTool, async ({ path }, context) =>
  skill(context).listDirectory(path),
);

export const deleteFile = createToolHandler(tool.deleteFileTool, async ({ path }, context) =>
  skill(context).deleteFile(path),
);

export const createDirectory = createToolHandler(tool.createDirectoryTool, async ({ path }, context) =>
  skill(context).createDirectory(path),
);

export const getAuditLog = createToolHandler(tool.getAuditLogTool, async (_, context) => ({
  entries: skill(context).getAuditLog(),
}));

export const getSandboxInfo = createToolHandler(tool.getSandboxInfoTool, async (_, context) =>
  skill(context).getSandboxInfo(),
);

function skill(context: ToolContext): SafeFiles {
  const sandboxDir = sandboxOf(context.env('SAFE_FILES_DIR'));
  const known = skills.get(sandboxDir);
  if (known !== undefined) return known;
  const made = createSkill({ sandboxDir, onAudit: (entry) => context.log('file operation', { ...entry }) });
  skills.set(sandboxDir, made);
  return made;
}

/** `workspace`, or the folder in it that SAFE_FILES_DIR names: all that the manifest declares lies in `workspace`. */
function sandboxOf(name: string | undefined): string {
  if (name === undefined || name === '') return 'workspace';
  // One name only: the folder itself is opened without following links, what is above it is trusted.
  const names = parsePath(name);
  if (names.length !== 1)
    throw new Error('SAFE_FILES_DIR must be the name of one folder in workspace/, without a slash');
  return `workspace/${names[0]}`;
}
