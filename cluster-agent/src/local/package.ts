import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyApproval } from '@aegis/skill-sdk/approval';
import { contentDigest, type PackageFile, unpack } from '@aegis/skill-sdk/archive';
import { digestOf, sameDigest } from '@aegis/skill-sdk/digest';
import { AegisError } from '@aegis/skill-sdk/errors';
import { NO_PERMISSIONS, type PermissionBlock } from '@aegis/skill-sdk/permissions';
import type { KeySet, TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import type { Adopted } from '../adopted.ts';
import { missingIsEmpty, readIfThere, removeIfThere, writeDurably } from '../durable.ts';

export type Install = TenantDocument['installs'][number];

/** Begins the name of the folder of one run, beside the archives. */
export const RUN_PREFIX = 'run-';

/** A skill that may be run: its files, and what a reviewer's signature lets it do. */
export interface ApprovedPackage {
  files: PackageFile[];
  permissions: PermissionBlock;
}

export interface PackageOptions {
  /** The cache. */
  folder: string;
  tenantId: string;
  keys: KeySet;
  download: (digest: string) => Promise<Uint8Array>;
}

/**
 * The package of an install, from the cache or the registry. Whatever the source, the bytes must have the digests of
 * the install and the approval must be for exactly them. Throws DIGEST_MISMATCH, APPROVAL_INVALID, SIGNATURE_INVALID.
 */
export async function openPackage(
  install: Install,
  { folder, tenantId, keys, download }: PackageOptions,
): Promise<ApprovedPackage> {
  const { name, version, archiveDigest, contentDigest: wanted, approval } = install;
  const expected = { tenantId, name, version, archiveDigest, contentDigest: wanted };
  const { permissions } = await verifyApproval(approval, keys, expected);
  const path = join(folder, fileOf(archiveDigest));
  const cached = await readIfThere(path);
  const bytes =
    cached !== null && sameDigest(await digestOf(cached), archiveDigest) ? cached : await download(archiveDigest);
  const found = await digestOf(bytes);
  if (!sameDigest(found, archiveDigest)) {
    throw new AegisError('DIGEST_MISMATCH', {
      detail: `${name} ${version} has the digest ${found}; the installed one is ${archiveDigest}.`,
    });
  }
  if (bytes !== cached) await writeDurably(path, bytes);
  const files = unpack(bytes);
  const content = await contentDigest(files);
  if (!sameDigest(content, wanted)) {
    throw new AegisError('DIGEST_MISMATCH', {
      detail: `The files of ${name} ${version} have the digest ${content}; approved is ${wanted}.`,
    });
  }
  return { files, permissions };
}

/** A package that is not installed, from a file that somebody names: it may use what the agent may, and nothing by itself. */
export async function openUninstalled(path: string): Promise<ApprovedPackage> {
  return { files: unpack(await readFile(path)), permissions: NO_PERMISSIONS };
}

/** No call of a tool takes longer; a folder of a run that is older was left by a process that was killed. */
const RUN_MS_MAX = 3_600_000;

/** Removes what no agent of this cluster has installed any more: what was revoked or uninstalled is not run again. */
export async function evictPackages(folder: string, adopted: Adopted, nowMs: number): Promise<void> {
  const installs = adopted.tenants.flatMap(({ enforced }) => enforced?.document.installs ?? []);
  const kept = new Set(installs.map(({ archiveDigest }) => fileOf(archiveDigest)));
  for (const name of await readdir(folder).catch(missingIsEmpty)) {
    const path = join(folder, name);
    if (name.endsWith('.tar.gz') && !kept.has(name)) await removeIfThere(path);
    if (name.startsWith(RUN_PREFIX) && (await stat(path)).mtimeMs < nowMs - RUN_MS_MAX)
      await rm(path, { recursive: true, force: true });
  }
}

function fileOf(archiveDigest: string): string {
  return `${archiveDigest.replace(':', '-')}.tar.gz`;
}
