import type { HarnessMessage } from './messages.ts';

/** Lines that go out together: one message per line would double the work. */
const BATCH_LINES_MAX = 200;
const BATCH_WAIT_MS = 20;

export interface TraceRelayOptions {
  say: (message: { kind: 'trace'; lines: string[] } | { kind: 'limit'; name: string }) => void;
  bytesMax: number;
}

/** Passes the tracer's lines on as they come, counts them, and knows when the traced program itself has ended. */
export class TraceRelay {
  /** Lines that were passed on. */
  lines = 0;
  isTruncated = false;
  exitOfMain: Extract<HarnessMessage, { kind: 'end' }>['exit'] | null = null;
  /** Resolves when the first process of the trace has ended. */
  readonly mainExit: Promise<void>;

  readonly #options: TraceRelayOptions;
  #held = '';
  #batch: string[] = [];
  #timer: NodeJS.Timeout | null = null;
  #bytes = 0;
  #mainPid: string | null = null;
  #onMainExit = () => {};
  readonly #waiting = new Map<string, () => void>();

  constructor(options: TraceRelayOptions) {
    this.#options = options;
    this.mainExit = new Promise((resolve) => {
      this.#onMainExit = resolve;
    });
  }

  take(chunk: Buffer | string): void {
    this.#held += chunk.toString();
    const lines = this.#held.split('\n');
    this.#held = lines.pop() ?? '';
    for (const line of lines) this.#takeLine(line);
  }

  /** Resolves when this line has come. */
  until(line: string): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(line, resolve);
    });
  }

  #takeLine(line: string): void {
    const waiting = this.#waiting.get(line);
    if (waiting !== undefined) {
      this.#flush();
      waiting();
      return;
    }
    if (line === '') return;
    this.#noteExit(line);
    this.#bytes += line.length;
    if (this.#bytes > this.#options.bytesMax) {
      if (!this.isTruncated) this.#options.say({ kind: 'limit', name: 'trace' });
      this.isTruncated = true;
      return;
    }
    this.lines++;
    this.#batch.push(line);
    if (this.#batch.length >= BATCH_LINES_MAX) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), BATCH_WAIT_MS);
  }

  #noteExit(line: string): void {
    const pid = /^(\d+) /.exec(line)?.[1] ?? '';
    this.#mainPid ??= pid;
    if (pid !== this.#mainPid) return;
    const exited = /\+\+\+ exited with (\d+) \+\+\+$/.exec(line);
    const killed = /\+\+\+ killed by (SIG\w+)/.exec(line);
    if (exited === null && killed === null) return;
    this.exitOfMain = { code: exited === null ? null : Number(exited[1]), signal: killed?.[1] ?? null };
    this.#onMainExit();
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#batch.length === 0) return;
    this.#options.say({ kind: 'trace', lines: this.#batch });
    this.#batch = [];
  }
}
