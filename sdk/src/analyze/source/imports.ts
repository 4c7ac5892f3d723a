import { joinPaths } from '../code/paths.ts';

/** Extensions that loaders add by themselves, in the order in which they are tried. */
const ADDED = [
  '',
  '.ts',
  '.tsx',
  '.mts',
  '.cts',
  '.js',
  '.mjs',
  '.cjs',
  '.jsx',
  '.json',
  '.d.ts',
  '/index.ts',
  '/index.js',
  '/index.mjs',
  '/index.cjs',
];
/** A TypeScript source is imported under the name that it will have when compiled. */
const COMPILED: Readonly<Record<string, string>> = { '.js': '.ts', '.mjs': '.mts', '.cjs': '.cts', '.jsx': '.tsx' };

/** The file of the package that a specifier means, seen from a file; null when it is another package or missing. */
export function resolveImport(from: string, specifier: string, paths: ReadonlySet<string>): string | null {
  const isLocal = specifier.startsWith('./') || specifier.startsWith('../') || specifier === '.' || specifier === '..';
  const inPackage = /^(?:file:\/\/)?<package>\/(.*)$/.exec(specifier);
  if (!isLocal && inPackage === null) return null;
  const folder = from.includes('/') ? from.slice(0, from.lastIndexOf('/')) : '';
  const base = inPackage !== null ? joinPaths([inPackage[1] ?? '']) : joinPaths([folder, specifier]);
  const plain = base === '.' ? '' : base;
  for (const added of ADDED) {
    const candidate = plain === '' ? added.replace(/^\//, '') : plain + added;
    if (candidate !== '' && paths.has(candidate)) return candidate;
  }
  const extension = plain.slice(plain.lastIndexOf('.'));
  const source = Object.hasOwn(COMPILED, extension)
    ? `${plain.slice(0, -extension.length)}${COMPILED[extension]}`
    : null;
  return source !== null && paths.has(source) ? source : null;
}

const SPECIFIER = /(?:\bfrom|\bimport|\brequire\s{0,8}\(|\bimport\s{0,8}\()\s{0,8}["'`]([^"'`\n]{1,300})["'`]/g;

/**
 * The specifiers that a source names, found without parsing it: also right for files that do not parse. Comments and
 * texts that look like imports count; that only makes more files reachable.
 */
export function specifiersIn(text: string): string[] {
  const found = new Set<string>();
  for (const match of text.matchAll(SPECIFIER)) if (match[1] !== undefined) found.add(match[1]);
  return [...found];
}

/** Every file that can be reached from the given ones along the edges, those included. */
export function reachable(starts: Iterable<string>, edges: ReadonlyMap<string, readonly string[]>): Set<string> {
  const seen = new Set<string>();
  const queue = [...starts];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    queue.push(...(edges.get(path) ?? []));
  }
  return seen;
}
