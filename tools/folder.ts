import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** How often somebody who waits for another's build looks whether it is there. */
const LOOK_EVERY_MS = 500;

/** Where built tools lie, outside of every clone: AEGIS_TOOLS, else the user's cache. */
export function toolsFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const named = environment.AEGIS_TOOLS;
  if (named !== undefined && named !== '') return named;
  const cache = environment.XDG_CACHE_HOME;
  return join(cache === undefined || cache === '' ? join(homedir(), '.cache') : cache, 'aegis', 'tools');
}

/** Twelve hex digits that change when anything of the recipe does. */
export function stampOf(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(String(part.length)).update('\0').update(part);
  return hash.digest('hex').slice(0, 12);
}

/**
 * The folder `<tools>/<name>`, made by `build` unless it is there. It appears whole or not at all, and of two who want it
 * at once one builds and the other waits; the lock of a builder that died is taken over.
 */
export async function once(tools: string, name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const target = join(tools, name);
  mkdirSync(tools, { recursive: true });
  while (!existsSync(target)) {
    const giveBack = takeLock(join(tools, `${name}.lock`));
    if (giveBack === null) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      continue;
    }
    const staging = mkdtempSync(join(tools, `.${name}-`));
    try {
      if (existsSync(target)) continue;
      await build(staging);
      renameSync(staging, target);
    } finally {
      rmSync(staging, { recursive: true, force: true });
      giveBack();
    }
  }
  return target;
}

/** True while somebody builds `<tools>/<name>`. */
export function isBeingBuilt(tools: string, name: string): boolean {
  return isHeld(join(tools, `${name}.lock`));
}

function takeLock(path: string): (() => void) | null {
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (cause) {
      if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'EEXIST') throw cause;
    }
    if (isHeld(path)) return null;
    rmSync(path, { force: true });
  }
}

function isHeld(path: string): boolean {
  try {
    const holder = Number(readFileSync(path, 'utf8'));
    // Two builds within one process: the first one holds it.
    if (holder === process.pid) return true;
    process.kill(holder, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive too; a lock that is gone is no longer held.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
