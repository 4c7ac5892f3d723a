import { rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import { ignoreMissing, syncFolder } from '../durable.ts';
import { type ClusterKey, makeKey, readKey, signKeyProof } from '../identity.ts';
import { takeLock } from '../lock.ts';
import type { StatePaths } from '../paths.ts';
import type { Registry } from '../registry.ts';

const DAY_MS = 24 * 3_600_000;

export interface RotateOptions {
  paths: StatePaths;
  clusterId: string;
  registry: Pick<Registry, 'rotateKey'>;
  clock: () => number;
}

/**
 * Puts a new key in the place of the cluster's.
 *
 *   new key stored beside the old ─► registry takes it (proof by both) ─► moved into the old one's place
 *
 * Killed at any point, it is finished by the next call: the new key is on the disk before anybody hears of it, and the
 * registry answers the same request again, also when it is the new key that asks because the old one has ended.
 * Throws STATE_CONFLICT while another process does the same, or what the registry said.
 */
export async function rotateKey({ paths, clusterId, registry, clock }: RotateOptions): Promise<{
  key: ClusterKey;
  previousUntil: string;
}> {
  const release = await takeLock(paths.rotation);
  try {
    const before = await readKey(paths);
    if (before === null) throw new AegisError('NOT_FOUND', { detail: `There is no key at ${paths.key} to replace.` });
    const begun = await readKey(paths, paths.nextKey);
    const key = begun ?? (await makeKey(paths, paths.nextKey));
    const proof = await signKeyProof({ clusterId, replaces: before.kid }, key, clock());
    const request = { publicKey: { ...key.publicKey, kid: key.kid }, proof };
    const { previousUntil } = await registry.rotateKey(before, request).catch((error) => {
      const isOver = error instanceof AegisError && error.code === 'UNAUTHENTICATED';
      if (begun === null || !isOver) throw error;
      return registry.rotateKey(key, request);
    });
    await rename(paths.nextKey, paths.key);
    await syncFolder(dirname(paths.key));
    return { key, previousUntil };
  } finally {
    await release();
  }
}

/** True when the key is that old, or a rotation was begun and not finished. */
export async function isRotationDue(paths: StatePaths, days: number, nowMs: number): Promise<boolean> {
  if ((await modifiedAtMs(paths.nextKey)) !== null) return true;
  const madeAtMs = await modifiedAtMs(paths.key);
  return madeAtMs !== null && nowMs - madeAtMs >= days * DAY_MS;
}

async function modifiedAtMs(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    ignoreMissing(error);
    return null;
  }
}
