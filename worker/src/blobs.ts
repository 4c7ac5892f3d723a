import { digestOf, isDigest, sameDigest } from '@aegis/skill-sdk/digest';
import { AegisError } from '@aegis/skill-sdk/errors';
import { isKept, keepBytes, keptBytes } from './remembered.ts';

/** Every key of R2. The tenant stands in each, so that no digest opens another tenant's bytes. */
const packageKey = (tenantId: string, digest: string) => `tenants/${tenantId}/packages/${hexOf(digest)}`;
const reportKey = (tenantId: string, digest: string) => `tenants/${tenantId}/reports/${hexOf(digest)}`;

/** Counted down, so that the newest is the first of a listing. */
const checkpointKey = (tenantId: string, size: number) =>
  `tenants/${tenantId}/checkpoints/${String(Number.MAX_SAFE_INTEGER - size).padStart(16, '0')}-${size}`;

export type BlobKind = 'package' | 'report';

export function blobKey(kind: BlobKind, tenantId: string, digest: string): string {
  return kind === 'package' ? packageKey(tenantId, digest) : reportKey(tenantId, digest);
}

/** Stores bytes under their digest; R2 checks it too. Storing the same bytes again changes nothing. */
export async function putBlob(
  bucket: R2Bucket,
  kind: BlobKind,
  tenantId: string,
  digest: string,
  bytes: Uint8Array,
): Promise<void> {
  const hex = hexOf(digest);
  await bucket.put(blobKey(kind, tenantId, digest), bytes, { sha256: hex, onlyIf: { etagDoesNotMatch: '*' } });
}

/** The exact bytes, checked against the digest. Throws NOT_FOUND when there are none, INTERNAL when they differ. */
export async function getBlob(bucket: R2Bucket, kind: BlobKind, tenantId: string, digest: string): Promise<Uint8Array> {
  const object = await bucket.get(blobKey(kind, tenantId, digest));
  if (object === null) throw new AegisError('NOT_FOUND', { detail: `There are no bytes with the digest ${digest}.` });
  const bytes = new Uint8Array(await object.arrayBuffer());
  if (!sameDigest(await digestOf(bytes), digest))
    throw new AegisError('INTERNAL', { cause: new Error(`blob ${digest} does not have its digest`) });
  return bytes;
}

/**
 * The bytes to be sent: from this isolate's memory, or from R2, whose own sha256, taken when they were stored, stands
 * for the digest.
 */
export async function readBlob(
  bucket: R2Bucket,
  kind: BlobKind,
  tenantId: string,
  digest: string,
): Promise<Uint8Array<ArrayBuffer> | ReadableStream> {
  const key = blobKey(kind, tenantId, digest);
  const kept = keptBytes(key);
  if (kept !== null) return kept;
  const object = await bucket.get(key);
  if (object === null) throw new AegisError('NOT_FOUND', { detail: `There are no bytes with the digest ${digest}.` });
  const stored = object.checksums.toJSON().sha256;
  if (stored === undefined || !sameDigest(`sha256:${stored}`, digest)) {
    throw new AegisError('INTERNAL', { cause: new Error(`blob ${digest} was stored with another digest`) });
  }
  if (!isKept(object.size)) return object.body;
  const bytes = new Uint8Array(await object.arrayBuffer());
  keepBytes(key, bytes);
  return bytes;
}

/** Keeps a signed checkpoint of a tenant's log; the first of a size stays. */
export async function putCheckpoint(bucket: R2Bucket, tenantId: string, size: number, note: string): Promise<void> {
  await bucket.put(checkpointKey(tenantId, size), note, { onlyIf: { etagDoesNotMatch: '*' } });
}

/** The newest checkpoint that was kept outside of the database, or null. */
export async function newestCheckpoint(bucket: R2Bucket, tenantId: string): Promise<string | null> {
  const { objects } = await bucket.list({ prefix: `tenants/${tenantId}/checkpoints/`, limit: 1 });
  const object = objects[0] === undefined ? null : await bucket.get(objects[0].key);
  return object === null ? null : await object.text();
}

/** Takes the bytes away; what is not there is gone already. */
export async function deleteBlob(bucket: R2Bucket, kind: BlobKind, tenantId: string, digest: string): Promise<void> {
  await bucket.delete(blobKey(kind, tenantId, digest));
}

function hexOf(digest: string): string {
  if (!isDigest(digest))
    throw new AegisError('NOT_FOUND', { detail: `${digest} is no digest; wanted sha256:<64 hex digits>.` });
  return digest.slice('sha256:'.length);
}
