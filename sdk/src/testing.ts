import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type ContextCall, createContext } from './context.ts';
import { AegisError, type FieldError } from './errors.ts';
import { escapePointer, isObject, typeName } from './json-schema.ts';
import { NO_PERMISSIONS, type PermissionBlock } from './permissions.ts';
import { differences } from './subset.ts';
import { fixtureFetch, type HttpFixture, memoryFiles, type SentRequest } from './test-doubles.ts';
import { checkInput } from './tools.ts';
import type { SkillManifest, ToolDefinition, ToolHandler } from './types.ts';

export interface TestOptions {
  /** What the tool may do; without it and without `permissions` it may do nothing. */
  manifest?: Pick<SkillManifest, 'permissions' | 'tools'>;
  permissions?: PermissionBlock;
  /** The tool that runs, or its name in the manifest: the input is then checked before the handler sees it. */
  tool?: ToolDefinition | string;
  /** Files of the working directory by path, in memory. */
  files?: Readonly<Record<string, string>>;
  /** Files of the skill's own package by path: readable without a permission. */
  packageFiles?: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
  http?: readonly HttpFixture[];
  /** Ends the run when it aborts, even if the handler does not listen. Default: never. */
  signal?: AbortSignal;
}

/** What a run did. Either `error` is null or `output` is undefined. */
export interface TestRun<R = unknown> {
  /** As the agent gets it: after one trip through JSON. */
  output: R | undefined;
  /** What the handler threw; an AegisError has its `code`. */
  error: (Error & { code?: unknown }) | null;
  /** Everything the tool asked its context for, in order, allowed or not. */
  calls: ContextCall[];
  /** The files of the working directory after the run. */
  files: Record<string, string>;
  /** The requests that passed the permissions, answered or not. */
  requests: SentRequest[];
  /** Requests that no fixture answers, as `METHOD URL`; also those whose error the handler swallowed. */
  unanswered: string[];
  log: { message: string; fields: Record<string, unknown> | undefined }[];
}

/**
 * Runs a handler, or the default export of a module, with an enforcing context that you control (A12): files are in
 * memory, requests are answered from `http` and nothing else, the environment is `env`. Never throws for what the
 * handler does. The same input and options give the same run.
 * @example const { output, error, calls } = await testTool(handler, { who: 'Ada' }, { manifest, http: [] });
 */
export async function testTool<T, R>(
  target: ToolHandler<T, R> | { default: ToolHandler<T, R> },
  input: NoInfer<T>,
  options: TestOptions = {},
): Promise<TestRun<R>> {
  const run: TestRun<R> = {
    output: undefined,
    error: null,
    calls: [],
    files: {},
    requests: [],
    unanswered: [],
    log: [],
  };
  const files = memoryFiles({ ...options.packageFiles, ...options.files });
  const signal = options.signal ?? new AbortController().signal;
  const { context } = createContext({
    permissions: options.permissions ?? options.manifest?.permissions ?? NO_PERMISSIONS,
    packageFiles: Object.keys(options.packageFiles ?? {}),
    signal,
    onCall: (call) => run.calls.push(call),
    adapters: {
      fetch: fixtureFetch(options.http ?? [], run),
      files: files.adapter,
      env: (name) => (Object.hasOwn(options.env ?? {}, name) ? options.env?.[name] : undefined),
      log: (message, fields) => run.log.push({ message, fields }),
    },
  });
  try {
    const handler = typeof target === 'function' ? target : target.default;
    const copy = structuredClone(input);
    const tool = findTool(options);
    const params = tool === undefined ? copy : (checkInput(tool, copy) as T);
    run.output = throughJson(await untilAborted(signal, handler(params, context)));
  } catch (thrown) {
    run.error =
      thrown instanceof Error ? thrown : new Error(`the handler threw ${typeName(thrown)}: ${String(thrown)}`);
  }
  const own = options.packageFiles ?? {};
  const changed = [...files.stored].filter(([path, content]) => !Object.hasOwn(own, path) || own[path] !== content);
  run.files = Object.fromEntries(changed.sort(([a], [b]) => (a < b ? -1 : 1)));
  return run;
}

function findTool({ tool, manifest }: TestOptions): ToolDefinition | undefined {
  if (typeof tool !== 'string') return tool;
  const tools = manifest?.tools ?? [];
  const found = tools.find(({ name }) => name === tool);
  if (found !== undefined) return found;
  const names = tools.map(({ name }) => name).join(', ') || 'none';
  throw new AegisError('USAGE', { detail: `The manifest has no tool named ${tool}; it has ${names}.` });
}

async function untilAborted<R>(signal: AbortSignal, work: Promise<R>): Promise<R> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function throughJson<R>(output: R): R {
  try {
    const text = JSON.stringify(output);
    return text === undefined ? output : JSON.parse(text);
  } catch (cause) {
    throw new AegisError('VALIDATION_FAILED', { detail: 'The handler returned what JSON cannot hold.', cause });
  }
}

/** Cases are read and written by people. */
const CASES_BYTES_MAX = 1024 * 1024;
const CASES_MAX = 500;

