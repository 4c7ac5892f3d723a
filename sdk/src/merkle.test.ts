import { describe, expect, test } from 'vitest';
import {
  append,
  EMPTY_ROOT,
  type Frontier,
  hashOver,
  isConsistent,
  isIncluded,
  leafHash,
  nodeHash,
  proveConsistency,
  proveLeaf,
  proveLeaves,
  rangesBeside,
  rootOf,
} from './merkle.ts';
import vectors from './merkle.vectors.json' with { type: 'json' };

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const hex = (base64: string) =>
  [...atob(base64)].map((char) => char.charCodeAt(0).toString(16).padStart(2, '0')).join('');
const hashes = (text: string) => (text === '' ? [] : text.split(' ').map(hex));

/** The entries and roots that implementations of Certificate Transparency share. */
const ENTRIES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

/** RFC 6962, section 2.1, spelled out: what everything faster is compared with. */
function slowRoot(leaves: readonly string[]): string {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0] ?? '';
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return nodeHash(slowRoot(leaves.slice(0, split)), slowRoot(leaves.slice(split)));
}

const leaves = Array.from({ length: 70 }, (_, index) => leafHash(new Uint8Array([index])));
const known = new Map<string, string>();
const hashOf = (from: number, to: number) => {
  const hash = known.get(`${from}-${to}`) ?? slowRoot(leaves.slice(from, to));
  known.set(`${from}-${to}`, hash);
  return hash;
};

describe('published vectors (RFC 6962, X2)', () => {
  test('the root of nothing and the roots of the eight entries', () => {
    expect(EMPTY_ROOT).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    const frontier: Frontier = { size: 0, nodes: [] };
    for (const [index, entry] of ENTRIES.entries()) {
      append(frontier, leafHash(bytes(entry)));
      expect(rootOf(frontier)).toBe(ROOTS[index]);
    }
  });

  test(`${vectors.inclusion.length} proofs of inclusion, good and bad`, () => {
    for (const { name, seq, size, root, leaf, proof, ok } of vectors.inclusion)
      expect([name, isIncluded({ seq, size, root: hex(root), leaf: hex(leaf), proof: hashes(proof) })]).toEqual([
        name,
        ok,
      ]);
    expect(vectors.inclusion.filter(({ ok }) => ok).length).toBeGreaterThan(3);
  });

  test(`${vectors.consistency.length} proofs of consistency, good and bad`, () => {
    for (const { name, from, to, root1, root2, proof, ok } of vectors.consistency) {
      const [older, newer] = [
        { size: from, root: hex(root1) },
        { size: to, root: hex(root2) },
      ];
      expect([name, isConsistent({ older, newer, proof: hashes(proof) })]).toEqual([name, ok]);
    }
    expect(vectors.consistency.filter(({ ok }) => ok).length).toBeGreaterThan(3);
  });
});

describe('every log of up to 70 events', () => {
  test('the frontier has the root of the whole tree, and says which runs it closed', () => {
    const frontier: Frontier = { size: 0, nodes: [] };
    for (const [index, leaf] of leaves.entries()) {
      for (const { leaves: count, hash } of append(frontier, leaf))
        expect(hash).toBe(hashOf(index + 1 - count, index + 1));
      expect(rootOf(frontier)).toBe(hashOf(0, index + 1));
    }
  });

  test('each leaf is proved at its place, and at no other', () => {
    for (const size of [1, 2, 3, 7, 8, 33, 64, 70]) {
      for (let seq = 0; seq < size; seq++) {
        const proof = proveLeaf(seq, size, hashOf);
        const claim = { seq, size, root: hashOf(0, size), leaf: leaves[seq] ?? '', proof };
        expect(isIncluded(claim)).toBe(true);
        expect(isIncluded({ ...claim, leaf: leafHash(new Uint8Array([99, 99])) })).toBe(false);
        expect(isIncluded({ ...claim, seq: seq + 1 })).toBe(false);
        expect(isIncluded({ ...claim, proof: [...proof, EMPTY_ROOT] })).toBe(false);
      }
    }
  });

  test('each beginning is proved, and no other history is', () => {
    for (const size of [1, 2, 6, 8, 31, 64, 70]) {
      for (let older = 1; older <= size; older++) {
        const proof = proveConsistency(older, size, hashOf);
        const [begin, end] = [
          { size: older, root: hashOf(0, older) },
          { size, root: hashOf(0, size) },
        ];
        expect(isConsistent({ older: begin, newer: end, proof })).toBe(true);
        expect(isConsistent({ older: { ...begin, root: EMPTY_ROOT }, newer: end, proof })).toBe(false);
      }
    }
    expect(isConsistent({ older: { size: 3, root: '' }, newer: { size: 2, root: '' }, proof: [] })).toBe(false);
    expect(isConsistent({ older: { size: 0, root: EMPTY_ROOT }, newer: { size: 2, root: '' }, proof: [] })).toBe(false);
  });

  test('any choice of leaves adds up to the root with the hashes beside them', () => {
    for (const size of [1, 5, 64, 70]) {
      for (const seqs of [
        [],
        [0],
        [size - 1],
        [0, size - 1],
        [...leaves.keys()].filter((seq) => seq < size && seq % 3 === 1),
      ]) {
        const wanted = [...new Set(seqs)];
        const hashes = proveLeaves(wanted, size, hashOf);
        const known = new Map(
          rangesBeside(wanted, size).map(([from, to], index) => [`${from}-${to}`, hashes[index] ?? '']),
        );
        for (const seq of wanted) known.set(`${seq}-${seq + 1}`, leaves[seq] ?? '');
        expect(hashOver(0, size, (from, to) => known.get(`${from}-${to}`) ?? null)).toBe(hashOf(0, size));
      }
    }
  });
});
