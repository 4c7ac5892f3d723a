import { canonicalJson } from '@aegis/skill-sdk/canonical';
import { parseId } from '@aegis/skill-sdk/ids';
import type { KeySet } from '@aegis/skill-sdk/wire/clusters';
import { CompactSign, calculateJwkThumbprint } from 'jose';
import { seededId } from './documents.ts';

export interface TestKey {
  kid: string;
  privateKey: CryptoKey;
  publicKey: KeySet['keys'][number];
}

/** A registry's key pair of one purpose. */
export async function makeRegistryKey(purpose: 'approval' | 'state' | 'checkpoint'): Promise<TestKey> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('no pair');
  const { x = '' } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const kid = await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x });
  return {
    kid,
    privateKey: pair.privateKey,
    publicKey: { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'Ed25519', purpose },
  };
}

/** A compact JWS of any value, as a registry signs its states. */
export async function signJws(value: unknown, key: TestKey): Promise<string> {
  const bytes = typeof value === 'string' ? value : JSON.stringify(value);
  return new CompactSign(new TextEncoder().encode(bytes))
    .setProtectedHeader({ alg: 'Ed25519', kid: key.kid })
    .sign(key.privateKey);
}

/** The same key, vouched for by the one before it. */
export async function signedBy(key: TestKey, previous: TestKey): Promise<TestKey> {
  const { crv, kid, kty, purpose, x } = key.publicKey;
  const signedByPrevious = await signJws(canonicalJson({ crv, kid, kty, purpose, x }), previous);
  return { ...key, publicKey: { ...key.publicKey, signedByPrevious } };
}

export function clusterId(seed = 1) {
  const id = parseId('cluster', seededId('cluster', seed));
  if (id === null) throw new Error('not an id');
  return id;
}
