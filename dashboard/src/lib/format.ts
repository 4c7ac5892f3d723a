/** How numbers, times, digests and hosts are spelled for people. Pure; times take `nowAtMs` (epoch ms). */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MINUS = '−';

/** `1,204`; a true minus. */
export function count(value: number): string {
  const digits = String(Math.abs(Math.trunc(value))).replace(/\B(?=(\d{3})+$)/g, ',');
  return value < 0 ? `${MINUS}${digits}` : digits;
}

/** `1 host`, `4 hosts`; the plural is the noun with an s unless given. */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/** `−14`, `+5`, `0`; at most one decimal. */
export function signed(value: number): string {
  const rounded = Math.round(value * 10) / 10;
  if (rounded === 0) return '0';
  return `${rounded < 0 ? MINUS : '+'}${Math.abs(rounded)}`;
}

/** `184 KB`, `1.4 MB`: 1 KB is 1024 bytes. */
export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let amount = value / 1024;
  let unit = 0;
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${amount < 10 && unit > 0 ? amount.toFixed(1) : Math.round(amount)} ${units[unit]}`;
}

/** `63 %`, whole percents; 0 when there is nothing to have a part of. */
export function percent(part: number, whole: number): string {
  return `${whole <= 0 ? 0 : Math.min(100, Math.floor((part / whole) * 100))} %`;
}

/** Under 24 h `12 min ago`, then `14 Nov`, then `14 Nov 2025` (UTC). */
export function when(instant: string, nowAtMs: number): string {
  const atMs = Date.parse(instant);
  if (Number.isNaN(atMs)) return 'not known';
  const agoMs = nowAtMs - atMs;
  if (agoMs < -MINUTE_MS) return agoMs > -DAY_MS ? `in ${span(-agoMs)}` : day(atMs, nowAtMs);
  if (agoMs < 5_000) return 'just now';
  if (agoMs < DAY_MS) return `${span(agoMs)} ago`;
  return day(atMs, nowAtMs);
}

/** `2 d 4 h`, `31 min`, `5 s`: the two largest units, the second only for days. */
export function span(durationMs: number): string {
  if (durationMs < MINUTE_MS) return `${Math.max(0, Math.floor(durationMs / 1000))} s`;
  if (durationMs < HOUR_MS) return `${Math.floor(durationMs / MINUTE_MS)} min`;
  if (durationMs < DAY_MS) return `${Math.floor(durationMs / HOUR_MS)} h`;
  const hours = Math.floor((durationMs % DAY_MS) / HOUR_MS);
  return `${Math.floor(durationMs / DAY_MS)} d${hours === 0 ? '' : ` ${hours} h`}`;
}

function day(atMs: number, nowAtMs: number): string {
  const date = new Date(atMs);
  const text = `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
  return date.getUTCFullYear() === new Date(nowAtMs).getUTCFullYear() ? text : `${text} ${date.getUTCFullYear()}`;
}

/** `14 Nov 2025, 10:05:07 UTC`: what hover, evidence and audit say. */
export function exact(instant: string): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return 'not known';
  const clock = date.toISOString().slice(11, 19);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}, ${clock} UTC`;
}

/** The first 12 hex digits of `sha256:…`. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** Eight bar heights from 0 to 15 from the first eight hex digits: an aid to the eye, never the check. */
export function digestBars(digest: string): number[] {
  return [...digest.replace(/^sha256:/, '').slice(0, 8)].map((digit) => Number.parseInt(digit, 16) || 0);
}

/** The part of a host that may be cut, and the registrable end that never is. Addresses are never cut. */
export function hostParts(host: string): { head: string; tail: string } {
  const labels = host.split('.');
  if (host.includes(':') || /^\d+$/.test(labels.at(-1) ?? '') || labels.length <= 2) return { head: '', tail: host };
  // `co.uk` and its like: a short label below a country code is part of the suffix.
  const countryStyle = (labels.at(-1)?.length ?? 0) === 2 && (labels.at(-2)?.length ?? 0) <= 3;
  const kept = countryStyle ? 3 : 2;
  if (labels.length <= kept) return { head: '', tail: host };
  return { head: `${labels.slice(0, -kept).join('.')}.`, tail: labels.slice(-kept).join('.') };
}

/** `*.` or the other changed beginning and end of `after` against `before`, so that only what changed is marked. */
export function changedPart(before: string | null, after: string): { start: string; changed: string; end: string } {
  if (before === null) return { start: '', changed: after, end: '' };
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const changed = after.slice(start, after.length - end);
  if (changed === '') return { start: '', changed: after, end: '' };
  return { start: after.slice(0, start), changed, end: after.slice(after.length - end) };
}
