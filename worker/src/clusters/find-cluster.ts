import type { TenantRole } from '@aegis/skill-sdk/actions';
import { parseId } from '@aegis/skill-sdk/ids';
import { CLOCK_SKEW_SECONDS, CLUSTER_TOKEN_SECONDS, CREDENTIAL_CACHE_MS } from '@aegis/skill-sdk/limits';
import { decodeJwt, importJWK, jwtVerify } from 'jose';
import type { Caller } from '../auth.ts';
import type { Db } from '../db.ts';
import { enrolledCluster, placementsOf } from './store.ts';

/** The audience that a cluster's credentials name. */
export const AUDIENCE = 'aegis-registry';
const cached = new Map<string, { caller: Caller | null; untilMs: number }>();
const CACHE_ENTRIES_MAX = 2000;

/**
 * The cluster behind a credential that it signed itself with the key that it made (proof of possession, RFC 7519,
 * at most CLUSTER_TOKEN_SECONDS old); null when that does not verify or the cluster was revoked.
 */
export async function findCluster(db: Db, token: string, nowMs: number): Promise<Caller | null> {
  const known = cached.get(token);
  if (known !== undefined && known.untilMs > nowMs) return known.caller;
  const caller = await verify(db, token, nowMs).catch(() => null);
  if (cached.size >= CACHE_ENTRIES_MAX) cached.clear();
  cached.set(token, { caller, untilMs: nowMs + CREDENTIAL_CACHE_MS });
  return caller;
}

async function verify(db: Db, token: string, nowMs: number): Promise<Caller | null> {
  const claimed = parseId('cluster', decodeJwt(token).sub ?? '');
  if (claimed === null) return null;
  const cluster = await enrolledCluster(db, claimed);
  if (cluster === undefined || cluster.publicKey === null) return null;
  const { payload } = await jwtVerify(token, await importJWK(cluster.publicKey, 'Ed25519'), {
    algorithms: ['Ed25519'],
    audience: AUDIENCE,
    issuer: claimed,
    subject: claimed,
    clockTolerance: CLOCK_SKEW_SECONDS,
    currentDate: new Date(nowMs),
    requiredClaims: ['iat', 'exp', 'jti'],
  });
  if ((payload.exp ?? 0) - (payload.iat ?? 0) > CLUSTER_TOKEN_SECONDS) return null;
  const tenants = await placementsOf(db, claimed);
  return {
    kind: 'cluster',
    id: claimed,
    name: cluster.name,
    tenantId: null,
    tenants: new Map(tenants.map((row) => [row.tenantId, 'member' as TenantRole])),
    platformRole: null,
    scopes: null,
  };
}
