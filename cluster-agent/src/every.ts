/** A number in [0, 1); `Math.random` in production, seeded in tests. */
export type Random = () => number;

export interface EveryOptions {
  /** Between the end of one run and the start of the next. */
  seconds: number;
  /** Share of `seconds` by which a pause is lengthened or shortened, so that a fleet does not tick as one; default 0.1. */
  jitter?: number;
  signal: AbortSignal;
  random?: Random;
  /** A run that throws is told here, and the next one comes all the same. */
  onError: (error: unknown) => void;
}

/** Runs the task now and again and again until the signal aborts; resolves then. The only timer of the agent. */
export async function every(
  { seconds, jitter = 0.1, signal, random = Math.random, onError }: EveryOptions,
  task: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await task();
    } catch (error) {
      if (!signal.aborted) onError(error);
    }
    await pause(seconds * 1000 * (1 + jitter * (2 * random() - 1)), signal);
  }
}

/** Resolves after the time or as soon as the signal aborts, whichever comes first. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}

/** First wait after a failure. */
const BACKOFF_FIRST_MS = 1000;
/** Longest wait: a registry that is back is found within a minute. */
export const BACKOFF_MS_MAX = 60_000;

/**
 * How long to wait after so many failures in a row (from 1): 1 s, doubled each time, at most 60 s, and of that
 * between a half and the whole, so that a fleet does not come back as one. A wish of the server (`Retry-After`) is
 * a lower bound, within the same 60 s.
 */
export function backoffMs(failures: number, random: Random, retryAfterMs = 0): number {
  const whole = Math.min(BACKOFF_MS_MAX, BACKOFF_FIRST_MS * 2 ** Math.min(Math.max(failures, 1) - 1, 16));
  return Math.max(whole * (0.5 + random() / 2), Math.min(retryAfterMs, BACKOFF_MS_MAX));
}

/** Wakes a loop that has nothing to do. A ring while nobody waits is kept for the next wait. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, after the time, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | null = null;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(ms, signal) {
      if (!rung) {
        const heard = new AbortController();
        wake = () => heard.abort();
        await pause(ms, AbortSignal.any([signal, heard.signal]));
        wake = null;
      }
      rung = false;
    },
  };
}
