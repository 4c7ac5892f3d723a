import { AegisError } from '@aegis/skill-sdk/errors';

/** Twice the longest that we make; a longer one is not read. */
const CURSOR_CHARS_MAX = 512;

/** An opaque cursor over the key of the last row that was shown. */
export function encodeCursor(parts: readonly (string | number)[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(parts));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** The key in a cursor, or null without one. Throws INVALID_REQUEST when it cannot be read. */
export function decodeCursor(cursor: string | undefined, length: number): (string | number)[] | null {
  if (cursor === undefined) return null;
  try {
    if (cursor.length > CURSOR_CHARS_MAX) throw new RangeError('too long');
    const text = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    const parts: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (char) => char.charCodeAt(0))));
    if (
      Array.isArray(parts) &&
      parts.length === length &&
      parts.every((part) => typeof part === 'string' || typeof part === 'number')
    )
      return parts;
  } catch {
    // Too long, not base64 or not JSON: answered below like every other cursor that we did not make.
  }
  throw new AegisError('INVALID_REQUEST', {
    detail: 'The cursor cannot be read. Leave it out to start from the first page.',
  });
}

/** Cuts one row more than asked for into a page and the cursor of the next. */
export function pageOf<T>(
  rows: readonly T[],
  limit: number,
  key: (row: T) => (string | number)[],
): { rows: T[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(key(last)) : null };
}
