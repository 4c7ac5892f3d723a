import { AUDIT_TILE_LEAVES } from '@aegis/skill-sdk/limits';
import { type Hash, type HashOf, hashOver } from '@aegis/skill-sdk/merkle';
import type { Db } from '../db.ts';
import { leavesOfTiles, tilesBelow } from './log-store.ts';

/**
 * The hashes of a log of `size` leaves, for proofs about the given places: their tiles and the last one are read whole,
 * of every other tile its one hash.
 */
export async function readHashes(
  db: Db,
  tenantId: string,
  { size, seqs }: { size: number; seqs: readonly number[] },
): Promise<HashOf> {
  const tileOf = (seq: number) => Math.floor(seq / AUDIT_TILE_LEAVES);
  const touched = [...new Set([...seqs.map(tileOf), tileOf(Math.max(0, size - 1))])].sort(
    (left, right) => left - right,
  );
  const [tiles, leaves] = await Promise.all([
    tilesBelow(db, tenantId, tileOf(size)),
    leavesOfTiles(db, tenantId, touched),
  ]);
  const known = (from: number, to: number): Hash | null => {
    if (to - from === 1) return leaves.get(from) ?? null;
    const isTile = to - from === AUDIT_TILE_LEAVES && from % AUDIT_TILE_LEAVES === 0;
    return isTile ? (tiles.get(tileOf(from)) ?? null) : null;
  };
  return (from, to) => {
    const hash = hashOver(from, to, known);
    // A log that misses leaves proves nothing, and must not pretend to.
    if (hash === null) throw new Error(`the log of ${tenantId} has no hashes of ${from} to ${to}`);
    return hash;
  };
}
