import { toInstant } from '@aegis/skill-sdk/clock';
import type { BlockedEvent } from '@aegis/skill-sdk/wire/blocked';
import type { Unnumbered } from './collect.ts';

interface Loss {
  sample: Unnumbered;
  requests: number;
  from: number | null;
  to: number | null;
  firstAt: string;
  lastAt: string;
}

/** What was lost and stands in no record yet, by tenant and verdict. */
export type Losses = Map<string, Loss>;

export function createLosses(): Losses {
  return new Map();
}

/** Counts events as lost. Those with a number widen the range `lost.from … lost.to` of the record to come. */
export function addLosses(losses: Losses, events: readonly (Unnumbered | BlockedEvent)[]): void {
  for (const event of events) {
    const key = `${event.tenantId} ${event.verdict}`;
    const seq = 'seq' in event ? event.seq : null;
    const known = losses.get(key);
    losses.set(key, {
      sample: known?.sample ?? event,
      requests: (known?.requests ?? 0) + event.count,
      from: least(known?.from ?? null, seq),
      to: greatest(known?.to ?? null, seq),
      firstAt: known !== undefined && known.firstAt < event.firstAt ? known.firstAt : event.firstAt,
      lastAt: known !== undefined && known.lastAt > event.lastAt ? known.lastAt : event.lastAt,
    });
  }
}

/** The losses as records: how many requests of the tenant are missing, of which time, and never where they went. */
export function toDropped(losses: Losses, nowMs: number): Unnumbered[] {
  return [...losses.values()].map(({ sample, requests, from, to, firstAt, lastAt }): Unnumbered => {
    const { tenantId, verdict, reason, policy, source } = sample;
    return {
      kind: 'dropped',
      tenantId,
      src: { ip: '0.0.0.0' },
      dst: { host: '*', hostSource: 'none', port: 0 },
      protocol: 'any',
      verdict,
      reason,
      policy,
      source,
      firstAt,
      lastAt,
      count: requests,
      lost: { ...(from === null ? {} : { from }), ...(to === null ? {} : { to }) },
      samples: [`recorded ${toInstant(nowMs)}`],
    };
  });
}

function least(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.min(left, right);
}

function greatest(left: number | null, right: number | null): number | null {
  if (left === null || right === null) return left ?? right;
  return Math.max(left, right);
}
