import { TRIES_MAX, TRIES_WINDOW_MINUTES } from '@aegis/skill-sdk/limits';

const WINDOW_MS = TRIES_WINDOW_MINUTES * 60_000;
/** Two wrong tries are a slip; from then on each doubles the wait. */
const FREE_TRIES = 2;

/** What became of one try: the moments of those that count, the new one included, or how long to wait. */
export type Judgement = { allowed: true; triedAtMs: number[] } | { allowed: false; waitMs: number };

/**
 * Five tries in fifteen minutes, with growing waits between them. A try counts from the moment it is let through, so
 * that many at once are no more than many in a row. Pure.
 */
export function judgeTry(triedAtMs: readonly number[], nowMs: number): Judgement {
  const counted = triedAtMs.filter((atMs) => nowMs - atMs < WINDOW_MS);
  const [first] = counted;
  const last = counted.at(-1);
  if (first === undefined || last === undefined) return { allowed: true, triedAtMs: [nowMs] };
  const waitMs =
    counted.length >= TRIES_MAX
      ? first + WINDOW_MS - nowMs
      : counted.length > FREE_TRIES
        ? last + 2 ** (counted.length - FREE_TRIES) * 1000 - nowMs
        : 0;
  return waitMs > 0 ? { allowed: false, waitMs } : { allowed: true, triedAtMs: [...counted, nowMs] };
}
