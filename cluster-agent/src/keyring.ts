import { canonicalJson } from '@aegis/skill-sdk/canonical';
import type { Log } from '@aegis/skill-sdk/log';
import type { KeySet } from '@aegis/skill-sdk/wire/clusters';
import { compactVerify, importJWK } from 'jose';

type Key = KeySet['keys'][number];

/** A registry that many documents fail at is asked for its keys once in this time. */
const ASK_EVERY_MS = 5000;

/** The keys of the registry that this cluster believes: those pinned at enrolment, and what they vouched for since. */
export interface Keyring {
  pinned(): KeySet;
  /** Asks for the registry's keys and pins those that a pinned one signed; true when there are new ones. Never throws. */
  follow(): Promise<boolean>;
}

export interface KeyringOptions {
  pinned: KeySet;
  /** What the registry serves now. */
  fetchKeys: () => Promise<KeySet>;
  /** Keeps the keys on the disk; they are believed once that is done. */
  store: (keys: KeySet) => Promise<void>;
  clock: () => number;
  log: Log;
}

/** A keyring over the keys that are stored. */
export function createKeyring({ pinned: first, fetchKeys, store, clock, log }: KeyringOptions): Keyring {
  let pinned = first;
  let asked: { atMs: number; answer: Promise<boolean> } | null = null;
  const ask = async (): Promise<boolean> => {
    try {
      const next = await followKeys(pinned, await fetchKeys());
      const fresh = next.keys.slice(pinned.keys.length);
      if (fresh.length === 0) return false;
      await store(next);
      pinned = next;
      log.warn('the registry changed its keys; the pinned ones vouch for them', {
        keys: fresh.map(({ purpose, kid }) => `${purpose} ${kid}`),
      });
      return true;
    } catch (error) {
      log.warn('keys of the registry not read', { error });
      return false;
    }
  };
  return {
    pinned: () => pinned,
    follow() {
      if (asked === null || clock() - asked.atMs >= ASK_EVERY_MS) asked = { atMs: clock(), answer: ask() };
      return asked.answer;
    },
  };
}

/**
 * The pinned keys, then those of `served` that a pinned key of the same purpose signed, directly or over others that
 * are served. Nothing is dropped: what an older key signed stays signed. A `kid` that is pinned keeps its key.
 */
export async function followKeys(pinned: KeySet, served: KeySet): Promise<KeySet> {
  const keys = [...pinned.keys];
  for (let grown = true; grown; ) {
    grown = false;
    for (const key of served.keys) {
      if (keys.some(({ kid }) => kid === key.kid) || !(await isVouchedFor(key, keys))) continue;
      keys.push(key);
      grown = true;
    }
  }
  return { keys };
}

/** True when `signedByPrevious` is the JWS of one of the keys, of the same purpose, over exactly this key. */
async function isVouchedFor({ kty, crv, x, kid, purpose, signedByPrevious }: Key, keys: readonly Key[]) {
  if (signedByPrevious === undefined) return false;
  try {
    const { payload } = await compactVerify(
      signedByPrevious,
      async (header) => {
        const previous = keys.find((one) => one.kid === header.kid && one.purpose === purpose);
        if (previous === undefined) throw new Error('signed by no pinned key');
        return importJWK({ kty: previous.kty, crv: previous.crv, x: previous.x }, 'Ed25519');
      },
      { algorithms: ['Ed25519'] },
    );
    return new TextDecoder().decode(payload) === canonicalJson({ crv, kid, kty, purpose, x });
  } catch {
    // A signature that does not hold, or one of a key that is not pinned: then it vouches for nothing.
    return false;
  }
}
