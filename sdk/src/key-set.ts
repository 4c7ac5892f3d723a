import { fromBase64, toBase64Url } from './base64.ts';
import { canonicalBytes } from './canonical.ts';
import type { KeySet } from './wire/clusters.ts';

/** One public key of a registry. */
export type RegistryKey = KeySet['keys'][number];

/** `keys`: what is trusted from now on. */
export interface FollowedKeys {
  keys: KeySet;
  /** Not pinned, but signed by a pinned key, or by one that this leads to. */
  fresh: RegistryKey[];
  /** Neither: what they sign must not be trusted. */
  strangers: RegistryKey[];
}

/**
 * Follows a registry from its pinned keys to those that it serves now. A key that is not pinned is trusted when its
 * `signedByPrevious` was made by a trusted key of the same purpose; over several changes this is a chain, each link of
 * which has to be served. A key that carries a pinned `kid` but other bytes is a stranger.
 */
export async function followKeys(pinned: KeySet, served: KeySet): Promise<FollowedKeys> {
  const trusted = [...pinned.keys];
  const fresh: RegistryKey[] = [];
  let unknown = served.keys.filter((key) => !trusted.some((known) => isSame(known, key)));
  for (let found = true; found; ) {
    const still: RegistryKey[] = [];
    for (const key of unknown) {
      const isFresh = !trusted.some(({ kid }) => kid === key.kid) && (await isSuccessor(key, trusted));
      (isFresh ? fresh : still).push(key);
      if (isFresh) trusted.push(key);
    }
    found = still.length < unknown.length;
    unknown = still;
  }
  return { keys: { keys: trusted }, fresh, strangers: unknown };
}

/**
 * What the operator of a registry puts beside a new key as `signedByPrevious`: a compact JWS (RFC 7515, `alg` Ed25519 of
 * RFC 9864) by the previous key of the same purpose over the RFC 8785 JSON of `{crv, kid, kty, purpose, x}`.
 */
export async function signSuccessor(
  previous: { kid: string; privateKey: CryptoKey },
  next: Pick<RegistryKey, 'crv' | 'kid' | 'kty' | 'purpose' | 'x'>,
): Promise<string> {
  const header = toBase64Url(canonicalBytes({ alg: 'Ed25519', kid: previous.kid }));
  const signed = `${header}.${toBase64Url(statementOf(next))}`;
  const signature = await crypto.subtle.sign('Ed25519', previous.privateKey, new TextEncoder().encode(signed));
  return `${signed}.${toBase64Url(new Uint8Array(signature))}`;
}

/** Whether this key made that Ed25519 signature. What cannot be read, a key or a signature, verifies nothing. */
export async function isSignedBy(
  { kty, crv, x }: RegistryKey,
  { signed, signature }: { signed: Uint8Array<ArrayBuffer>; signature: Uint8Array<ArrayBuffer> | null },
): Promise<boolean> {
  if (signature === null) return false;
  try {
    const publicKey = await crypto.subtle.importKey('jwk', { kty, crv, x }, 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', publicKey, signature, signed);
  } catch {
    // A key that is no point on the curve.
    return false;
  }
}

function isSame(left: RegistryKey, right: RegistryKey): boolean {
  return left.kid === right.kid && left.x === right.x && left.purpose === right.purpose;
}

async function isSuccessor(key: RegistryKey, trusted: readonly RegistryKey[]): Promise<boolean> {
  const [header = '', payload = '', signature = '', ...more] = (key.signedByPrevious ?? '').split('.');
  // The payload is compared as it has to be spelled, so that nothing of it is ever interpreted.
  if (more.length > 0 || payload !== toBase64Url(statementOf(key))) return false;
  const { alg, kid: signer, crit } = readHeader(header);
  const previous = trusted.find(({ kid, purpose }) => purpose === key.purpose && kid === signer);
  if (alg !== 'Ed25519' || crit !== undefined || previous === undefined) return false;
  const signed = new TextEncoder().encode(`${header}.${payload}`) as Uint8Array<ArrayBuffer>;
  return isSignedBy(previous, { signed, signature: fromBase64(signature) });
}

function readHeader(text: string): { alg?: unknown; kid?: unknown; crit?: unknown } {
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(fromBase64(text) ?? new Uint8Array()));
    return typeof header === 'object' && header !== null ? header : {};
  } catch {
    // No header names no key.
    return {};
  }
}

function statementOf({ crv, kid, kty, purpose, x }: Parameters<typeof signSuccessor>[1]): Uint8Array {
  return canonicalBytes({ crv, kid, kty, purpose, x });
}