const Fixture = z.strictObject({
  method: z
    .string()
    .regex(/^[A-Z]+$/, 'must be a method in capitals, such as GET')
    .optional(),
  url: z.url('must be an absolute URL, such as https://api.example.com/v1'),
  status: z.int().min(200).max(599).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.unknown().optional(),
});

/** One case of `tests/<tool>.cases.yaml`. */
export const TestCase = z.strictObject({
  name: z.string().min(1),
  /** Default: no parameters. */
  input: z.record(z.string(), z.unknown()).default({}),
  http: z.array(Fixture).default([]),
  files: z.record(z.string(), z.string()).default({}),
  env: z.record(z.string(), z.string()).default({}),
  /** What the output has to contain; `{error: TEXT}` alone: the run has to fail with this code or part of the message. */
  expect: z.unknown().optional(),
});
export type TestCase = z.infer<typeof TestCase>;

/**
 * The cases in the text of a `tests/<tool>.cases.yaml` (YAML 1.2, at most 1 MiB and 500 cases). `file` only stands in errors.
 * @throws AegisError VALIDATION_FAILED with pointer, line and column of everything that is wrong
 */
export function parseCases(text: string, file?: string): TestCase[] {
  const lines = new LineCounter();
  const fail = (errors: FieldError[]): never => {
    const list = errors.map(({ pointer, line, detail }) => `line ${line ?? 1}${pointer && ` (${pointer})`}: ${detail}`);
    throw new AegisError('VALIDATION_FAILED', { detail: `${file ?? 'The cases'}: ${list.join('; ')}`, errors });
  };
  const error = (pointer: string, detail: string, offset = 0): FieldError => {
    const { line, col } = lines.linePos(offset);
    return { pointer, detail, ...(file === undefined ? {} : { file }), line: line || 1, column: col || 1 };
  };
  if (text.length > CASES_BYTES_MAX) fail([error('', `is larger than ${CASES_BYTES_MAX} bytes`)]);
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) fail(document.errors.map(({ message, pos }) => error('', message, pos[0])));
  // A bomb of aliases throws here: the parser counts what they expand to.
  const read = z.array(TestCase).min(1, 'has no case').max(CASES_MAX).safeParse(document.toJS());
  if (read.success) return read.data;
  return fail(
    read.error.issues.map(({ path, message }) => {
      const pointer = path.map((token) => `/${escapePointer(String(token))}`).join('');
      return error(pointer, message, offsetOf(document, path.map(String)));
    }),
  );
}

/** Where the node at a path starts; of what is missing, where the nearest thing around it starts. */
function offsetOf(document: Document.Parsed, path: string[]): number {
  const node = document.getIn(path, true);
  if (isNode(node) && node.range) return node.range[0];
  return path.length === 0 ? 0 : offsetOf(document, path.slice(0, -1));
}

export interface CaseResult {
  name: string;
  passed: boolean;
  /** What went otherwise than expected, in sentences. */
  failures: string[];
  run: TestRun;
}

/**
 * Runs cases one after the other, each with a context of its own, and compares.
 * @param options as for `testTool`; `signal` is asked for a new signal per case, so that each can have its own time-out
 */
export async function runCases(
  cases: readonly TestCase[],
  target: ToolHandler<never, unknown> | { default: ToolHandler<never, unknown> },
  options: Omit<TestOptions, 'files' | 'env' | 'http' | 'signal'> & { signal?: () => AbortSignal } = {},
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const { name, input, expect, ...world } of cases) {
    const { signal, ...rest } = options;
    const run = await testTool(target, input as never, { ...rest, ...world, ...(signal && { signal: signal() }) });
    const failures = caseFailures(expect, run, findTool(rest));
    results.push({ name, passed: failures.length === 0, failures, run });
  }
  return results;
}

function caseFailures(expected: unknown, run: TestRun, tool: ToolDefinition | undefined): string[] {
  const wanted = expectedError(expected);
  const { error, output } = run;
  const code = typeof error?.code === 'string' ? error.code : '';
  if (wanted !== null) {
    if (error === null) return [`expected the error ${JSON.stringify(wanted)}, found an output`];
    if (code === wanted || error.message.includes(wanted)) return [];
    return [`expected the error ${JSON.stringify(wanted)}, found ${code && `${code}: `}${error.message}`];
  }
  if (error !== null) return [`the run failed with ${code && `${code}: `}${error.message}`];
  const returned = typeName(output);
  return [
    ...run.unanswered.map((request) => `no fixture answers ${request}, and the handler went on without an answer`),
    ...(tool && tool.returns.type !== returned ? [`the tool returns ${tool.returns.type}, found ${returned}`] : []),
    ...(expected === undefined ? [] : differences(expected, output)),
  ];
}

/** The text in `{error: TEXT}`; null when the expectation is of an output. */
function expectedError(expected: unknown): string | null {
  if (!isObject(expected) || Object.keys(expected).length !== 1) return null;
  return typeof expected.error === 'string' ? expected.error : null;
}
