import { AegisError } from '@aegis/skill-sdk/errors';

const WINDOW_MS = 60_000;
const PRINCIPALS_MAX = 10_000;

interface Window {
  startedAtMs: number;
  count: number;
}

const windows = new Map<string, Window>();

/** The values of `RateLimit` and `RateLimit-Policy` (IETF draft httpapi-ratelimit-headers), and the refusal if it is one. */
export interface Counted {
  policy: string;
  state: string;
  /** RATE_LIMITED with `retryAfterSeconds`, to be thrown once the headers are set. */
  refusal: AegisError | null;
}

/** Counts one request of a principal in this isolate: load shedding, not a quota. */
export function countRequest(principal: string, limit: number, nowMs: number): Counted {
  if (windows.size > PRINCIPALS_MAX) windows.clear();
  const known = windows.get(principal);
  const window =
    known !== undefined && nowMs - known.startedAtMs < WINDOW_MS ? known : { startedAtMs: nowMs, count: 0 };
  window.count += 1;
  windows.set(principal, window);
  const resetSeconds = Math.max(1, Math.ceil((window.startedAtMs + WINDOW_MS - nowMs) / 1000));
  return {
    policy: `"default";q=${limit};w=${WINDOW_MS / 1000}`,
    state: `"default";r=${Math.max(0, limit - window.count)};t=${resetSeconds}`,
    refusal: window.count > limit ? refuse(limit, resetSeconds) : null,
  };
}

function refuse(limit: number, resetSeconds: number): AegisError {
  return new AegisError('RATE_LIMITED', {
    detail: `More than ${limit} requests in a minute. Try again in ${resetSeconds} s.`,
    meta: { retryAfterSeconds: resetSeconds },
  });
}
