import { AegisError } from '@aegis/skill-sdk/errors';
import type { CredentialProof, NewCredential } from '@aegis/skill-sdk/wire/account';
import {
  type AuthenticatorTransportFuture,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { z } from 'zod';
import type { Context } from '../../context.ts';
import { isOwnChallenge } from './challenge.ts';
import { relyingParty } from './relying-party.ts';
import type { NewPasskey, PasskeyRow } from './store.ts';

const TRANSPORTS: readonly AuthenticatorTransportFuture[] = [
  'ble',
  'cable',
  'hybrid',
  'internal',
  'nfc',
  'smart-card',
  'usb',
];

export function knownTransports(sent: readonly string[]): AuthenticatorTransportFuture[] {
  return TRANSPORTS.filter((transport) => sent.includes(transport));
}

/** Checks what a browser answers to a challenge of ours; the challenge is for the caller to spend. */
function expectations(ctx: Context, use: string) {
  const party = relyingParty(ctx.config);
  let challenge = '';
  return {
    expectedChallenge: (sent: string) => {
      challenge = sent;
      return isOwnChallenge(ctx.config.AUTH_SECRET, use, sent, ctx.nowMs);
    },
    expectedOrigin: party.origins,
    expectedRPID: party.id,
    requireUserVerification: true,
    used: () => challenge,
  };
}

/** A new passkey (WebAuthn, section 7.1). VALIDATION_FAILED for anything that is not in order. */
export async function verifyNew(
  ctx: Context,
  use: string,
  name: string,
  credential: z.output<typeof NewCredential>,
): Promise<{ challenge: string; passkey: NewPasskey }> {
  const { used, ...expected } = expectations(ctx, use);
  const { transports = [], ...response } = credential.response;
  const { registrationInfo } = await verifyRegistrationResponse({
    ...expected,
    response: { ...withoutUndefined(credential), response: { ...response, transports: knownTransports(transports) } },
  }).catch(refuse);
  if (registrationInfo === undefined) return refuse(new Error('not verified'));
  const { id, publicKey, counter } = registrationInfo.credential;
  return {
    challenge: used(),
    passkey: {
      name,
      credentialId: id,
      publicKey: Buffer.from(publicKey).toString('base64url'),
      signCount: counter,
      transports: knownTransports(transports),
      synced: registrationInfo.credentialBackedUp,
    },
  };
}

/** A proof by a passkey (WebAuthn, section 7.2). VALIDATION_FAILED for anything that is not in order. */
export async function verifyProof(
  ctx: Context,
  use: string,
  passkey: PasskeyRow,
  credential: z.output<typeof CredentialProof>,
): Promise<{ challenge: string; signCount: number }> {
  const { used, ...expected } = expectations(ctx, use);
  const { userHandle, ...response } = credential.response;
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    ...expected,
    response: {
      ...withoutUndefined(credential),
      response: { ...response, ...(typeof userHandle === 'string' ? { userHandle } : {}) },
    },
    credential: {
      id: passkey.credentialId,
      publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
      counter: passkey.signCount,
      transports: knownTransports(passkey.transports),
    },
  }).catch(refuse);
  if (!verified) return refuse(new Error('not verified'));
  return { challenge: used(), signCount: authenticationInfo.newCounter };
}

export function refuse(cause: unknown): never {
  throw new AegisError('VALIDATION_FAILED', {
    detail: 'This passkey was not accepted. Try again; if it stays so, sign in with the password.',
    errors: [{ pointer: '/credential', detail: 'not a proof that holds now' }],
    cause,
  });
}

function withoutUndefined<T extends { authenticatorAttachment?: 'platform' | 'cross-platform' | undefined }>(
  credential: T,
) {
  const { authenticatorAttachment, ...rest } = credential;
  return { ...rest, ...(authenticatorAttachment === undefined ? {} : { authenticatorAttachment }) };
}
