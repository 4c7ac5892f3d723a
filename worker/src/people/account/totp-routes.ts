import { AegisError } from '@aegis/skill-sdk/errors';
import { BackupCodes, FactorCode, TotpSecret, TotpStart } from '@aegis/skill-sdk/wire/account';
import { createRoute, z } from '@hono/zod-openapi';
import { requireFresh } from '../../auth.ts';
import type { Context } from '../../context.ts';
import { body, json, problem, room, signedIn } from '../../http.ts';
import { seal, unseal } from '../../sealed.ts';
import { guardTries } from '../tries/guard-tries.ts';
import { backupCodeHash, newBackupCodes } from './backup-codes.ts';
import * as store from './factor-store.ts';
import { type Person, requirePassword, requirePerson } from './person.ts';
import { newTotpSecret, stepOf, totpUri } from './totp.ts';

const Done = z.object({ ok: z.literal(true) });

/** Names one code of one person: the step, so that its three lifetimes are one. */
const proofOf = (userId: string, step: number) => `totp ${userId} ${step}`;

/** The step whose code this is, of a secret that is in force (or, to confirm it, is not yet); null when it is of none. */
async function stepOfCode(ctx: Context, person: Person, code: string, inForce: boolean): Promise<number | null> {
  const row = await store.totpOf(ctx.db, person.userId);
  if (row === undefined || (row.confirmedAtMs !== null) !== inForce) return null;
  return stepOf(await unseal(ctx.config.AUTH_SECRET, person.userId, row.sealed), code, ctx.nowMs);
}

async function prove(ctx: Context, person: Person, code: string): Promise<true | null> {
  if (/^\d{6}$/.test(code)) {
    const step = await stepOfCode(ctx, person, code, true);
    return step === null ? null : store.takeOnce(() => store.proveTotp(ctx, person, proofOf(person.userId, step)));
  }
  const hash = await backupCodeHash(person.userId, code);
  let known = false;
  const taken = await store.takeOnce(async () => {
    known = await store.proveBackupCode(ctx, person, hash);
  });
  return known ? taken : null;
}

/** Runs one try with a code; wrong ones are counted, recorded and answered alike. */
async function tryCode<T>(ctx: Context, person: Person, attempt: () => Promise<T | null>): Promise<T> {
  const result = await guardTries(ctx, [{ of: 'factor', name: person.userId }], attempt);
  if (result !== null) return result;
  await store.recordWrongProof(ctx, person.userId);
  throw new AegisError('VALIDATION_FAILED', {
    detail: 'This code is wrong, too old, or was used already. Wait for the next one of the app.',
    errors: [{ pointer: '/code', detail: 'not a code that holds now' }],
  });
}

async function newCodes(userId: string) {
  const codes = newBackupCodes();
  return { codes, hashes: await Promise.all(codes.map((code) => backupCodeHash(userId, code))) };
}

/** The authenticator app (RFC 6238) and its backup codes. */
export const totpRoutes = room()
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/account/totp',
      security: signedIn,
      request: { body: body(TotpStart) },
      responses: { 200: json(TotpSecret, 'Shown once; in force when a code of it is confirmed'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const person = requirePerson(ctx);
      requireFresh(ctx.caller);
      await requirePassword(ctx, person, c.req.valid('json').password, '/password');
      const known = await store.totpOf(ctx.db, person.userId);
      if (known !== undefined && known.confirmedAtMs !== null) {
        throw new AegisError('STATE_CONFLICT', { detail: 'An app is set up already. Remove it first.' });
      }
      const secret = newTotpSecret();
      await store.startTotp(ctx, person.userId, await seal(ctx.config.AUTH_SECRET, person.userId, secret));
      return c.json({ secret, uri: totpUri(secret, person.email) }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/account/totp/confirm',
      security: signedIn,
      request: { body: body(FactorCode) },
      responses: { 201: json(BackupCodes, 'In force; the backup codes are shown once'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const person = requirePerson(ctx);
      requireFresh(ctx.caller);
      const { codes, hashes } = await newCodes(person.userId);
      const { code } = c.req.valid('json');
      await tryCode(ctx, person, async () => {
        const step = await stepOfCode(ctx, person, code, false);
        if (step === null) return null;
        return await store.takeOnce(() => store.confirmTotp(ctx, person, proofOf(person.userId, step), hashes));
      });
      return c.json({ codes }, 201);
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/account/totp',
      security: signedIn,
      responses: { 200: json(Done, 'Removed, with the backup codes'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { userId } = requirePerson(ctx);
      requireFresh(ctx.caller);
      if (!(await store.removeTotp(ctx, userId)))
        throw new AegisError('STATE_CONFLICT', { detail: 'No app is set up.' });
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/account/backup-codes',
      security: signedIn,
      responses: { 201: json(BackupCodes, 'Ten new ones, shown once; the old ones are void'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { userId } = requirePerson(ctx);
      requireFresh(ctx.caller);
      const totp = await store.totpOf(ctx.db, userId);
      if (totp === undefined || totp.confirmedAtMs === null)
        throw new AegisError('STATE_CONFLICT', { detail: 'Backup codes stand in for an app, and none is set up.' });
      const { codes, hashes } = await newCodes(userId);
      await store.renewBackupCodes(ctx, userId, hashes);
      return c.json({ codes }, 201);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/account/second-factor',
      security: signedIn,
      request: { body: body(FactorCode) },
      responses: { 200: json(Done, 'Proved for this session'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const person = requirePerson(ctx);
      await tryCode(ctx, person, () => prove(ctx, person, c.req.valid('json').code));
      return c.json({ ok: true as const }, 200);
    },
  );
