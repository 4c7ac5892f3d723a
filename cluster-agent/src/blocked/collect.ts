import { toInstant } from '@aegis/skill-sdk/clock';
import { BLOCKED_KEYS_PER_TENANT_MAX, BLOCKED_WINDOW_SECONDS } from '@aegis/skill-sdk/limits';
import type { BlockedEvent } from '@aegis/skill-sdk/wire/blocked';
import type { Sighting } from '../target.ts';

/** An event before the outbox gives it its number. */
export type Unnumbered = Omit<BlockedEvent, 'seq'>;

/** Above this many different keys of one tenant and window, an overflow says "at least". */
const DISTINCT_MAX = 20_000;
const SAMPLES_MAX = 5;
const SAMPLE_LENGTH_MAX = 200;

export interface CollectorOptions {
  windowMs?: number;
  keysPerTenantMax?: number;
}

/**
 * Counts denials together. Pure: time comes in, events come out.
 *
 *   first of a key ──► out at once, count 1     the page shows it within seconds
 *   more of it     ──► counted; out when the window of 10 s ends, with first, last and count
 *   none for a window: the key is forgotten
 *
 * A tenant has at most `keysPerTenantMax` keys; what goes beyond is counted too and comes out as one `overflow`
 * record, so that a port scan neither fills the memory nor pushes out what other tenants were denied.
 */
export interface Collector {
  /** Takes a denial; returns what has to be recorded at once. */
  add(sighting: Sighting): Unnumbered[];
  /** Returns what the windows that have ended by now hold. Call it about every second. */
  flush(nowMs: number): Unnumbered[];
  /** Returns everything that is still counted, for the end of the process. */
  drain(): Unnumbered[];
  /** What is counted and not yet an event, as plain JSON; `restore` puts it back in place of what is counted. */
  save(): Counted[];
  restore(saved: readonly Counted[]): void;
}

interface Window {
  sighting: Sighting;
  windowEndsAtMs: number;
  firstAtMs: number;
  lastAtMs: number;
  count: number;
}
interface Repeated extends Window {
  samples: string[];
}
interface Overflow extends Window {
  distinct: Set<string>;
}
/** One window of a key, or with `distinct` of what went beyond the keys that a tenant may have. */
export type Counted = Window & { samples?: string[]; distinct?: string[] };
interface Tenant {
  keys: Map<string, Repeated>;
  /** By verdict, because the counts of denied and would-be-denied requests are never added up. */
  overflows: Map<string, Overflow>;
}

export function createCollector({
  windowMs = BLOCKED_WINDOW_SECONDS * 1000,
  keysPerTenantMax = BLOCKED_KEYS_PER_TENANT_MAX,
}: CollectorOptions = {}): Collector {
  const tenants = new Map<string, Tenant>();
  return {
    add(sighting) {
      const tenant = tenants.get(sighting.tenantId) ?? { keys: new Map(), overflows: new Map() };
      tenants.set(sighting.tenantId, tenant);
      const key = keyOf(sighting);
      const known = tenant.keys.get(key);
      if (known !== undefined) {
        count(known, sighting);
        return [];
      }
      if (tenant.keys.size >= keysPerTenantMax) {
        overflow(tenant, sighting, { key, windowMs });
        return [];
      }
      tenant.keys.set(key, { ...emptyWindow(sighting, sighting.atMs + windowMs), samples: [] });
      const samples = sighting.sample === undefined ? [] : [sighting.sample.slice(0, SAMPLE_LENGTH_MAX)];
      return [toEvent({ ...emptyWindow(sighting, 0), count: 1, samples })];
    },
    flush(nowMs) {
      const out: Unnumbered[] = [];
      for (const [tenantId, tenant] of tenants) {
        for (const [key, counted] of tenant.keys) {
          if (counted.windowEndsAtMs > nowMs) continue;
          if (counted.count === 0) tenant.keys.delete(key);
          else {
            out.push(toEvent(counted));
            tenant.keys.set(key, { ...emptyWindow(counted.sighting, nowMs + windowMs), samples: [] });
          }
        }
        for (const [verdict, lost] of tenant.overflows) {
          if (lost.windowEndsAtMs > nowMs) continue;
          out.push(toOverflow(lost));
          tenant.overflows.delete(verdict);
        }
        if (tenant.keys.size === 0 && tenant.overflows.size === 0) tenants.delete(tenantId);
      }
      return out;
    },
    drain() {
      const counted = [...tenants.values()];
      tenants.clear();
      return [
        ...counted.flatMap(({ keys }) => [...keys.values()].filter(({ count }) => count > 0).map(toEvent)),
        ...counted.flatMap(({ overflows }) => [...overflows.values()].map(toOverflow)),
      ];
    },
    save: () =>
      [...tenants.values()].flatMap(({ keys, overflows }): Counted[] => [
        ...keys.values(),
        ...[...overflows.values()].map((lost) => ({ ...lost, distinct: [...lost.distinct] })),
      ]),
    restore(saved) {
      tenants.clear();
      for (const { samples, distinct, ...window } of saved) {
        const { tenantId, verdict } = window.sighting;
        const tenant = tenants.get(tenantId) ?? { keys: new Map(), overflows: new Map() };
        tenants.set(tenantId, tenant);
        if (distinct !== undefined) tenant.overflows.set(verdict, { ...window, distinct: new Set(distinct) });
        else tenant.keys.set(keyOf(window.sighting), { ...window, samples: samples ?? [] });
      }
    },
  };
}

