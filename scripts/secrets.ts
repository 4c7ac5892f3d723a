import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import { z } from 'zod';

const PURPOSES = ['approval', 'state', 'checkpoint'] as const;

const PublicJwk = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() });
const SigningKey = z.object({ kid: z.string(), privateJwk: PublicJwk.extend({ d: z.string() }), publicJwk: PublicJwk });
const Secrets = z.object({
  authSecret: z.string().min(32),
  /** Makes the first platform admin, once; the registry knows only its hash. */
  setupToken: z.string().min(20),
  signingKeys: z.object({ approval: SigningKey, state: SigningKey, checkpoint: SigningKey }),
});
export type Secrets = z.infer<typeof Secrets>;

/** The secrets of a registry, made once and kept in `<stateDir>/secrets.json` (0600). USAGE when that file is broken. */
export async function readSecrets(stateDir: string): Promise<Secrets> {
  const path = join(stateDir, 'secrets.json');
  if (!existsSync(path)) {
    const secrets = await newSecrets();
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    writeFileSync(path, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    return secrets;
  }
  try {
    return Secrets.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new AegisError('USAGE', {
      detail: `${path} cannot be read as the secrets of a registry. Put it back from a backup: without it no signature of this state folder can be made again. To start anew, move ${stateDir} away.`,
      cause,
    });
  }
}

async function newSecrets(): Promise<Secrets> {
  const [approval, state, checkpoint] = await Promise.all(PURPOSES.map(newSigningKey));
  return Secrets.parse({
    authSecret: randomBytes(32).toString('base64url'),
    setupToken: randomBytes(24).toString('base64url'),
    signingKeys: { approval, state, checkpoint },
  });
}

/** An Ed25519 pair; `kid` is the thumbprint of RFC 7638, whose members stand in this order. */
async function newSigningKey(): Promise<z.infer<typeof SigningKey>> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new AegisError('INTERNAL', { detail: 'Ed25519 gave no key pair.' });
  const { x, d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  const publicJwk = PublicJwk.parse({ kty: 'OKP', crv: 'Ed25519', x });
  const thumbprint = JSON.stringify({ crv: publicJwk.crv, kty: publicJwk.kty, x: publicJwk.x });
  const kid = createHash('sha256').update(thumbprint).digest('base64url');
  return SigningKey.parse({ kid, publicJwk, privateJwk: { ...publicJwk, d } });
}
