/** One line of a folder tree; folders have no `file`. */
export interface TreeRow<T> {
  name: string;
  path: string;
  depth: number;
  file: T | null;
}

/** The files as an indented list: folders first within a folder, then names in code-unit order. */
export function treeRows<T extends { path: string }>(files: readonly T[]): TreeRow<T>[] {
  return rowsBelow(files, '', 0);
}

function rowsBelow<T extends { path: string }>(files: readonly T[], prefix: string, depth: number): TreeRow<T>[] {
  const folders = new Map<string, T[]>();
  const own: T[] = [];
  for (const file of files) {
    const rest = file.path.slice(prefix.length);
    const slash = rest.indexOf('/');
    if (slash < 0) {
      own.push(file);
      continue;
    }
    const name = rest.slice(0, slash);
    folders.set(name, [...(folders.get(name) ?? []), file]);
  }
  const inOrder = [...folders].sort(([left], [right]) => (left < right ? -1 : 1));
  return [
    ...inOrder.flatMap(([name, inside]) => [
      { name, path: `${prefix}${name}`, depth, file: null },
      ...rowsBelow(inside, `${prefix}${name}/`, depth + 1),
    ]),
    ...own
      .sort((left, right) => (left.path < right.path ? -1 : 1))
      .map((file) => ({ name: file.path.slice(prefix.length), path: file.path, depth, file })),
  ];
}
