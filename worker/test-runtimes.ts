import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('src/', import.meta.url));
/** What only workerd has, and what stands on it. */
const NEEDS_WORKERD = /from '(cloudflare:|[./]+\/testing\/)/;

/**
 * How many files run at once: one more than there are cores, for who waits for a browser, a namespace or a clock leaves
 * its core to the next. Each project has to say it: by itself Vitest leaves a core idle, and runs a project that may have
 * only one file at a time after all others.
 */
export const FILES_AT_ONCE = availableParallelism() + 1;

/**
 * The Worker's test files, by absolute path, split by what they need. Each file in workerd boots an isolate and applies
 * the migrations; a pure rule is judged in Node in a hundredth of the time.
 */
export function testsByRuntime(): { workerd: string[]; node: string[] } {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => `${SOURCES}${path}`);
  const needsWorkerd = (path: string) => NEEDS_WORKERD.test(readFileSync(path, 'utf8'));
  return { workerd: files.filter(needsWorkerd), node: files.filter((path) => !needsWorkerd(path)) };
}
