import { defineTool } from '@aegis/skill-sdk';

const path = { name: 'path', type: 'string', required: true } as const;
const returns = { type: 'object', description: 'success, data, error and path' } as const;

export const readFileTool = defineTool({
  name: 'read_file',
  description: 'Read a text file of at most 1 MiB',
  parameters: [{ ...path, description: 'The file, relative to the sandbox' }],
  returns,
  handler: './handlers/files#readFile',
  annotations: { readOnlyHint: true },
});

export const writeFileTool = defineTool({
  name: 'write_file',
  description: 'Write a text file of at most 10 MiB, replacing what was there; missing folders are made',
  parameters: [
    { ...path, description: 'The file, relative to the sandbox' },
    { name: 'content', type: 'string', description: 'The whole new content', required: true },
  ],
  returns,
  handler: './handlers/files#writeFile',
  annotations: { destructiveHint: true, idempotentHint: true },
});

export const listDirectoryTool = defineTool({
  name: 'list_directory',
  description: 'List the files and folders in a folder',
  parameters: [
    { name: 'path', type: 'string', description: 'The folder, relative to the sandbox', required: false, default: '.' },
  ],
  returns,
  handler: './handlers/files#listDirectory',
  annotations: { readOnlyHint: true },
});

export const deleteFileTool = defineTool({
  name: 'delete_file',
  description: 'Delete one file',
  parameters: [{ ...path, description: 'The file, relative to the sandbox' }],
  returns,
  handler: './handlers/files#deleteFile',
  annotations: { destructiveHint: true },
});

export const createDirectoryTool = defineTool({
  name: 'create_directory',
  description: 'Make a folder, with those on the way to it',
  parameters: [{ ...path, description: 'The folder, relative to the sandbox' }],
  returns,
  handler: './handlers/files#createDirectory',
  annotations: { idempotentHint: true },
});

export const getAuditLogTool = defineTool({
  name: 'get_audit_log',
  description: 'List the operations since the skill was loaded, with their outcome',
  parameters: [],
  returns: { type: 'object', description: 'The entries, oldest first' },
  handler: './handlers/files#getAuditLog',
  annotations: { readOnlyHint: true },
});

export const getSandboxInfoTool = defineTool({
  name: 'get_sandbox_info',
  description: 'Tell where the sandbox is and what its limits are',
  parameters: [],
  returns: { type: 'object', description: 'Folder, limits, allowed extensions and operations' },
  handler: './handlers/files#getSandboxInfo',
  annotations: { readOnlyHint: true },
});
