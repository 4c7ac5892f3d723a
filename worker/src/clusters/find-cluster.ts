import type { TenantRole } from '@aegis/skill-sdk/actions';
import { AegisError } from '@aegis/skill-sdk/errors';
import { parseId } from '@aegis/skill-sdk/ids';
import { CLOCK_SKEW_SECONDS, CLUSTER_TOKEN_SECONDS } from '@aegis/skill-sdk/limits';
import { decodeJwt, decodeProtectedHeader, importJWK, type JWK, type JWTPayload, jwtVerify } from 'jose';
import type { Caller } from '../auth.ts';
import { hubOf, type Taking } from '../changes.ts';
import type { Db } from '../db.ts';
import type { Env } from '../env.ts';
import { clusterForToken } from './store.ts';

/** The audience that a cluster's credentials name. */
const AUDIENCE = 'aegis-registry';

/**
 * The cluster behind a credential that it signed itself with the key that it made (proof of possession, RFC 7519,
 * at most CLUSTER_TOKEN_SECONDS old); null when that does not verify or the cluster was revoked. Each is taken once
 * (`jti`, RFC 7519 4.1.7): one that somebody saw and sends again throws UNAUTHENTICATED.
 */
export async function findCluster(env: Env, db: Db, token: string, nowMs: number): Promise<Caller | null> {
  const found = await verify(db, token, nowMs);
  if (found === null) return null;
  const { caller, hub, use } = found;
  const taking = await hubOf({ env }, hub).takeToken(caller.id, use);
  if (taking !== 'taken') throw new AegisError('UNAUTHENTICATED', { detail: WHY_NOT[taking] });
  return caller;
}

const WHY_NOT: Record<Exclude<Taking, 'taken'>, string> = {
  used: 'This credential was used already. A cluster signs a new one for each request.',
  older:
    'This credential is from before the registry last started, which cannot tell whether it was used. Sign a new one.',
  full: 'This cluster sent more credentials in a minute than the registry remembers. Wait a minute.',
};

async function verify(db: Db, token: string, nowMs: number) {
  const claimed = claimsOf(token);
  if (claimed === null) return null;
  const { clusterId, keyId } = claimed;
  const { cluster, tenants } = await clusterForToken(db, clusterId);
  const key = cluster === undefined ? null : keyOf(cluster, keyId, nowMs);
  if (cluster === undefined || key === null) return null;
  const payload = await payloadOf(token, clusterId, key.publicKey, nowMs);
  if (payload === null) return null;
  const { iat = 0, exp = 0, jti = '' } = payload;
  if (exp - iat > CLUSTER_TOKEN_SECONDS || jti === '' || jti.length > 64) return null;
  const caller: Caller = {
    kind: 'cluster',
    id: clusterId,
    name: cluster.name,
    tenantId: null,
    tenants: new Map(tenants.map((row) => [row.tenantId, 'member' as TenantRole])),
    platformRole: null,
    scopes: null,
    clusterKey: { id: keyId, untilMs: key.untilMs },
  };
  const use = { jti, issuedAtMs: iat * 1000, untilMs: (exp + CLOCK_SKEW_SECONDS) * 1000 };
  return { caller, hub: cluster.hub, use };
}

/** Who the credential says that it is of; null when it is none. */
function claimsOf(token: string): { clusterId: string; keyId: string } | null {
  try {
    const clusterId = parseId('cluster', decodeJwt(token).sub ?? '');
    const { kid } = decodeProtectedHeader(token);
    return clusterId === null || kid === undefined ? null : { clusterId, keyId: kid };
  } catch {
    // No JWT at all: whatever it is, it opens nothing.
    return null;
  }
}

async function payloadOf(token: string, clusterId: string, publicKey: JWK, nowMs: number): Promise<JWTPayload | null> {
  try {
    const { payload } = await jwtVerify(token, await importJWK(publicKey, 'Ed25519'), {
      algorithms: ['Ed25519'],
      audience: AUDIENCE,
      issuer: clusterId,
      subject: clusterId,
      clockTolerance: CLOCK_SKEW_SECONDS,
      currentDate: new Date(nowMs),
      requiredClaims: ['iat', 'exp', 'jti'],
    });
    return payload;
  } catch {
    // Whatever does not verify, and whatever key cannot be read, opens nothing.
    return null;
  }
}

type Keys = NonNullable<Awaited<ReturnType<typeof clusterForToken>>['cluster']>;

/** The key that the credential names: the cluster's own, or until its time the one before. */
export function keyOf(cluster: Keys, wanted: string, nowMs: number) {
  const { publicKey, keyId, previousPublicKey, previousKeyId, previousUntilMs } = cluster;
  if (publicKey !== null && wanted === keyId) return { publicKey, untilMs: null };
  if (previousPublicKey === null || wanted !== previousKeyId) return null;
  if (previousUntilMs === null || previousUntilMs <= nowMs) return null;
  return { publicKey: previousPublicKey, untilMs: previousUntilMs };
}
