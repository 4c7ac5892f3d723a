import { AST_BYTES_MAX, TYPESCRIPT_AST_BYTES_MAX } from '../../limits.ts';
import type { Dialect } from '../code/parse.ts';

/** One source file of a unit. */
export interface UnitFile {
  readonly path: string;
  readonly dialect: Dialect;
  readonly length: number;
}

/**
 * Groups files that import each other, so that they are analysed together, and never more at once than fits into
 * memory: a group that is too large falls apart into single files. Sorted, so that the order of the input is nothing.
 */
export function groupFiles(files: readonly UnitFile[], edges: ReadonlyMap<string, readonly string[]>): UnitFile[][] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const neighbours = new Map<string, string[]>();
  const connect = (from: string, to: string): void => {
    neighbours.set(from, [...(neighbours.get(from) ?? []), to]);
  };
  for (const { path } of files) {
    for (const target of edges.get(path) ?? []) {
      if (!byPath.has(target)) continue;
      connect(path, target);
      connect(target, path);
    }
  }
  const groups: UnitFile[][] = [];
  const seen = new Set<string>();
  for (const path of [...byPath.keys()].sort()) {
    const group: UnitFile[] = [];
    const queue = [path];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const file = byPath.get(next);
      if (seen.has(next) || file === undefined) continue;
      seen.add(next);
      group.push(file);
      queue.push(...(neighbours.get(next) ?? []));
    }
    if (group.length === 0) continue;
    group.sort((left, right) => (left.path < right.path ? -1 : 1));
    if (weightOf(group) <= 1) groups.push(group);
    else groups.push(...group.map((file) => [file]));
  }
  return groups;
}

/** 1 is as much as fits. */
function weightOf(group: readonly UnitFile[]): number {
  let weight = 0;
  for (const { dialect, length } of group) {
    weight += length / (dialect === 'javascript' ? AST_BYTES_MAX : TYPESCRIPT_AST_BYTES_MAX);
  }
  return weight;
}
