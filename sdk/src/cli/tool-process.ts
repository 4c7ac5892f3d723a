import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ContextCall } from '../context.ts';
import { AegisError } from '../errors.ts';
import type { TestCase } from '../testing.ts';
import type { SkillManifest } from '../types.ts';

/** What the process is to load before it runs anything. */
export interface Load {
  kind: 'load';
  /** file: URL of the bundle, or of a Python handler. */
  module: string;
  /** Name of the export; `default` for the default export. */
  exported: string;
  /** For a Python handler: its interpreter, and the skill's folder. */
  python?: { interpreter: string; root: string };
  manifest: Pick<SkillManifest, 'permissions' | 'tools'>;
  tool: string;
  /** Text of the package's files by path. */
  packageFiles: Record<string, string>;
  callMs: number;
}
export type Request =
  | Load
  | { kind: 'describe'; module: string }
  | { kind: 'case'; testCase: TestCase; workFolder: string }
  | { kind: 'call'; input: unknown; workFolder: string; env: Record<string, string> };
export type Answer = { kind: 'done'; value: unknown } | { kind: 'failed'; error: RunError };
export type ToolEvent =
  | { kind: 'started' }
  | { kind: 'call'; call: ContextCall }
  | { kind: 'log'; message: string; fields: Record<string, unknown> | undefined };

export interface RunError {
  name: string;
  message: string;
  code: string | null;
  stack: string | null;
}
export interface CaseOutcome {
  name: string;
  passed: boolean;
  failures: string[];
  output: unknown;
  error: RunError | null;
  calls: ContextCall[];
  log: { message: string; fields: Record<string, unknown> | undefined }[];
}
export interface CallOutcome {
  output: unknown;
  error: RunError | null;
  calls: ContextCall[];
}

export interface ToolProcess {
  runCase(run: { testCase: TestCase; workFolder: string }): Promise<CaseOutcome>;
  call(call: { input: unknown; workFolder: string; env: Record<string, string> }): Promise<CallOutcome>;
  stop(): void;
}
export interface ToolProcessOptions extends Omit<Load, 'kind' | 'module'> {
  /** Path of the bundle. */
  bundle: string;
  onEvent?: (event: ToolEvent) => void;
  /** What the code writes to its standard output and error. */
  onOutput?: (text: string) => void;
  /** Kills the process when it aborts. */
  signal: AbortSignal;
}

/** Loading a module must end at some time, too. */
const LOAD_MS = 30_000;
/** The run is told to stop at its limit; what does not listen is killed this much later. */
const GRACE_MS = 500;

/**
 * A process that runs one tool, again and again. A run that passes `callMs` is ended: the process is killed, and the next
 * run gets a new one. Throws TIMEOUT for that, VALIDATION_FAILED when the module cannot be loaded.
 */
export function startTool(options: ToolProcessOptions): ToolProcess {
  let child: Child | null = null;
  const { bundle, onEvent, onOutput, signal, ...load } = options;
  signal.addEventListener('abort', () => child?.kill());
  const run = async (request: Request): Promise<unknown> => {
    signal.throwIfAborted();
    if (child === null || child.ended()) {
      child = startChild(onEvent, onOutput);
      await child.ask({ kind: 'load', module: pathToFileURL(bundle).href, ...load }, LOAD_MS);
    }
    return child.ask(request, options.callMs, GRACE_MS);
  };
  return {
    runCase: async (one) => (await run({ kind: 'case', ...one })) as CaseOutcome,
    call: async (call) => (await run({ kind: 'call', ...call })) as CallOutcome,
    stop: () => child?.kill(),
  };
}

/** The exported `tools` of a bundle, as JSON keeps them; null when there is no such export. */
export async function describeTools(bundle: string): Promise<unknown> {
  const child = startChild();
  try {
    const { tools } = (await child.ask({ kind: 'describe', module: pathToFileURL(bundle).href }, LOAD_MS)) as {
      tools: unknown;
    };
    return tools;
  } finally {
    child.kill();
  }
}

interface Child {
  ask(request: Request, limitMs: number, graceMs?: number): Promise<unknown>;
  ended(): boolean;
  kill(): void;
}

function startChild(onEvent?: (event: ToolEvent) => void, onOutput?: (text: string) => void): Child {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const script = fileURLToPath(new URL(`./tool-child.${extension}`, import.meta.url));
  const child = fork(script, [], {
    // Not those of this process: a test runner or a debugger has its own.
    execArgv: ['--enable-source-maps', ...quiet()],
    // Nothing of the machine's environment reaches the tool but what lets a process start.
    env: { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, TMPDIR: process.env.TMPDIR },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => onOutput?.(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => onOutput?.(text));
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);
  child.once('exit', () => process.removeListener('exit', stop));
  return {
    ask: (request, limitMs, graceMs = 0) => ask(child, request, { limitMs, graceMs }, onEvent),
    // `killed` is set at once, the others only when the system has told.
    ended: () => child.killed || child.exitCode !== null || child.signalCode !== null || !child.connected,
    kill: stop,
  };
}

function quiet(): string[] {
  return process.allowedNodeEnvironmentFlags.has('--disable-warning') ? ['--disable-warning=ExperimentalWarning'] : [];
}

function ask(
  child: ChildProcess,
  request: Request,
  { limitMs, graceMs }: { limitMs: number; graceMs: number },
  onEvent?: (event: ToolEvent) => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      child.off('message', onMessage).off('exit', onExit);
      settle();
    };
    const onMessage = (message: Answer | ToolEvent) => {
      if (message.kind === 'done') finish(() => resolve(message.value));
      else if (message.kind === 'failed') finish(() => reject(loadError(message.error)));
      else onEvent?.(message);
    };
    const onExit = (code: number | null, signal: string | null) =>
      finish(() =>
        reject(
          new AegisError('VALIDATION_FAILED', {
            detail: `The tool ended its process (${signal ?? `exit code ${code}`}) instead of returning.`,
          }),
        ),
      );
    const timer = setTimeout(() => {
      finish(() => {
        reject(new AegisError('TIMEOUT', { detail: `It did not end within ${limitMs / 1000} s and was stopped.` }));
      });
      child.kill('SIGKILL');
    }, limitMs + graceMs);
    child.on('message', onMessage).on('exit', onExit);
    child.send(request, (error) => {
      if (error !== null) onExit(child.exitCode, child.signalCode);
    });
  });
}

function loadError({ name, message, stack }: RunError): AegisError {
  // The part of the stack that lies in the skill tells where; the rest is ours.
  const at = stack?.split('\n').find((line) => line.includes('    at ') && !line.includes('node:internal'));
  return new AegisError('VALIDATION_FAILED', {
    detail: `${name}: ${message}${at === undefined ? '' : ` (${at.trim()})`}`,
  });
}
