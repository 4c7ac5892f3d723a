import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { CLOCK_SKEW_SECONDS, CLUSTER_KEY_OVERLAP_MINUTES, CLUSTER_TOKEN_SECONDS } from '@aegis/skill-sdk/limits';
import { type ClusterKey, type ClusterKeyRotation, KEY_PROOF_AUDIENCE } from '@aegis/skill-sdk/wire/clusters';
import { calculateJwkThumbprint, importJWK, jwtVerify } from 'jose';
import type { Context } from '../../context.ts';
import { isNotNullViolation } from '../../db.ts';
import { keysOf, rotateKey } from '../store.ts';

/**
 * Takes another key of the cluster that asks: the credential of the request is by the key before, the proof by the new
 * one. The same again, by either key, is a lost answer and gets it once more. Throws VALIDATION_FAILED for a proof that
 * does not hold, STATE_CONFLICT for who asks with a key that was replaced.
 */
export async function takeKey(ctx: Context, clusterId: string, ask: ClusterKeyRotation): Promise<ClusterKey> {
  const { kty, crv, x } = ask.publicKey;
  const publicKey = { kty, crv, x };
  const keyId = await calculateJwkThumbprint(publicKey);
  const signedBy = ctx.caller.clusterKey?.id ?? '';
  const known = await keysOf(ctx.db, clusterId);
  if (known?.keyId === keyId) return { keyId, previousUntil: toInstant(known.previousUntilMs ?? ctx.nowMs) };
  if (known?.keyId !== signedBy || known.previousKeyId === keyId) throw replaced();
  await requireProof(ctx, ask.proof, { clusterId, publicKey, replaces: signedBy });
  const untilMs = ctx.nowMs + CLUSTER_KEY_OVERLAP_MINUTES * 60_000;
  await rotateKey(ctx, clusterId, { publicKey, keyId, replaces: signedBy, untilMs }).catch((cause) => {
    throw isNotNullViolation(cause) ? replaced(cause) : cause;
  });
  return { keyId, previousUntil: toInstant(untilMs) };
}

function replaced(cause?: unknown): AegisError {
  return new AegisError('STATE_CONFLICT', {
    detail:
      'Only the newest key of a cluster gives it another one, and never one that it had before. If that was not you, revoke the cluster: somebody else has its key.',
    cause,
  });
}

async function requireProof(
  ctx: Context,
  proof: string,
  wanted: { clusterId: string; publicKey: ClusterKeyRotation['publicKey']; replaces: string },
): Promise<void> {
  const { clusterId, publicKey, replaces } = wanted;
  try {
    const { payload } = await jwtVerify(proof, await importJWK(publicKey, 'Ed25519'), {
      algorithms: ['Ed25519'],
      audience: KEY_PROOF_AUDIENCE,
      issuer: clusterId,
      subject: clusterId,
      clockTolerance: CLOCK_SKEW_SECONDS,
      maxTokenAge: CLUSTER_TOKEN_SECONDS,
      currentDate: new Date(ctx.nowMs),
    });
    if (payload.replaces !== replaces) throw new Error('it replaces another key');
  } catch (cause) {
    throw new AegisError('VALIDATION_FAILED', {
      detail: 'The proof is not by the new key, for this cluster and the key that it replaces, within the last minute.',
      errors: [{ pointer: '/proof', detail: 'does not show that the cluster has the new key' }],
      cause,
    });
  }
}
