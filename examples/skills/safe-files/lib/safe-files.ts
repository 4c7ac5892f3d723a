import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeNames, type FolderEntry, namesAt, readBytes, removeFile, replaceFile } from './file.ts';
import { isCode, withFolder } from './folder.ts';
import { ALLOWED_EXTENSIONS, PathRefused, parseFilePath, parsePath } from './path.ts';

/** What every operation returns; `data` is null on failure, `error` on success. */
export interface OperationResult<T = unknown> {
  success: boolean;
  data: T | null;
  error: string | null;
  /** As it was asked for. */
  path: string;
}

/** The operations that exist; `execute` takes no other. */
export const OPERATIONS = ['read', 'write', 'list', 'delete', 'create_dir'] as const;
export type Operation = (typeof OPERATIONS)[number];

export const SKILL_METADATA = {
  id: 'safe-files',
  name: 'Safe files',
  version: '1.0.0',
  description: 'Reads and writes text files inside one folder, and nothing outside of it',
  operations: OPERATIONS,
  securityLevel: 'high',
  requiresHitl: true,
  sandboxed: true,
} as const;

export interface AuditEntry {
  /** RFC 3339, UTC. */
  at: string;
  operation: Operation;
  path: string;
  success: boolean;
  details: string;
}

export interface SafeFilesOptions {
  /** The folder that holds everything, no link itself; made when it is missing. Default: `workspace`, in the working directory. */
  sandboxDir?: string;
  /** Bytes of a file that is written; 10 MiB unless it is less. */
  maxFileSize?: number;
  /** Bytes of a file that is read; 1 MiB unless it is less. */
  maxReadSize?: number;
  allowedExtensions?: readonly string[];
  /** Called with each audit entry as it is made. */
  onAudit?: (entry: AuditEntry) => void;
  /** Epoch milliseconds. */
  clock?: () => number;
}

const FILE_BYTES_MAX = 10 * 1024 * 1024;
const READ_BYTES_MAX = 1024 * 1024;
/** The log lives in memory; older entries go first. */
const AUDIT_ENTRIES_MAX = 1000;

/** A configured instance. @example const files = createSkill({ sandboxDir: '/srv/agent' }); */
export function createSkill(options: SafeFilesOptions = {}): SafeFiles {
  return new SafeFiles(options);
}

/**
 * Files inside one folder. Every operation checks its path, follows no link, writes an audit entry, and returns an
 * OperationResult instead of throwing.
 */
export class SafeFiles {
  readonly sandboxDir: string;
  readonly maxFileSize: number;
  readonly maxReadSize: number;
  readonly allowedExtensions: readonly string[];
  readonly #onAudit: (entry: AuditEntry) => void;
  readonly #clock: () => number;
  readonly #audit: AuditEntry[] = [];

  constructor(options: SafeFilesOptions) {
    this.sandboxDir = options.sandboxDir ?? 'workspace';
    this.maxFileSize = Math.min(options.maxFileSize ?? FILE_BYTES_MAX, FILE_BYTES_MAX);
    this.maxReadSize = Math.min(options.maxReadSize ?? READ_BYTES_MAX, READ_BYTES_MAX);
    this.allowedExtensions = options.allowedExtensions ?? ALLOWED_EXTENSIONS;
    this.#onAudit = options.onAudit ?? (() => {});
    this.#clock = options.clock ?? Date.now;
  }

  /** The operation by its name, for callers that get the name from elsewhere. */
  async execute(operation: string, params: { path: string; content?: string }): Promise<OperationResult> {
    switch (operation) {
      case 'read':
        return this.readFile(params.path);
      case 'write':
        return this.writeFile(params.path, params.content ?? '');
      case 'list':
        return this.listDirectory(params.path);
      case 'delete':
        return this.deleteFile(params.path);
      case 'create_dir':
        return this.createDirectory(params.path);
      default: {
        const error = `${operation} is no operation; there are ${OPERATIONS.join(', ')}`;
        return { success: false, data: null, error, path: params.path };
      }
    }
  }

