import { AegisError } from '@aegis/skill-sdk/errors';
import { type Id, newId, parseId } from '@aegis/skill-sdk/ids';
import { CLUSTER_TOKEN_SECONDS } from '@aegis/skill-sdk/limits';
import { KEY_PROOF_AUDIENCE, KeySet } from '@aegis/skill-sdk/wire/clusters';
import { calculateJwkThumbprint, importJWK, SignJWT } from 'jose';
import { z } from 'zod';
import { readIfThere, writeDurably } from './durable.ts';
import type { StatePaths } from './paths.ts';

/** The audience of a cluster's credentials. */
const AUDIENCE = 'aegis-registry';

/** Who this cluster is, and which keys of the registry it believes. */
export interface Identity {
  clusterId: Id<'cluster'>;
  name: string;
  key: ClusterKey;
  /** Pinned at enrolment. */
  keys: KeySet;
}

/** The pair that the cluster made; its private half never leaves the state folder. */
export interface ClusterKey {
  /** RFC 7638 thumbprint of the public half. */
  kid: string;
  publicKey: { kty: 'OKP'; crv: 'Ed25519'; x: string };
  privateKey: CryptoKey;
}

const StoredKey = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), d: z.string() });
const StoredIdentity = z.object({ v: z.literal(1), clusterId: z.string(), name: z.string(), keys: KeySet });

/** The stored identity, or null when this state folder has not joined. A damaged one throws STATE_CONFLICT. */
export async function readIdentity(paths: StatePaths): Promise<Identity | null> {
  const bytes = await readIfThere(paths.identity);
  if (bytes === null) return null;
  const key = await readKey(paths);
  try {
    const { clusterId, name, keys } = StoredIdentity.parse(JSON.parse(bytes.toString('utf8')));
    const id = parseId('cluster', clusterId);
    if (id === null || key === null) throw new Error(id === null ? 'no cluster id' : 'the key file is gone');
    return { clusterId: id, name, key, keys };
  } catch (cause) {
    throw damaged(paths.identity, cause);
  }
}

/** Keeps what enrolment answered. The key must be stored before. */
export async function writeIdentity(
  paths: StatePaths,
  { clusterId, name, keys }: Omit<Identity, 'key'>,
): Promise<void> {
  await writeDurably(paths.identity, `${JSON.stringify({ v: 1, clusterId, name, keys }, null, 2)}\n`);
}

/** The stored key pair, or null; `path` is that of the key, or of one that is to follow. */
export async function readKey(paths: StatePaths, path = paths.key): Promise<ClusterKey | null> {
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  try {
    const { kty, crv, x, d } = StoredKey.parse(JSON.parse(bytes.toString('utf8')));
    const privateKey = await importJWK({ kty, crv, x, d }, 'Ed25519');
    if (!(privateKey instanceof CryptoKey)) throw new Error('not a key pair');
    return { kid: await calculateJwkThumbprint({ kty, crv, x }), publicKey: { kty, crv, x }, privateKey };
  } catch (cause) {
    throw damaged(path, cause);
  }
}

/** Makes an Ed25519 pair and stores it, mode 0600, at the place of the key or of one that is to follow. */
export async function makeKey(paths: StatePaths, path = paths.key): Promise<ClusterKey> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new AegisError('INTERNAL', { detail: 'This runtime makes no Ed25519 keys.' });
  const { kty, crv, x, d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  await writeDurably(path, `${JSON.stringify({ kty, crv, x, d })}\n`);
  const stored = await readKey(paths, path);
  if (stored === null) throw new AegisError('INTERNAL', { detail: 'The key that was just written is not there.' });
  return stored;
}

/** A credential for one request: a JWT that the cluster signs itself, good for CLUSTER_TOKEN_SECONDS. */
export async function signCredential(
  { clusterId, key }: Pick<Identity, 'clusterId' | 'key'>,
  nowMs: number,
): Promise<string> {
  const issuedAtSeconds = Math.floor(nowMs / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: 'Ed25519', kid: key.kid })
    .setIssuer(clusterId)
    .setSubject(clusterId)
    .setAudience(AUDIENCE)
    .setIssuedAt(issuedAtSeconds)
    .setExpirationTime(issuedAtSeconds + CLUSTER_TOKEN_SECONDS)
    .setJti(newId('request', nowMs, (bytes) => crypto.getRandomValues(bytes)))
    .sign(key.privateKey);
}

/** Shows that the cluster has the new key: a JWT by it that names the key that it replaces. */
export async function signKeyProof(
  { clusterId, replaces }: { clusterId: string; replaces: string },
  key: ClusterKey,
  nowMs: number,
): Promise<string> {
  return new SignJWT({ replaces })
    .setProtectedHeader({ alg: 'Ed25519', kid: key.kid })
    .setIssuer(clusterId)
    .setSubject(clusterId)
    .setAudience(KEY_PROOF_AUDIENCE)
    .setIssuedAt(Math.floor(nowMs / 1000))
    .sign(key.privateKey);
}

function damaged(path: string, cause: unknown): AegisError {
  return new AegisError('STATE_CONFLICT', {
    detail: `${path} cannot be read. Put it back from a copy, or remove the state folder and join again with a new token.`,
    cause,
  });
}
