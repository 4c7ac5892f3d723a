interface LockEntry {
  link?: boolean;
  optionalDependencies?: Record<string, string>;
}

/**
 * Optional dependencies (binaries of other platforms) that a package names and the lock file has no entry for:
 * `npm ci` on such a platform would leave them out. npm itself says nothing about it.
 */
export function lockHoles(packages: Record<string, LockEntry>): string[] {
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !placesOf(path, name).some((place) => place in packages))
      .map((name) => `${path === '' ? 'package.json' : path} → ${name}`),
  );
}

/** Where Node would look for a package, from the inside out. */
function placesOf(path: string, name: string): string[] {
  const places: string[] = [];
  for (let folder = path; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    places.push(`${folder === '' ? '' : `${folder}/`}node_modules/${name}`);
    if (folder === '') return places;
  }
}
