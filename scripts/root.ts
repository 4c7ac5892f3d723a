import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout, with a slash behind it. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The version of the product. */
export function appVersion(): string {
  const { version }: { version: string } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
  return version;
}
