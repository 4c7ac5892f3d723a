import type { SourceText } from './source-text.ts';

/** True for what `aegis build` writes beside a source: the bundle and its map. */
export function isBundle(path: string): boolean {
  return /\.bundle\.mjs(\.map)?$/.test(path);
}

/**
 * Tells whether a line of a bundle came from a dependency. Bundlers put the path of each module above it; where no such
 * comment stands, the file itself decides. A comment can lie, so nothing is let off because of it, only graded lower.
 */
export function dependencyLines(source: SourceText): (line: number) => boolean {
  const isWhole = /(^|\/)node_modules\//.test(source.path);
  if (isWhole || !isBundle(source.path)) return () => isWhole;
  const marks = [...source.text.matchAll(/^\/\/ ([\w@./ -]{1,300}\.[cm]?[jt]sx?)$/gm)].map((match) => ({
    line: source.place(match.index).line,
    isDependency: (match[1] ?? '').includes('node_modules/'),
  }));
  return (line) => {
    let low = 0;
    let high = marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((marks[middle]?.line ?? 0) <= line) low = middle + 1;
      else high = middle;
    }
    return marks[low - 1]?.isDependency ?? false;
  };
}