  /** The text of a UTF-8 file of at most `maxReadSize` bytes. */
  async readFile(path: string): Promise<OperationResult<{ content: string; size: number }>> {
    return this.#run('read', path, () => {
      const { folder, name } = parseFilePath(path, this.allowedExtensions);
      const bytes = this.#within(folder, () => readBytes(name, this.maxReadSize));
      return { data: { content: decode(bytes), size: bytes.length }, details: `${bytes.length} bytes` };
    });
  }

  /** Writes a whole file, with the folders on the way to it: afterwards there is the old content or the new, never a part. */
  async writeFile(path: string, content: string): Promise<OperationResult<{ size: number }>> {
    return this.#run('write', path, () => {
      const { folder, name } = parseFilePath(path, this.allowedExtensions);
      const bytes = new TextEncoder().encode(content);
      if (bytes.length > this.maxFileSize) {
        throw new PathRefused(`the content has ${bytes.length} bytes, and at most ${this.maxFileSize} may be written`);
      }
      this.#within(folder, () => replaceFile(name, bytes), { create: true });
      return { data: { size: bytes.length }, details: `${bytes.length} bytes` };
    });
  }

  /** The entries of a folder by name, at most 1,000; hidden ones are left out. `.` is the sandbox. */
  async listDirectory(path = '.'): Promise<OperationResult<{ entries: FolderEntry[]; more: boolean }>> {
    return this.#run('list', path, () => {
      const names = parsePath(path);
      // First of all it has to be a folder of the sandbox, or the errors below would tell what lies outside.
      this.#within(names, () => {});
      const hints = namesAt(join(this.sandboxDir, ...names));
      const data = this.#within(names, () => describeNames(hints));
      return { data, details: `${data.entries.length} entries` };
    });
  }

  /** Removes one file; folders and links stay. */
  async deleteFile(path: string): Promise<OperationResult<{ deleted: true }>> {
    return this.#run('delete', path, () => {
      const { folder, name } = parseFilePath(path, this.allowedExtensions);
      this.#within(folder, () => removeFile(name));
      return { data: { deleted: true }, details: 'deleted' };
    });
  }

  /** Makes a folder, with those on the way to it; one that is there already is no failure. */
  async createDirectory(path: string): Promise<OperationResult<{ created: true }>> {
    return this.#run('create_dir', path, () => {
      this.#within(parsePath(path), () => {}, { create: true });
      return { data: { created: true }, details: 'there' };
    });
  }

  /** The latest 1,000 operations since this instance was made, oldest first. */
  getAuditLog(): AuditEntry[] {
    return this.#audit.map((entry) => ({ ...entry }));
  }

  /** How this instance is set up. */
  getSandboxInfo() {
    const { sandboxDir, maxFileSize, maxReadSize, allowedExtensions } = this;
    return {
      sandboxDir,
      maxFileSize,
      maxReadSize,
      allowedExtensions: [...allowedExtensions],
      operations: [...OPERATIONS],
    };
  }

  #within<T>(names: readonly string[], use: () => T, options: { create?: boolean } = {}): T {
    mkdirSync(this.sandboxDir, { recursive: true });
    return withFolder(this.sandboxDir, names, use, options);
  }

  #run<T>(operation: Operation, path: string, work: () => { data: T; details: string }): OperationResult<T> {
    let result: OperationResult<T>;
    let details: string;
    try {
      const done = work();
      result = { success: true, data: done.data, error: null, path };
      details = done.details;
    } catch (error) {
      details = reasonOf(error);
      result = { success: false, data: null, error: details, path };
    }
    const entry = { at: new Date(this.#clock()).toISOString(), operation, path, success: result.success, details };
    this.#audit.push(entry);
    if (this.#audit.length > AUDIT_ENTRIES_MAX) this.#audit.shift();
    this.#onAudit(entry);
    return result;
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new PathRefused('the file is no UTF-8 text');
  }
}

/** Words for a caller: messages of the operating system hold paths of the machine, so only their code is passed on. */
function reasonOf(error: unknown): string {
  if (error instanceof PathRefused) return error.message;
  if (isCode(error, 'ENOENT')) return 'the file does not exist';
  if (isCode(error, 'ELOOP')) return 'this is a link, and links are not followed';
  if (error instanceof Error && 'code' in error) return `the operating system refused (${error.code})`;
  return 'the operation failed';
}
