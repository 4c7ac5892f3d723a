import { expect, it } from 'vitest';
import { sendJson, serve } from '../testing/loopback.ts';
import { createClient } from './client.ts';

it('everything about one’s own account goes to its own route, and proofs are never sent twice by themselves', async () => {
  const answers: Record<string, unknown> = {
    'GET /api/account/sessions': { sessions: [] },
    'POST /api/account/totp': { secret: 'ABC', uri: 'otpauth://totp/x' },
    'POST /api/account/totp/confirm': { codes: ['a'] },
    'POST /api/account/backup-codes': { codes: ['b'] },
    'POST /api/account/passkeys/options': { publicKey: { challenge: 'x' } },
    'POST /api/account/second-factor/passkey/options': { publicKey: { challenge: 'y' } },
  };
  const { url, received } = await serve((request, response) =>
    sendJson(response, answers[`${request.method} ${request.url}`] ?? { ok: true }),
  );
  const { account } = createClient({ url });
  expect(await account.sessions()).toEqual({ sessions: [] });
  await account.endSession('ses-01jd0000000000000000000000');
  await account.endOtherSessions();
  await account.changePassword({ current: 'a', next: 'b' });
  expect((await account.startTotp({ password: 'a' })).secret).toBe('ABC');
  expect((await account.confirmTotp({ code: '123456' })).codes).toEqual(['a']);
  expect((await account.renewBackupCodes()).codes).toEqual(['b']);
  await account.proveFactor({ code: '123456' });
  await account.removeTotp();
  expect((await account.passkeyOptions({ password: 'a' })).publicKey).toEqual({ challenge: 'x' });
  expect((await account.proofOptions()).publicKey).toEqual({ challenge: 'y' });
  await account.renamePasskey('psk-01jd0000000000000000000000', { name: 'Blue' });
  await account.removePasskey('psk-01jd0000000000000000000000');
  expect(received.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
    'GET /api/account/sessions',
    'DELETE /api/account/sessions/ses-01jd0000000000000000000000',
    'DELETE /api/account/sessions',
    'PUT /api/account/password',
    'POST /api/account/totp',
    'POST /api/account/totp/confirm',
    'POST /api/account/backup-codes',
    'POST /api/account/second-factor',
    'DELETE /api/account/totp',
    'POST /api/account/passkeys/options',
    'POST /api/account/second-factor/passkey/options',
    'PATCH /api/account/passkeys/psk-01jd0000000000000000000000',
    'DELETE /api/account/passkeys/psk-01jd0000000000000000000000',
  ]);
});
