import { readFile, stat } from 'node:fs/promises';
import { contentDigest, type PackageFile, unpack } from '../archive.ts';
import { digestOf } from '../digest.ts';
import { AegisError } from '../errors.ts';
import { ARCHIVE_BYTES_MAX } from '../limits.ts';
import { checkPackage } from '../manifest.ts';
import type { SkillManifest } from '../types.ts';
import { size } from './terminal.ts';

/** A package that was read and is sound in itself. */
export interface ReadPackage {
  archive: Uint8Array;
  files: PackageFile[];
  manifest: SkillManifest;
  archiveDigest: string;
  contentDigest: string;
}

/** Reads the package in a file. @throws AegisError USAGE for what is no file, ARCHIVE_INVALID, MANIFEST_INVALID */
export async function readPackageFile(path: string): Promise<ReadPackage> {
  const found = await stat(path);
  if (found.isDirectory()) {
    throw new AegisError('USAGE', { detail: `${path} is a folder, wanted a package. Make one with: aegis build` });
  }
  if (!found.isFile()) {
    // Opening a pipe waits for its other end, for ever when there is none.
    throw new AegisError('USAGE', { detail: `${path} is a pipe or a device, wanted a package in a file.` });
  }
  if (found.size > ARCHIVE_BYTES_MAX) {
    throw new AegisError('ARCHIVE_INVALID', {
      detail: `${path} has ${size(found.size)}, a package at most ${size(ARCHIVE_BYTES_MAX)}.`,
    });
  }
  return await readPackage(new Uint8Array(await readFile(path)));
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
