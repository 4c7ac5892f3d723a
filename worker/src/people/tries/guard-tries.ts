import { AegisError } from '@aegis/skill-sdk/errors';
import type { Context } from '../../context.ts';
import { tokenHash } from '../../secrets.ts';
import type { TryCounter } from './try-counter.ts';

/** What a try is counted under. */
export type Counted = { of: 'account' | 'device' | 'factor' | 'address'; name: string };

type Counter = Pick<TryCounter, 'take' | 'forgive'>;

/**
 * Runs `attempt` unless one of the counters has had enough; RATE_LIMITED says how long to wait, in the same words for
 * accounts that exist and those that do not. `attempt` answers null when the try was wrong.
 */
export async function guardTries<T>(
  ctx: Context,
  counted: readonly Counted[],
  attempt: () => Promise<T | null>,
): Promise<T | null> {
  const counters: { of: Counted['of']; counter: Counter }[] = [];
  for (const { of, name } of counted) {
    const counter = await counterOf(ctx, { of, name });
    const waitMs = await counter.take(ctx.nowMs);
    if (waitMs > 0) {
      // Those that let it through did so for nothing.
      for (const earlier of counters) await earlier.counter.forgive(ctx.nowMs, false);
      throw tooMany(waitMs);
    }
    counters.push({ of, counter });
  }
  const result = await attempt();
  if (result !== null) {
    // Who signs in to an account of their own does not make their address trustworthy: only this try is forgiven there.
    for (const { of, counter } of counters) await counter.forgive(ctx.nowMs, of !== 'address');
  }
  return result;
}

function tooMany(waitMs: number): AegisError {
  const seconds = Math.ceil(waitMs / 1000);
  return new AegisError('RATE_LIMITED', {
    detail: `Too many wrong tries. Wait ${seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`}, then try again.`,
    meta: { retryAfterSeconds: seconds },
  });
}

async function counterOf(ctx: Context, { of, name }: Counted): Promise<Counter> {
  const namespace = ctx.env.TRIES;
  // The name of an object is visible to operators of the platform; an e-mail or address need not be.
  const hidden = await tokenHash(`${ctx.config.AUTH_SECRET} ${of} ${name}`);
  return namespace.get(namespace.idFromName(hidden)) as unknown as Counter;
}
