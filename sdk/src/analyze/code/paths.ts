import { HOLE } from './value.ts';

/** The folder of the skill's own package, in paths that were folded. */
export const PACKAGE = '<package>';

/**
 * POSIX `path.join` on texts that may hold unknown parts: no empty or `.` segments, `..` taken back where what stands
 * before it is known. The result of nothing is `.`.
 */
export function joinPaths(parts: readonly string[]): string {
  return normalisePath(parts.filter((part) => part !== '').join('/'));
}

/** POSIX `path.resolve`, with the working directory as `.`: the last absolute part wins. */
export function resolvePaths(parts: readonly string[]): string {
  let from = 0;
  parts.forEach((part, index) => {
    if (isAbsolute(part)) from = index;
  });
  return joinPaths(parts.slice(from));
}

export function isAbsolute(path: string): boolean {
  return path.startsWith('/') || path.startsWith('~') || path.startsWith(PACKAGE) || /^[A-Za-z]:[\\/]/.test(path);
}

export function normalisePath(path: string): string {
  const rooted = path.startsWith('/');
  const kept: string[] = [];
  for (const segment of path.replaceAll('\\', '/').split('/')) {
    if (segment === '' || segment === '.') continue;
    const last = kept[kept.length - 1];
    if (segment !== '..') kept.push(segment);
    else if (last !== undefined && last !== '..' && !last.includes(HOLE) && last !== PACKAGE && last !== '~')
      kept.pop();
    else if (!rooted) kept.push(segment);
  }
  return `${rooted ? '/' : ''}${kept.join('/')}` || (rooted ? '/' : '.');
}

export function dirname(path: string): string {
  const normal = normalisePath(path);
  const cut = normal.lastIndexOf('/');
  return cut < 0 ? '.' : cut === 0 ? '/' : normal.slice(0, cut);
}

export function basename(path: string): string {
  return path.slice(path.replaceAll('\\', '/').lastIndexOf('/') + 1);
}
