import { contentDigest, type PackageFile, unpack } from '../archive.ts';
import { digestOf } from '../digest.ts';
import { AegisError } from '../errors.ts';
import { checkPackage } from '../manifest.ts';
import type { SkillManifest } from '../types.ts';

/** A package that was read and is sound in itself. */
export interface ReadPackage {
  archive: Uint8Array;
  files: PackageFile[];
  manifest: SkillManifest;
  archiveDigest: string;
  contentDigest: string;
}

/** Reads a package with the registry's own checks. @throws AegisError ARCHIVE_INVALID, MANIFEST_INVALID */
export async function readPackage(archive: Uint8Array): Promise<ReadPackage> {
  const files = unpack(archive);
  const { manifest, errors } = checkPackage(files);
  if (manifest === null) {
    throw new AegisError('MANIFEST_INVALID', {
      detail: `The package’s manifest has ${errors.length} error(s).`,
      errors,
    });
  }
  return {
    archive,
    files,
    manifest,
    archiveDigest: await digestOf(archive),
    contentDigest: await contentDigest(files),
  };
}
