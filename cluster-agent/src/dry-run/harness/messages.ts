// What agent and harness say to each other. Both sides import this file for its types only: the harness is sent into
// the sandbox as one program, and believes nothing but its own standard input.

/** The first frame after the program itself: everything about the run but the package's bytes. */
export interface RunConfig {
  /** Random; names the canary's files and the marks in the trace, so that no trace of another run can pass for this one. */
  nonce: string;
  language: 'javascript' | 'python';
  /** Source of the program that loads the tool. */
  runner: string;
  /** Path of the handler's module within the package, and its export. */
  module: string;
  exportName: string;
  params: unknown;
  /** What the tool's process is given besides PATH, HOME and LANG. */
  environment: Record<string, string>;
  declaredEnvironment: string[];
  http: {
    method?: string | undefined;
    url: string;
    status?: number | undefined;
    headers?: Record<string, string> | undefined;
    body?: unknown;
  }[];
  /** Ports of the manifest, beside those that everybody uses. */
  ports: number[];
  /** Absolute paths and contents of bait, and each value to look for. */
  baitFiles: { path: string; content: string }[];
  baitValues: { token: string; value: string }[];
  /** Files of the working folder that belong to the run's case. */
  workFiles: { path: string; content: string }[];
  packageFiles: { path: string; size: number; mode: number }[];
  limits: { callMs: number; graceMs: number; outputBytes: number; traceBytes: number };
}

/** What the harness says, one JSON line each, numbered without a gap. */
export type HarnessMessage = { seq: number; ms: number } & (
  | {
      kind: 'ready';
      /** `hypervisor`: the processor says that it is a virtual one. */
      kernel: { release: string; version: string; commandLine: string; firstMessage: string; hypervisor: boolean };
      network: { interfaces: string[]; routes: number };
      memoryBytes: number;
    }
  | { kind: 'started' }
  | { kind: 'trace'; lines: string[] }
  | { kind: 'dns'; name: string; type: string; address: string | null }
  | {
      kind: 'http';
      host: string;
      port: number;
      sni?: string | undefined;
      method: string;
      path: string;
      status: number;
      isFixture: boolean;
    }
  | { kind: 'connection'; ip: string; port: number; sni?: string | undefined; bytes: number }
  | { kind: 'bait'; token: string; use: 'sent' | 'returned'; where: string }
  | { kind: 'output'; stream: 'stdout' | 'stderr'; text: string }
  | { kind: 'tool'; message: ToolMessage }
  | { kind: 'limit'; name: string }
  | { kind: 'trouble'; what: string }
  | {
      kind: 'end';
      exit: { code: number | null; signal: string | null };
      /** Lines of the trace that were passed on, and whether some were not. */
      lines: number;
      truncated: boolean;
      /** True when the tracer ended by itself, after everything that it watched. */
      tracerDone: boolean;
      orphans: number;
      runMs: number;
    }
);

/** What the tool's own process says: it is the tool's word, and decides nothing but output and error. */
export type ToolMessage =
  | { kind: 'result'; output: unknown }
  | { kind: 'failure'; message: string; code: string | null }
  | { kind: 'env'; name: string }
  | { kind: 'log'; message: string; fields?: Record<string, unknown> };
