import { AegisError } from '@aegis/skill-sdk/errors';
import { ALLOWANCES, type AllowanceName } from '@aegis/skill-sdk/limits';
import type { Context } from './context.ts';
import { tokenHash } from './secrets.ts';

/** What is left after one was taken. */
export interface Spent {
  allowed: boolean;
  left: number;
  resetMs: number;
}

/** The counter behind a name; one object each, so that it holds across isolates. */
interface Counter {
  spend(limit: number, windowMs: number, nowMs: number): Promise<Spent>;
}

/** Takes one of what `whose` has of that. Throws RATE_LIMITED, which says how long to wait. */
export async function spend(ctx: Context, name: AllowanceName, whose: string): Promise<Spent> {
  const { limit, windowSeconds, what } = ALLOWANCES[name];
  const namespace = ctx.env.TRIES;
  // The name of an object is visible to operators of the platform; an address need not be.
  const hidden = await tokenHash(`${ctx.config.AUTH_SECRET} allowance ${name} ${whose}`);
  const counter = namespace.get(namespace.idFromName(hidden)) as unknown as Counter;
  const spent = await counter.spend(limit, windowSeconds * 1000, ctx.nowMs);
  if (spent.allowed) return spent;
  const seconds = Math.max(1, Math.ceil(spent.resetMs / 1000));
  throw new AegisError('RATE_LIMITED', {
    detail: `More than ${limit} ${what} in ${describe(windowSeconds)}. Try again in ${describe(seconds)}.`,
    meta: { retryAfterSeconds: seconds },
  });
}

function describe(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
}
