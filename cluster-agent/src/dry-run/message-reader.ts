import { Writable } from 'node:stream';
import type { HarnessMessage } from './harness/messages.ts';

/** The evidence of one run; the harness bounds itself far below, so more than this is no harness. */
const BYTES_MAX = 64 * 1024 * 1024;
const SAID_CHARACTERS_MAX = 4000;

/** Takes a harness's standard output apart into messages, and lets somebody wait for one. */
export class MessageReader {
  readonly messages: HarnessMessage[] = [];
  /** Resolves when nothing more comes. */
  readonly closed: Promise<void>;
  /** The end of what came on standard error. */
  said = '';

  readonly #onMessage: ((message: HarnessMessage) => void) | undefined;
  readonly #waiting = new Set<() => void>();
  #held = '';
  #bytes = 0;
  #isClosed = false;
  #onClosed = () => {};

  constructor(onMessage?: (message: HarnessMessage) => void) {
    this.#onMessage = onMessage;
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }

  readonly stdout = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      this.#take(chunk);
      done();
    },
  });

  readonly stderr = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      this.said = (this.said + chunk.toString('utf8')).slice(-SAID_CHARACTERS_MAX);
      done();
    },
  });

  /** The first message of this kind, or null when the end comes before it. */
  async next<K extends HarnessMessage['kind']>(kind: K): Promise<Extract<HarnessMessage, { kind: K }> | null> {
    for (;;) {
      const found = this.messages.find(
        (message): message is Extract<HarnessMessage, { kind: K }> => message.kind === kind,
      );
      if (found !== undefined) return found;
      if (this.#isClosed) return null;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#onClosed();
    this.#wake();
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > BYTES_MAX) {
      this.close();
      return;
    }
    // A character may be cut in two; only whole lines are read as text.
    this.#held += chunk.toString('latin1');
    const lines = this.#held.split('\n');
    this.#held = lines.pop() ?? '';
    for (const line of lines) this.#takeLine(Buffer.from(line, 'latin1').toString('utf8'));
    this.#wake();
  }

  #takeLine(line: string): void {
    try {
      const message: HarnessMessage = JSON.parse(line);
      this.messages.push(message);
      this.#onMessage?.(message);
    } catch {
      // Not the harness's; the gap in its numbers tells.
      this.said = (this.said + line).slice(-SAID_CHARACTERS_MAX);
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
