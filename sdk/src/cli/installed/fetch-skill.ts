import { type ApprovalPredicate, verifyApproval } from '../../approval.ts';
import type { Client } from '../../client.ts';
import { digestOf, sameDigest } from '../../digest.ts';
import { AegisError } from '../../errors.ts';
import type { KeySet } from '../../wire/clusters.ts';
import type { Resolution } from '../../wire/skills.ts';
import { type ReadPackage, readPackage } from '../package-check.ts';
import { LOCK_NAME, type LockedSkill } from './lock-file.ts';

/** Runs a check with the keys that this machine trusts for the registry. */
export type WithKeys = <T>(check: (keys: KeySet) => Promise<T>) => Promise<T>;

/** What a version is, as far as a signed approval says so. */
export interface ApprovedSkill {
  resolution: Resolution;
  predicate: ApprovalPredicate;
}

/**
 * The version that a name means now, with its approval checked: nothing of it has been downloaded yet. Refuses by name
 * whatever may not be installed, also if a registry should hand it out.
 * @throws AegisError NOT_FOUND, NOT_INSTALLABLE with `meta.status`, SIGNATURE_INVALID, APPROVAL_INVALID
 */
export async function resolveApproved(
  client: Client,
  withKeys: WithKeys,
  query: { name: string; version: string | undefined; tenantId: string },
): Promise<ApprovedSkill> {
  const wanted = query.version === undefined ? query.name : `${query.name}@${query.version}`;
  const resolution = await client.skills.resolve(query).catch((error: unknown) => {
    if (!(error instanceof AegisError) || (error.code !== 'NOT_FOUND' && error.code !== 'NOT_INSTALLABLE')) throw error;
    throw about(wanted, error);
  });
  const { name, version, status, archiveDigest, contentDigest } = resolution;
  if (name !== query.name || (query.version !== undefined && version !== query.version)) {
    throw new AegisError('APPROVAL_INVALID', {
      detail: `The registry answered ${name}@${version} where ${wanted} was asked for. Nothing was written.`,
    });
  }
  if (status !== 'approved' && status !== 'deprecated') {
    throw new AegisError('NOT_INSTALLABLE', {
      detail: `${name}@${version} is ${status.replace('_', ' ')}, so it was not installed.`,
      meta: { status, version },
    });
  }
  const expected = { tenantId: query.tenantId, name, version, archiveDigest, contentDigest };
  const check = (keys: KeySet) => verifyApproval(resolution.approval, keys, expected);
  const predicate = await withKeys(check).catch((error: unknown) => {
    throw error instanceof AegisError ? about(`${name}@${version}`, error) : error;
  });
  return { resolution, predicate };
}

/** The package of an approved version, after every check of its bytes. @throws AegisError DIGEST_MISMATCH, ARCHIVE_INVALID … */
export async function fetchPackage(client: Client, { resolution }: ApprovedSkill): Promise<ReadPackage> {
  const { name, version, tenantId, archiveDigest, contentDigest } = resolution;
  const archive = await client.skills.download(resolution.packageUrl, { tenantId });
  requireDigest(`package of ${name}@${version}`, await digestOf(archive), archiveDigest);
  const found = await readPackage(archive);
  requireDigest(`content of ${name}@${version}`, found.contentDigest, contentDigest);
  if (found.manifest.name !== name || found.manifest.version !== version) {
    throw new AegisError('APPROVAL_INVALID', {
      detail: `The package says that it is ${found.manifest.name} ${found.manifest.version}, its approval ${name} ${version}. Nothing was written.`,
    });
  }
  return found;
}

/** A version that was locked never changes its bytes, nor what was approved for it. */
export function requireAsLocked(entry: LockedSkill, { resolution, predicate }: ApprovedSkill): void {
  const pairs = [
    ['archive digest', entry.archiveDigest, resolution.archiveDigest],
    ['content digest', entry.contentDigest, resolution.contentDigest],
    ['digest of the permissions', entry.permissionsDigest, predicate.permissionsDigest],
  ] as const;
  for (const [what, locked, found] of pairs) {
    if (sameDigest(locked, found)) continue;
    throw new AegisError('DIGEST_MISMATCH', {
      detail: `${entry.name}@${entry.version}: the approval has the ${what} ${found}, ${LOCK_NAME} has ${locked}. A version never changes its bytes: one of the two was tampered with. Nothing was written.`,
    });
  }
}

function requireDigest(what: string, found: string, wanted: string): void {
  if (sameDigest(found, wanted)) return;
  throw new AegisError('DIGEST_MISMATCH', {
    detail: `The ${what} that arrived has digest ${found}, the registry announced ${wanted}. Nothing was written. Try again; if it stays so, tell who runs the registry.`,
  });
}

/** The same error, beginning with the skill that it is about. */
function about(what: string, error: AegisError): AegisError {
  return new AegisError(error.code, {
    detail: `${what} was not installed. ${error.detail ?? error.title}`,
    cause: error,
    errors: error.errors,
    ...(error.meta === undefined ? {} : { meta: error.meta }),
    ...(error.requestId === undefined ? {} : { requestId: error.requestId }),
  });
}
