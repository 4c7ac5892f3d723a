import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { KeySet, TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import { z } from 'zod';
import { openState, openTenantDocument, type Position } from './desired.ts';
import { missingIsEmpty, readIfThere, removeIfThere, writeDurably } from './durable.ts';
import type { StatePaths } from './paths.ts';

/** One tenant of this cluster: what is enforced, and what was refused on top of it. */
export interface AdoptedTenant {
  tenantId: string;
  /** The last document that held; null when none ever did. */
  enforced: { revision: number; digest: string; document: TenantDocument } | null;
  /** The newest document, when it did not hold. */
  refused: { revision: number; digest: string; error: string } | null;
}

/** The last state that verified, with the documents that hold. It stays enforced, expired or not, also after a restart. */
export interface Adopted extends Position {
  jws: string;
  issuedAt: string;
  expiresAt: string;
  adoptedAtMs: number;
  tenants: AdoptedTenant[];
}

const Stored = z.object({
  v: z.literal(1),
  state: z.string(),
  adoptedAtMs: z.number(),
  tenants: z.array(
    z.object({
      tenantId: z.string(),
      enforced: z.object({ revision: z.number(), digest: z.string() }).nullable(),
      refused: z.object({ revision: z.number(), digest: z.string(), error: z.string() }).nullable(),
    }),
  ),
});

/** A reader in another process may meet a document that was just pruned; the next list names its successor. */
const READ_ATTEMPTS = 3;

/** Keeps the state. The documents must be stored already; those that nothing names any more are removed after it. */
export async function writeAdopted(paths: StatePaths, adopted: Adopted): Promise<void> {
  const stored: z.infer<typeof Stored> = {
    v: 1,
    state: adopted.jws,
    adoptedAtMs: adopted.adoptedAtMs,
    tenants: adopted.tenants.map(({ tenantId, enforced, refused }) => ({
      tenantId,
      enforced: enforced && { revision: enforced.revision, digest: enforced.digest },
      refused,
    })),
  };
  await writeDurably(paths.adopted, JSON.stringify(stored));
  const named = new Set(
    stored.tenants.flatMap(({ enforced, refused }) =>
      [enforced, refused].flatMap((one) => (one === null ? [] : [fileOf(one.digest)])),
    ),
  );
  for (const name of await readdir(paths.documents).catch(missingIsEmpty)) {
    if (!named.has(name)) await removeIfThere(join(paths.documents, name));
  }
}

/**
 * The state that was adopted last, or null when there is none. Signature and digests are checked again, expiry is
 * not. A damaged one throws STATE_CONFLICT: then nothing is planned, so nothing that is enforced is taken away.
 */
export async function readAdopted(
  paths: StatePaths,
  expected: { keys: KeySet; clusterId: string },
): Promise<Adopted | null> {
  for (let attempt = 1; ; attempt++) {
    const bytes = await readIfThere(paths.adopted);
    if (bytes === null) return null;
    try {
      return await openStored(paths, bytes, expected);
    } catch (cause) {
      if (attempt < READ_ATTEMPTS) continue;
      throw new AegisError('STATE_CONFLICT', {
        detail: `The adopted state in ${paths.adopted} cannot be used (${cause instanceof Error ? cause.message : cause}). What is enforced stays; the next state of the registry replaces it.`,
        cause,
      });
    }
  }
}

/** Keeps the exact bytes of a tenant document. */
export async function writeDocument(paths: StatePaths, digest: string, bytes: Uint8Array): Promise<void> {
  await mkdir(paths.documents, { recursive: true, mode: 0o700 });
  await writeDurably(join(paths.documents, fileOf(digest)), bytes);
}

/** The stored bytes of a tenant document, or null. The caller checks the digest. */
export async function readDocument(paths: StatePaths, digest: string): Promise<Uint8Array | null> {
  return readIfThere(join(paths.documents, fileOf(digest)));
}

async function openStored(
  paths: StatePaths,
  bytes: Buffer,
  expected: { keys: KeySet; clusterId: string },
): Promise<Adopted> {
  const stored = Stored.parse(JSON.parse(bytes.toString('utf8')));
  const { epoch, sequence, issuedAt, expiresAt } = await openState(stored.state, expected);
  const tenants: AdoptedTenant[] = [];
  for (const { tenantId, enforced, refused } of stored.tenants) {
    if (enforced === null) {
      tenants.push({ tenantId, enforced, refused });
      continue;
    }
    const { revision, digest } = enforced;
    const document = await readDocument(paths, digest);
    if (document === null) throw new Error(`the document of ${tenantId} is gone`);
    tenants.push({
      tenantId,
      enforced: { revision, digest, document: await openTenantDocument(document, { tenantId, revision, digest }) },
      refused,
    });
  }
  return { jws: stored.state, adoptedAtMs: stored.adoptedAtMs, epoch, sequence, issuedAt, expiresAt, tenants };
}

/** `sha256:ab…` as a file name. */
function fileOf(digest: string): string {
  return `${digest.replace(':', '-')}.json`;
}
