import { AegisError } from '@aegis/skill-sdk/errors';
import { ALLOWANCES, type AllowanceName, REQUESTS_PER_MINUTE_DEFAULT } from '@aegis/skill-sdk/limits';
import type { Context } from './context.ts';
import { tokenHash } from './secrets.ts';
import type { RouteSpend } from './spend-of-route.ts';

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
export async function spend(ctx: Context, name: AllowanceName, whose: string): Promise<void> {
  const taken = await take(ctx, name, whose, ALLOWANCES[name].limit);
  if (!taken.spent.allowed) throw refuse(taken);
}

/** As `RateLimit-Policy` and `RateLimit` say it (IETF draft httpapi-ratelimit-headers), and the refusal if it is one. */
export interface Told {
  policy: string;
  state: string;
  refusal: AegisError | null;
}

/** Takes one for a request of a person, a key or a job: of their own, and of their tenant's when it is about that. */
export async function spendRequest(ctx: Context, route: RouteSpend): Promise<Told> {
  const { caller, config } = ctx;
  const { limit, tenantLimit } = ALLOWANCES[route.name];
  const scaled = (of: number) => Math.ceil((of * config.RATE_LIMIT_PER_MINUTE) / REQUESTS_PER_MINUTE_DEFAULT);
  const tenantId = route.tenantId ?? caller.tenantId;
  const isOwn = tenantId !== null && caller.tenants.has(tenantId);
  const taken = await Promise.all([
    take(ctx, route.name, caller.id, scaled(limit)),
    ...(isOwn && tenantLimit !== undefined ? [take(ctx, route.name, tenantId, scaled(tenantLimit), '-tenant')] : []),
  ]);
  const refused = taken.find(({ spent }) => !spent.allowed);
  return {
    policy: taken.map((one) => `"${one.label}";q=${one.limit};w=${ALLOWANCES[one.name].windowSeconds}`).join(', '),
    state: taken.map((one) => `"${one.label}";r=${one.spent.left};t=${secondsOf(one.spent)}`).join(', '),
    refusal: refused === undefined ? null : refuse(refused),
  };
}

interface Taken {
  name: AllowanceName;
  label: string;
  limit: number;
  spent: Spent;
}

async function take(ctx: Context, name: AllowanceName, whose: string, limit: number, suffix = ''): Promise<Taken> {
  const namespace = ctx.env.TRIES;
  // The name of an object is visible to operators of the platform; an address need not be.
  const hidden = await tokenHash(`${ctx.config.AUTH_SECRET} allowance ${name} ${whose}`);
  const counter = namespace.get(namespace.idFromName(hidden)) as unknown as Counter;
  const spent = await counter.spend(limit, ALLOWANCES[name].windowSeconds * 1000, ctx.nowMs);
  return { name, label: `${name}${suffix}`, limit, spent };
}

function refuse({ name, label, limit, spent }: Taken): AegisError {
  const { what, windowSeconds } = ALLOWANCES[name];
  const whose = label === name ? '' : ' of the whole tenant';
  const seconds = secondsOf(spent);
  return new AegisError('RATE_LIMITED', {
    detail: `More than ${limit} ${what}${whose} in ${describe(windowSeconds)}. Try again in ${describe(seconds)}.`,
    meta: { retryAfterSeconds: seconds },
  });
}

function secondsOf({ resetMs }: Spent): number {
  return Math.max(1, Math.ceil(resetMs / 1000));
}

function describe(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
}
