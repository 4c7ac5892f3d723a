import type { Spent } from './allowance.ts';

/** One window of one counter. */
export interface SpendWindow {
  startedAtMs: number;
  used: number;
}

/** Takes one, unless the window is used up; a window begins with the first one taken after the last has ended. Pure. */
export function spendOne(
  window: SpendWindow | undefined,
  policy: { limit: number; windowMs: number },
  nowMs: number,
): { window: SpendWindow; spent: Spent } {
  const { limit, windowMs } = policy;
  const running =
    window !== undefined && nowMs < window.startedAtMs + windowMs ? window : { startedAtMs: nowMs, used: 0 };
  const allowed = running.used < limit;
  const used = allowed ? running.used + 1 : running.used;
  return {
    window: { ...running, used },
    spent: { allowed, left: Math.max(0, limit - used), resetMs: running.startedAtMs + windowMs - nowMs },
  };
}
