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
