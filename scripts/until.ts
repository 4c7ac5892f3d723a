import { AegisError } from '@aegis/skill-sdk/errors';

const ASK_EVERY_MS = 100;

/** Asks until there is an answer that is not null. TIMEOUT, naming what was waited for, when that takes too long. */
export async function until<T>(what: string, withinMs: number, ask: () => Promise<T | null>): Promise<T> {
  const endsAtMs = performance.now() + withinMs;
  for (;;) {
    const found = await ask();
    if (found !== null) return found;
    if (performance.now() > endsAtMs) {
      throw new AegisError('TIMEOUT', { detail: `Waited ${withinMs / 1000} s in vain: ${what}.` });
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}
