import { AegisError } from '@aegis/skill-sdk/errors';

/** So long the ends may take together, before the process goes anyway. */
const END_WITHIN_MS = 12_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Life {
  /** Aborted when the program is to end. */
  signal: AbortSignal;
  /** Registers what must be ended; the last registered ends first. */
  onEnd: (end: () => Promise<void> | void) => void;
}

/**
 * Runs a program until it ends, fails or is told to stop (Ctrl-C, kill, a closed terminal, the death of its parent).
 * Whatever it registered is ended before the process exits: 0 when stopped or done, 1 with a sentence when it failed.
 */
export async function untilStopped(program: (life: Life) => Promise<'running' | 'ended'>): Promise<never> {
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  // A terminal signals every process of the group, and the parent forwards: the same signal may come twice.
  for (const signal of SIGNALS) process.on(signal, () => stopping.abort());
  process.on('disconnect', () => stopping.abort());
  // Whoever read the output is gone, as with `npm start | head`.
  process.stdout.on('error', () => stopping.abort());
  const ends: (() => Promise<void> | void)[] = [];
  const running = program({ signal: stopping.signal, onEnd: (end) => void ends.push(end) });
  const code = await Promise.race([
    running.then((how) => (how === 'ended' ? 0 : stopped.then(() => 0))),
    stopped.then(() => 0),
  ]).catch((error: unknown) => {
    if (!stopping.signal.aborted) process.stderr.write(`\n${sentenceOf(error)}\n`);
    return 1;
  });
  stopping.abort();
  const settled = running.catch(() => null).then(() => endAll(ends));
  await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, END_WITHIN_MS).unref())]);
  process.exit(code);
}

async function endAll(ends: (() => Promise<void> | void)[]): Promise<void> {
  for (const end of ends.reverse()) {
    try {
      await end();
    } catch (error) {
      // The others must end all the same.
      process.stderr.write(`${sentenceOf(error)}\n`);
    }
  }
}

/** What a person can act on; the stack only of what nobody foresaw. */
function sentenceOf(error: unknown): string {
  if (error instanceof AegisError) return error.detail ?? error.title;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
