import { AegisError } from '../errors.ts';
import { followKeys, type RegistryKey } from '../key-set.ts';
import type { KeySet } from '../wire/clusters.ts';
import type { Run } from './command.ts';
import { readCredentials, writeCredentials } from './credentials.ts';
import type { Registry } from './registry.ts';

/** What was checked, and the keys that it was checked with. */
interface Checked<T> extends Trusted {
  checked: T;
}
interface Trusted {
  keys: KeySet;
  /** Where the keys came from, in words. */
  keysFrom: string;
}

/**
 * Checks signatures with the keys that were pinned at login. When none of them made one, the registry may have changed
 * keys since: those that lead back to a pinned one by their signatures are pinned too, and the person is told. Without
 * pinned keys those that the registry serves now are used, and the person is told that. Asks for keys once.
 */
export function trustPinned(
  run: Pick<Run, 'io' | 'warn' | 'paint'>,
  { url, client, pinnedKeys }: Registry,
): <T>(check: (keys: KeySet) => Promise<T>) => Promise<Checked<T>> {
  const keysFrom = `pinned at login to ${url}`;
  let first: Promise<Trusted> | null = null;
  let next: Promise<Trusted | null> | null = null;
  const serve = async (): Promise<Trusted> => {
    run.warn(
      `${run.paint('yellow', '!')} No keys of ${url} are pinned on this machine; using those it serves now. Pin them (aegis login) or name them (--keys FILE).`,
    );
    return { keys: await client.keySet(), keysFrom: `fetched now from ${url}, not pinned` };
  };
  const follow = async (pinned: KeySet): Promise<Trusted | null> => {
    const { keys, fresh } = await followKeys(pinned, await client.keySet());
    if (fresh.length === 0) return null;
    await pin(run, url, keys);
    run.warn(toldOf(url, fresh));
    return { keys, keysFrom: `${keysFrom}, followed to ${namesOf(fresh)}` };
  };
  return async (check) => {
    first ??= pinnedKeys === null ? serve() : Promise.resolve({ keys: pinnedKeys, keysFrom });
    const trusted = await first;
    try {
      return { checked: await check(trusted.keys), ...trusted };
    } catch (error) {
      if (pinnedKeys === null || !(error instanceof AegisError) || error.code !== 'SIGNATURE_INVALID') throw error;
      next ??= follow(pinnedKeys);
      const followed = await next;
      if (followed === null) throw error;
      return { checked: await check(followed.keys), ...followed };
    }
  };
}

/** The keys to pin at a further login, and what to tell of it. @throws AegisError SIGNATURE_INVALID for keys that changed without a word */
export async function requireFollowed(url: string, pinned: KeySet, served: KeySet): Promise<string | null> {
  const { fresh, strangers } = await followKeys(pinned, served);
  // Keys that changed without a signature of the old ones could mean another registry at the same address.
  if (strangers.length > 0) {
    throw new AegisError('SIGNATURE_INVALID', {
      detail: `${url} has other keys than those pinned at your last login, and the pinned ones did not sign them: ${namesOf(strangers)}. Nothing was stored. If who runs the registry confirms the change, sign in with --accept-new-keys.`,
    });
  }
  return fresh.length === 0 ? null : toldOf(url, fresh);
}

async function pin({ io }: Pick<Run, 'io'>, url: string, keys: KeySet): Promise<void> {
  const credentials = await readCredentials(io);
  const stored = credentials.registries[url];
  if (stored === undefined) return;
  credentials.registries[url] = { ...stored, keys };
  await writeCredentials(io, credentials);
}

function toldOf(url: string, fresh: readonly RegistryKey[]): string {
  return `${url} has new keys, signed by those that were pinned: ${namesOf(fresh)}. They are pinned now.`;
}

function namesOf(keys: readonly RegistryKey[]): string {
  return keys.map(({ purpose, kid }) => `${purpose} ${kid}`).join(', ');
}
