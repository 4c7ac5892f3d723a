import { CREDENTIAL_CACHE_MS } from '@aegis/skill-sdk/limits';

const ROWS_MAX = 2000;
/** Bytes of packages that one isolate keeps; it has 128 MB for everything. */
const BYTES_MAX = 16 * 1024 * 1024;
/** A larger package is streamed: keeping it would push out all others. */
const BYTES_EACH_MAX = 1024 * 1024;

const rows = new Map<string, { row: unknown; untilMs: number }>();
const blobs = new Map<string, Uint8Array<ArrayBuffer>>();
let bytes = 0;

/**
 * What `load` answers, read at most every CREDENTIAL_CACHE_MS per isolate. The key names the tenant and everything
 * that the answer depends on. Errors are never kept.
 */
export async function remembered<T>(key: string, nowMs: number, load: () => Promise<T>): Promise<T> {
  const known = rows.get(key);
  if (known !== undefined && known.untilMs > nowMs) return known.row as T;
  const row = await load();
  if (rows.size >= ROWS_MAX) rows.clear();
  rows.set(key, { row, untilMs: nowMs + CREDENTIAL_CACHE_MS });
  return row;
}

/** Called after every change, so that the isolate that made it sees it at once. */
export function forget(): void {
  rows.clear();
}

/** Bytes under a key that holds their digest, so they never change; null when they are not kept. */
export function keptBytes(key: string): Uint8Array<ArrayBuffer> | null {
  return blobs.get(key) ?? null;
}

/** Keeps bytes if they are small; the oldest make room. */
export function keepBytes(key: string, content: Uint8Array<ArrayBuffer>): void {
  if (content.length > BYTES_EACH_MAX || blobs.has(key)) return;
  blobs.set(key, content);
  bytes += content.length;
  for (const [oldest, old] of blobs) {
    if (bytes <= BYTES_MAX) return;
    blobs.delete(oldest);
    bytes -= old.length;
  }
}

/** True when bytes of this length would be kept. */
export function isKept(length: number): boolean {
  return length <= BYTES_EACH_MAX;
}
