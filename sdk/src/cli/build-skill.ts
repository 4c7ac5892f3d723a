import { contentDigest, type PackageFile, pack } from '../archive.ts';
import { digestOf } from '../digest.ts';
import { AegisError } from '../errors.ts';
import { shellRunners } from '../shell-runner.ts';
import type { SkillManifest } from '../types.ts';
import { bundleHandlers } from './bundle.ts';
import { requireSkill } from './check-skill.ts';
import { checkPython } from './python.ts';
import { refuseSecrets } from './secret-files.ts';

export interface BuiltSkill {
  manifest: SkillManifest;
  /** What is in the package, sorted by path. */
  files: PackageFile[];
  /** Paths that were made by `build`. */
  bundled: Set<string>;
  leftOut: { path: string; rule: string }[];
  /** The tar.gz; the same bytes for the same folder on any machine. */
  archive: Uint8Array;
  archiveDigest: string;
  contentDigest: string;
}

/** Checks a skill's folder and makes its package. @throws AegisError MANIFEST_INVALID, VALIDATION_FAILED, ARCHIVE_INVALID, USAGE */
export async function buildSkill(folder: string, cwd: string): Promise<BuiltSkill> {
  const skill = await requireSkill(folder, cwd);
  refuseSecrets(skill.folder.files, skill.folder.kept);
  const wrong = await checkPython(skill.folder.path, skill.manifest.tools, skill.folder.files);
  if (wrong.length > 0) {
    throw new AegisError('VALIDATION_FAILED', { detail: 'A Python handler cannot be run.', errors: wrong });
  }
  const bundles = await bundleHandlers(skill.folder.path, skill.manifest.tools, skill.folder.files);
  const runners = shellRunners(skill.manifest.tools, new Set(skill.folder.files.map((file) => file.path)));
  const made = [...bundles, ...runners];
  const bundled = new Set(made.map((file) => file.path));
  // A bundle that lies in the folder from an unpacked package is made anew.
  const files = [...skill.folder.files.filter((file) => !bundled.has(file.path)), ...made];
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const archive = pack(files);
  return {
    manifest: skill.manifest,
    files,
    bundled,
    leftOut: skill.folder.leftOut,
    archive,
    archiveDigest: await digestOf(archive),
    contentDigest: await contentDigest(files),
  };
}

/** `my-skill-1.0.0.tar.gz` (A19). */
export function archiveName({ name, version }: SkillManifest): string {
  return `${name}-${version}.tar.gz`;
}
