import { sha256 } from '@noble/hashes/sha2.js';

/** First, because the constants below are made with it. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** A hash of 32 bytes as 64 lower hex digits. */
export type Hash = string;

/** The nodes that others cannot compute: asked for the hash over the leaves `from` (inclusive) to `to` (exclusive). */
export type HashOf = (from: number, to: number) => Hash;

/** RFC 6962, section 2.1: the hash of a log without a leaf. */
export const EMPTY_ROOT: Hash = hexOf(sha256(new Uint8Array()));

/** RFC 6962, section 2.1: SHA-256 over 0x00 and the entry, so that no entry is ever taken for a node. */
export function leafHash(entry: Uint8Array): Hash {
  const bytes = new Uint8Array(entry.length + 1);
  bytes.set(entry, 1);
  return hexOf(sha256(bytes));
}

/** RFC 6962, section 2.1: SHA-256 over 0x01 and both children. */
export function nodeHash(left: Hash, right: Hash): Hash {
  const bytes = new Uint8Array(65);
  bytes[0] = 1;
  writeHex(left, bytes, 1);
  writeHex(right, bytes, 33);
  return hexOf(sha256(bytes));
}

/** The roots of the complete subtrees that a log of `size` leaves is made of, the largest first: all that appending needs. */
export interface Frontier {
  size: number;
  nodes: Hash[];
}

/** Adds one leaf in place; answers every complete subtree that it closed, by its number of leaves. */
export function append(frontier: Frontier, leaf: Hash): { leaves: number; hash: Hash }[] {
  const closed: { leaves: number; hash: Hash }[] = [];
  let hash = leaf;
  let leaves = 1;
  for (let rest = frontier.size; rest % 2 === 1; rest = (rest - 1) / 2) {
    hash = nodeHash(frontier.nodes.pop() ?? '', hash);
    leaves *= 2;
    closed.push({ leaves, hash });
  }
  frontier.nodes.push(hash);
  frontier.size++;
  return closed;
}

/** The root of the log. */
export function rootOf({ nodes }: Frontier): Hash {
  return nodes.length === 0 ? EMPTY_ROOT : nodes.reduceRight((right, left) => nodeHash(left, right));
}

/** The hash over a range that is a subtree, out of the hashes of smaller ones; `known` answers null where it has none. */
export function hashOver(from: number, to: number, known: (from: number, to: number) => Hash | null): Hash | null {
  const own = known(from, to);
  if (own !== null || to - from <= 1) return own;
  const middle = from + splitOf(to - from);
  const left = hashOver(from, middle, known);
  if (left === null) return null;
  const right = hashOver(middle, to, known);
  return right === null ? null : nodeHash(left, right);
}

/** RFC 6962, section 2.1.2: the proof that the log of `older` leaves is the beginning of the one of `size`; 0 < older <= size. */
export function proveConsistency(older: number, size: number, hashOf: HashOf): Hash[] {
  const walk = (from: number, to: number, isWhole: boolean): Hash[] => {
    if (older === to) return isWhole ? [] : [hashOf(from, to)];
    const middle = from + splitOf(to - from);
    return older <= middle
      ? [...walk(from, middle, isWhole), hashOf(middle, to)]
      : [...walk(middle, to, false), hashOf(from, middle)];
  };
  return walk(0, size, true);
}

/** RFC 6962, section 2.1.1: the hashes beside one leaf, bottom up; 0 <= seq < size. */
export function proveLeaf(seq: number, size: number, hashOf: HashOf): Hash[] {
  const walk = (from: number, to: number): Hash[] => {
    if (to - from === 1) return [];
    const middle = from + splitOf(to - from);
    return seq < middle ? [...walk(from, middle), hashOf(middle, to)] : [...walk(middle, to), hashOf(from, middle)];
  };
  return walk(0, size);
}

interface Inclusion {
  seq: number;
  leaf: Hash;
  size: number;
  root: Hash;
  proof: readonly Hash[];
}

/** RFC 9162, section 2.1.3.2: true when the leaf stands at that place of the log. */
export function isIncluded({ seq, leaf, size, root, proof }: Inclusion): boolean {
  if (seq < 0 || seq >= size || leaf.length !== 64) return false;
  let hash = leaf;
  let node = seq;
  let last = size - 1;
  for (const beside of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(beside, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = nodeHash(hash, beside);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && hash === root;
}

interface Consistency {
  older: { size: number; root: Hash };
  newer: { size: number; root: Hash };
  proof: readonly Hash[];
}

/** RFC 9162, section 2.1.4.2: true when the older log is the beginning of the newer one. Of nothing there is no proof. */
export function isConsistent({ older, newer, proof }: Consistency): boolean {
  if (older.size < 1 || older.size > newer.size) return false;
  if (older.size === newer.size) return older.root === newer.root && proof.length === 0;
  const path = isPowerOfTwo(older.size) ? [older.root, ...proof] : [...proof];
  let left = path[0] ?? '';
  let right = left;
  let node = older.size - 1;
  let last = newer.size - 1;
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  if (path.length === 0) return false;
  for (const hash of path.slice(1)) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      left = nodeHash(hash, left);
      right = nodeHash(hash, right);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      right = nodeHash(right, hash);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && left === older.root && right === newer.root;
}

/**
 * The proof for any leaves of a log at once: the hashes of the largest subtrees that hold none of them, from left to
 * right. `seqs` rise and are below `size`.
 */
export function proveLeaves(seqs: readonly number[], size: number, hashOf: HashOf): Hash[] {
  return rangesBeside(seqs, size).map(([from, to]) => hashOf(from, to));
}

/** The subtrees of a proof as [from, to), in the order of its hashes. */
export function rangesBeside(seqs: readonly number[], size: number): [number, number][] {
  const found: [number, number][] = [];
  let at = 0;
  const walk = (from: number, to: number): void => {
    const next = seqs[at];
    if (next === undefined || next >= to) {
      found.push([from, to]);
    } else if (to - from === 1) {
      at++;
    } else {
      const middle = from + splitOf(to - from);
      walk(from, middle);
      walk(middle, to);
    }
  };
  if (size > 0) walk(0, size);
  return found;
}

/** The left part of a tree of `size` > 1 leaves: the largest power of two below `size`. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

function isPowerOfTwo(size: number): boolean {
  return splitOf(size + 1) === size;
}

function half(value: number): number {
  return Math.floor(value / 2);
}

/** 64 lower hex digits. */
function hexOf(bytes: Uint8Array): Hash {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

function writeHex(hash: Hash, into: Uint8Array, at: number): void {
  for (let index = 0; index < 32; index++) into[at + index] = Number.parseInt(hash.slice(2 * index, 2 * index + 2), 16);
}
