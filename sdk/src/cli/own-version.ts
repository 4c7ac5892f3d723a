import { readFileSync } from 'node:fs';

/** The version of this package; lies two folders up from `src/cli` and from `dist/cli`. */
export function ownVersion(): string {
  const read: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return read !== null && typeof read === 'object' && 'version' in read ? String(read.version) : '0.0.0';
}
