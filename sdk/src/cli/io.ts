import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** Everything outside the program that a command touches; tests hand in their own. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  /** All of standard input; empty when it is a terminal. */
  stdin(): Promise<string>;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
  /** True where a person reads or types. */
  terminal: { stdin: boolean; stdout: boolean; stderr: boolean };
  /** Asks a person; with `secret` nothing is echoed. Only called when `terminal.stdin` is true. */
  ask(question: string, options?: { secret?: boolean }): Promise<string>;
  fetch: typeof globalThis.fetch;
  /** Epoch ms. */
  now(): number;
  wait(delayMs: number): Promise<void>;
  /** Aborts on Ctrl-C. */
  signal: AbortSignal;
}

/** The real thing. Ctrl-C aborts `signal` first, so that what was begun is cleared away; a second one ends at once. */
export function processIo(): Io {
  const interrupted = new AbortController();
  const onInterrupt = () => {
    if (interrupted.signal.aborted) process.exit(130);
    interrupted.abort(new Interrupted());
  };
  process.on('SIGINT', onInterrupt).on('SIGTERM', onInterrupt);
  // `aegis list | head` closes our output early: that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  let outbound: typeof globalThis.fetch | null = null;
  return {
    stdout: (line) => void process.stdout.write(line),
    stderr: (line) => void process.stderr.write(line),
    stdin: async () => (process.stdin.isTTY ? '' : text(process.stdin)),
    env: process.env,
    cwd: process.cwd(),
    home: process.env.HOME ?? homedir(),
    terminal: {
      stdin: process.stdin.isTTY === true,
      stdout: process.stdout.isTTY === true,
      stderr: process.stderr.isTTY === true,
    },
    ask: (question, options) => ask(question, options?.secret === true, interrupted.signal),
    fetch: async (input, init) => {
      // Not before it is used: whoever works offline need not have a proxy in order.
      outbound ??= (await import('./outbound.ts')).outboundFetch(process.env);
      return outbound(input, { ...init, signal: either(init?.signal, interrupted.signal) });
    },
    now: Date.now,
    wait: (delayMs) => wait(delayMs, interrupted.signal),
    signal: interrupted.signal,
  };
}

/** The reason of `signal` after Ctrl-C. */
export class Interrupted extends Error {
  override name = 'AbortError';
}

function either(given: AbortSignal | null | undefined, interrupted: AbortSignal): AbortSignal {
  return given ? AbortSignal.any([given, interrupted]) : interrupted;
}

async function ask(question: string, secret: boolean, signal: AbortSignal): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: secret ? silent : process.stderr, terminal: true });
  lines.on('SIGINT', () => process.emit('SIGINT'));
  try {
    if (secret) process.stderr.write(question);
    const answer = await lines.question(secret ? '' : question, { signal });
    if (secret) process.stderr.write('\n');
    return answer.trim();
  } finally {
    lines.close();
  }
}

function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
