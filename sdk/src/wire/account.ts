import { z } from 'zod';
import { Instant, id } from './common.ts';

export const Passkey = z
  .object({
    id: id('passkey'),
    name: z.string(),
    synced: z.boolean().meta({ description: 'True when it is kept by more than one device' }),
    createdAt: Instant,
    lastUsedAt: Instant.nullable(),
  })
  .meta({ id: 'Passkey' });
export type Passkey = z.infer<typeof Passkey>;

/** What a person signs in with besides the password. */
export const Security = z
  .object({
    email: z.string(),
    totp: z.object({ since: Instant }).nullable(),
    backupCodesLeft: z.int(),
    passkeys: z.array(Passkey),
    /** True when the role needs a second factor. */
    required: z.boolean(),
    /** True in the demo only: the role works without one. */
    exempt: z.boolean(),
    /** Until when what cannot be undone needs no new proof; null: it needs one now. */
    freshUntil: Instant.nullable(),
  })
  .meta({ id: 'Security' });
export type Security = z.infer<typeof Security>;

export const Session = z
  .object({
    id: id('session'),
    current: z.boolean(),
    device: z.string().meta({ description: 'Browser and system, as the browser says' }),
    ipAddress: z.string().nullable(),
    country: z.string().nullable().meta({ description: 'ISO 3166 two letters, where the edge knows it' }),
    secondFactor: z.boolean().meta({ description: 'True when it was proved in this session' }),
    createdAt: Instant,
    seenAt: Instant,
    expiresAt: Instant,
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;
export const SessionList = z.object({ sessions: z.array(Session) }).meta({ id: 'SessionList' });

/** The password once more: a stolen session must not be able to enrol a factor of its own. */
export const TotpStart = z.object({ password: z.string().max(256) }).meta({ id: 'TotpStart' });
/** Shown once. `uri` is what the QR code holds. */
export const TotpSecret = z.object({ secret: z.string(), uri: z.string() }).meta({ id: 'TotpSecret' });
const Code = z.string().trim().min(6).max(40);
export const FactorCode = z
  .object({ code: Code.meta({ description: 'Six digits of the app, or a backup code' }) })
  .meta({ id: 'FactorCode' });
/** Shown once; each works once. */
export const BackupCodes = z.object({ codes: z.array(z.string()) }).meta({ id: 'BackupCodes' });
export const PasswordChange = z
  .object({ current: z.string().max(256), next: z.string().max(256) })
  .meta({ id: 'PasswordChange' });

const Base64Url = z
  .string()
  .regex(/^[\w-]+$/)
  .max(65_536);
/** What a browser’s credential is as JSON (WebAuthn, section 5.1); its parts are checked, not only their shape. */
const Credential = z.object({
  id: Base64Url,
  rawId: Base64Url,
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).optional(),
  clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
});
export const NewCredential = Credential.extend({
  response: z.object({
    clientDataJSON: Base64Url,
    attestationObject: Base64Url,
    transports: z.array(z.string().max(32)).max(8).optional(),
  }),
}).meta({ id: 'NewCredential' });
export const CredentialProof = Credential.extend({
  response: z.object({
    clientDataJSON: Base64Url,
    authenticatorData: Base64Url,
    signature: Base64Url,
    userHandle: Base64Url.nullish(),
  }),
}).meta({ id: 'CredentialProof' });

export const PasskeyName = z.string().trim().min(1).max(60);
export const PasskeyCreate = z.object({ name: PasskeyName, credential: NewCredential }).meta({ id: 'PasskeyCreate' });
export const PasskeyRename = z.object({ name: PasskeyName }).meta({ id: 'PasskeyRename' });
export const PasskeyProof = z.object({ credential: CredentialProof }).meta({ id: 'PasskeyProof' });
/** For `navigator.credentials`; the challenge in it holds five minutes and works once. */
export const PasskeyOptions = z.object({ publicKey: z.record(z.string(), z.unknown()) }).meta({ id: 'PasskeyOptions' });
