import compareBuild from 'semver/functions/compare-build.js';
import prerelease from 'semver/functions/prerelease.js';

/**
 * Negative when `left` is the lower version, positive when it is the higher one, 0 only for the same one: Semantic
 * Versioning 2.0 section 11, and the build metadata after it, so that any list of versions has one order.
 */
export function compareVersions(left: string, right: string): number {
  return compareBuild(left, right);
}

/** True for `1.0.0-rc.1`; false for `1.0.0` and `1.0.0+build`. */
export function isPrerelease(version: string): boolean {
  return prerelease(version) !== null;
}

/** The highest version that is no prerelease; null when there is none. */
export function latestOf(versions: readonly string[]): string | null {
  const releases = versions.filter((version) => !isPrerelease(version)).sort(compareVersions);
  return releases.at(-1) ?? null;
}
