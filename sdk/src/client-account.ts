import type { z } from 'zod';
import { path, type Transport } from './transport.ts';
import {
  BackupCodes,
  type FactorCode,
  Passkey,
  type PasskeyCreate,
  PasskeyOptions,
  type PasskeyProof,
  type PasskeyRename,
  type PasswordChange,
  Security,
  SessionList,
  TotpSecret,
  type TotpStart,
} from './wire/account.ts';

/** A person's own account; only a session reaches it. */
export function accountCalls({ json, nothing }: Transport) {
  const of = (rest: string) => `/api/account/${rest}`;
  return {
    security: () => json({ method: 'GET', path: of('security') }, Security),
    changePassword: (body: z.input<typeof PasswordChange>) =>
      nothing({ method: 'PUT', path: of('password'), json: body }),
    sessions: () => json({ method: 'GET', path: of('sessions') }, SessionList),
    endSession: (sessionId: string) => nothing({ method: 'DELETE', path: of('') + path`sessions/${sessionId}` }),
    endOtherSessions: () => nothing({ method: 'DELETE', path: of('sessions') }),
    /** The secret is shown once and is in force when a code of it is confirmed. */
    startTotp: (body: z.input<typeof TotpStart>) => json({ method: 'POST', path: of('totp'), json: body }, TotpSecret),
    confirmTotp: (body: z.input<typeof FactorCode>) =>
      json({ method: 'POST', path: of('totp/confirm'), json: body }, BackupCodes),
    removeTotp: () => nothing({ method: 'DELETE', path: of('totp') }),
    renewBackupCodes: () => json({ method: 'POST', path: of('backup-codes') }, BackupCodes),
    passkeyOptions: (body: z.input<typeof TotpStart>) =>
      json({ method: 'POST', path: of('passkeys/options'), json: body }, PasskeyOptions),
    addPasskey: (body: z.input<typeof PasskeyCreate>) =>
      json({ method: 'POST', path: of('passkeys'), json: body }, Passkey),
    renamePasskey: (passkeyId: string, body: z.input<typeof PasskeyRename>) =>
      nothing({ method: 'PATCH', path: of('') + path`passkeys/${passkeyId}`, json: body }),
    removePasskey: (passkeyId: string) => nothing({ method: 'DELETE', path: of('') + path`passkeys/${passkeyId}` }),
    proofOptions: () => json({ method: 'POST', path: of('second-factor/passkey/options') }, PasskeyOptions),
    provePasskey: (body: z.input<typeof PasskeyProof>) =>
      nothing({ method: 'POST', path: of('second-factor/passkey'), json: body }),
    proveFactor: (body: z.input<typeof FactorCode>) =>
      nothing({ method: 'POST', path: of('second-factor'), json: body }),
  };
}
