import type { KeySet } from '@aegis/skill-sdk/wire/clusters';
import type { Config } from './env.ts';

export interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
}

type Purpose = 'approval' | 'state' | 'checkpoint';
const imported = new WeakMap<Config, Map<Purpose, Promise<SigningKey>>>();

/** The private key of one purpose, imported once per isolate. */
export function signingKey(config: Config, purpose: Purpose): Promise<SigningKey> {
  const keys = imported.get(config) ?? new Map<Purpose, Promise<SigningKey>>();
  imported.set(config, keys);
  const known = keys.get(purpose);
  if (known !== undefined) return known;
  const { kid, privateJwk } = config.SIGNING_KEYS[purpose];
  const key = crypto.subtle
    .importKey('jwk', { ...privateJwk, key_ops: ['sign'] }, { name: 'Ed25519' }, false, ['sign'])
    .then((privateKey) => ({ kid, privateKey }));
  keys.set(purpose, key);
  return key;
}

/** The public halves, as `/.well-known/aegis/keys.json` shows them: of each purpose the current one first. */
export function publicKeys(config: Config): KeySet {
  const purposes: Purpose[] = ['approval', 'state', 'checkpoint'];
  const keys = purposes.flatMap((purpose) => {
    const { kid, privateJwk, signedByPrevious, previous } = config.SIGNING_KEYS[purpose];
    const shown = [{ kid, x: privateJwk.x, signedByPrevious }, ...previous];
    return shown.map((key) => ({
      kty: privateJwk.kty,
      crv: privateJwk.crv,
      x: key.x,
      kid: key.kid,
      use: 'sig' as const,
      alg: 'Ed25519' as const,
      purpose,
      ...(key.signedByPrevious === undefined ? {} : { signedByPrevious: key.signedByPrevious }),
    }));
  });
  return { keys };
}
