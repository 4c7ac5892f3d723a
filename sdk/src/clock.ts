import { CLOCK_SKEW_SECONDS } from './limits.ts';

/** Epoch milliseconds. */
export type EpochMs = number;
/** Reads the time; a number in tests. */
export type Clock = () => EpochMs;

/** RFC 3339 in UTC with milliseconds: the only spelling of an instant on the wire. */
export function toInstant(atMs: EpochMs): string {
  return new Date(atMs).toISOString();
}

/** Epoch ms of an RFC 3339 instant; NaN when it is none. */
export function fromInstant(instant: string): EpochMs {
  return Date.parse(instant);
}

/**
 * What to do about this machine's clock, when it differs from `date` (an HTTP date of the registry) by more than a
 * credential may; null when it does not, or there is no such date.
 */
export function clockHint(date: string | null, nowMs: EpochMs): string | null {
  const theirsMs = Date.parse(date ?? '');
  const aheadSeconds = Math.round((nowMs - theirsMs) / 1000);
  if (Number.isNaN(theirsMs) || Math.abs(aheadSeconds) <= CLOCK_SKEW_SECONDS) return null;
  const minutes = Math.round(Math.abs(aheadSeconds) / 60);
  const amount = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  return `The clock of this machine is ${amount} ${aheadSeconds > 0 ? 'ahead of' : 'behind'} the registry’s (${toInstant(nowMs)} here, ${toInstant(theirsMs)} there), so what it signs counts as expired. Set it: sudo timedatectl set-ntp true`;
}