function keyOf({ tenantId, agentId, pod, dst, protocol, verdict, reason, policy, skill }: Sighting): string {
  const target = dst.host === '' ? dst.ip : dst.host;
  return JSON.stringify([
    tenantId,
    agentId,
    pod?.namespace,
    pod?.name,
    skill?.name,
    target,
    dst.port,
    protocol,
    verdict,
    reason,
    policy.revision,
  ]);
}

function emptyWindow(sighting: Sighting, windowEndsAtMs: number) {
  return { sighting, windowEndsAtMs, firstAtMs: sighting.atMs, lastAtMs: sighting.atMs, count: 0 };
}

function count(counted: Repeated, sighting: Sighting): void {
  // The first of a window sets its begin; the one that opened the key is out already.
  if (counted.count === 0) counted.firstAtMs = sighting.atMs;
  counted.count++;
  counted.firstAtMs = Math.min(counted.firstAtMs, sighting.atMs);
  counted.lastAtMs = Math.max(counted.lastAtMs, sighting.atMs);
  const sample = sighting.sample?.slice(0, SAMPLE_LENGTH_MAX);
  if (sample !== undefined && counted.samples.length < SAMPLES_MAX && !counted.samples.includes(sample))
    counted.samples.push(sample);
}

function overflow(tenant: Tenant, sighting: Sighting, { key, windowMs }: { key: string; windowMs: number }): void {
  const lost = tenant.overflows.get(sighting.verdict) ?? {
    ...emptyWindow(sighting, sighting.atMs + windowMs),
    distinct: new Set(),
  };
  tenant.overflows.set(sighting.verdict, lost);
  lost.count++;
  lost.firstAtMs = Math.min(lost.firstAtMs, sighting.atMs);
  lost.lastAtMs = Math.max(lost.lastAtMs, sighting.atMs);
  if (lost.distinct.size < DISTINCT_MAX) lost.distinct.add(key);
}

function toEvent({
  sighting,
  firstAtMs,
  lastAtMs,
  count: times,
  samples,
}: Omit<Repeated, 'windowEndsAtMs'>): Unnumbered {
  const { atMs: _atMs, sample: _sample, ...rest } = sighting;
  return {
    ...rest,
    kind: 'request',
    firstAt: toInstant(firstAtMs),
    lastAt: toInstant(lastAtMs),
    count: times,
    samples,
  };
}

/** What the requests had in common stands in the record; where they went does not. */
function toOverflow({ sighting, firstAtMs, lastAtMs, count: times, distinct }: Overflow): Unnumbered {
  const { tenantId, verdict, reason, policy, source } = sighting;
  return {
    kind: 'overflow',
    tenantId,
    src: { ip: '0.0.0.0' },
    dst: { host: '*', hostSource: 'none', port: 0 },
    protocol: 'any',
    verdict,
    reason,
    policy,
    source,
    firstAt: toInstant(firstAtMs),
    lastAt: toInstant(lastAtMs),
    count: times,
    lost: { distinct: distinct.size },
    samples: [],
  };
}
