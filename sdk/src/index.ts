// The names that authors of skills use. Nothing here runs when it is imported, and every module stands alone, so that a
// bundler keeps only what a handler uses; what the registry, the dashboard and the cluster use has subpaths of its own.
export type { ContextAdapters, ContextCall, ContextOptions, DenialReason } from './context.ts';
export { createContext } from './context.ts';
export type { ErrorCode, FieldError } from './errors.ts';
export { AegisError } from './errors.ts';
export type { ManifestCheck } from './manifest.ts';
export { checkManifest, parseManifest } from './manifest.ts';
export type { NetworkGrant, PermissionBlock } from './permissions.ts';
export type { CaseResult, TestCase, TestOptions, TestRun } from './testing.ts';
export { parseCases, runCases, testTool } from './testing.ts';
export type { InputOf, ParamsOf, ResultOf } from './tools.ts';
export { checkInput, createToolHandler, defineTool } from './tools.ts';
export type {
  Limits,
  ParameterType,
  SecurityLevel,
  SkillManifest,
  ToolAnnotations,
  ToolContext,
  ToolDefinition,
  ToolFiles,
  ToolHandler,
  ToolParameter,
  ToolReturn,
} from './types.ts';
