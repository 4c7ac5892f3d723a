import type { PermissionBlock } from './permissions.ts';

/** The levels in rising order; high and critical make the platform ask a human at run time. */
export type SecurityLevel = 'low' | 'medium' | 'high' | 'critical';

/** The types that a parameter or a result may have. */
export type ParameterType = 'string' | 'number' | 'boolean' | 'object' | 'array';

export interface ToolParameter {
  name: string;
  type: ParameterType;
  description: string;
  /** Default: false. */
  required?: boolean;
  /** Used when the caller leaves the parameter out; must have the parameter's type. */
  default?: unknown;
}

export interface ToolReturn {
  type: ParameterType;
  description: string;
}

/** Hints in the sense of MCP; untrusted, they never grant anything. */
export interface ToolAnnotations {
  readOnlyHint?: boolean;
  destructiveHint?: boolean;
  idempotentHint?: boolean;
  openWorldHint?: boolean;
}

/** One tool of a skill. `parameters` and `inputSchema` (JSON Schema 2020-12, an object) exclude each other. */
export interface ToolDefinition {
  name: string;
  description: string;
  parameters?: readonly ToolParameter[];
  inputSchema?: Record<string, unknown>;
  returns: ToolReturn;
  /** Path to the handler, from the skill's folder; extension optional, `#export` optional (else the default export). */
  handler: string;
  annotations?: ToolAnnotations;
}

/** What a run may use. Downwards freely; upwards only an admin of the platform. */
export interface Limits {
  /** CPUs, default 1. */
  cpus: number;
  /** MB, default 512. */
  memoryMb: number;
  /** MB, default 128. */
  diskMb: number;
  /** Processes at once, default 50. */
  processes: number;
  /** Seconds that the sandbox lives, default 300. */
  lifeSeconds: number;
  /** Seconds per call of a tool, default 30. */
  callSeconds: number;
}

/** A manifest after parsing: every default filled in, every permission in its long form, everything sorted. */
export interface SkillManifest {
  name: string;
  version: string;
  description: string;
  author?: string;
  license?: string;
  permissions: PermissionBlock;
  securityLevel: SecurityLevel;
  requiresApproval: boolean;
  limits: Limits;
  tools: ToolDefinition[];
}

/** Files as a tool sees them: POSIX paths, relative to the run's working directory or absolute. */
export interface ToolFiles {
  read(path: string): Promise<string>;
  write(path: string, content: string): Promise<void>;
  list(path: string): Promise<string[]>;
  remove(path: string): Promise<void>;
}

/** What a handler gets beside its parameters. Plain `fetch` and `node:fs` count the same as these. */
export interface ToolContext {
  fetch: typeof globalThis.fetch;
  files: ToolFiles;
  /** The value of a declared variable; undefined when it is not set. */
  env(name: string): string | undefined;
  log(message: string, fields?: Record<string, unknown>): void;
  /** Aborted when the call runs out of time or is cancelled. */
  signal: AbortSignal;
}

export type ToolHandler<T = Record<string, unknown>, R = unknown> = (params: T, context: ToolContext) => Promise<R>;
