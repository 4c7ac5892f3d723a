import { CompactSign } from 'jose';
import type { ClusterKey } from '../identity.ts';

const TYPE = 'aegis-dry-run+jws';

/** Compact JWS (RFC 7515) of a cluster over the digest of a result: who ran it, and that nothing was changed since. */
export async function signDigest(digest: string, { kid, privateKey }: ClusterKey, typ = TYPE): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify({ digest })))
    .setProtectedHeader({ alg: 'Ed25519', kid, typ })
    .sign(privateKey);
}
