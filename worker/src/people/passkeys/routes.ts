import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import {
  Passkey,
  PasskeyCreate,
  PasskeyOptions,
  PasskeyProof,
  PasskeyRename,
  TotpStart,
} from '@aegis/skill-sdk/wire/account';
import { id } from '@aegis/skill-sdk/wire/common';
import { createRoute, z } from '@hono/zod-openapi';
import { generateAuthenticationOptions, generateRegistrationOptions } from '@simplewebauthn/server';
import { requireFresh } from '../../auth.ts';
import type { Context } from '../../context.ts';
import { batch, isUniqueViolation } from '../../db.ts';
import { body, json, problem, room, signedIn } from '../../http.ts';
import { takeOnce } from '../account/factor-store.ts';
import { requirePassword, requirePerson } from '../account/person.ts';
import { newChallenge } from './challenge.ts';
import { relyingParty } from './relying-party.ts';
import * as store from './store.ts';
import { knownTransports, refuse, verifyNew, verifyProof } from './verify.ts';

const Done = z.object({ ok: z.literal(true) });
const PasskeyParams = z.object({ passkeyId: id('passkey') });
const PASSKEYS_MAX = 20;
const toAdd = (userId: string) => `add ${userId}`;
const toProve = (userId: string) => `prove ${userId}`;

export function toPasskey(row: store.PasskeyRow): z.infer<typeof Passkey> {
  return {
    id: row.id,
    name: row.name,
    synced: row.synced,
    createdAt: toInstant(row.createdAtMs),
    lastUsedAt: row.lastUsedAtMs === null ? null : toInstant(row.lastUsedAtMs),
  };
}

const descriptors = (rows: readonly store.PasskeyRow[]) =>
  rows.map((row) => ({ id: row.credentialId, transports: knownTransports(row.transports) }));

/** Proves a passkey for a session that is open already. */
async function prove(ctx: Context, credential: z.output<typeof PasskeyProof>['credential']): Promise<void> {
  const { userId, sessionId } = requirePerson(ctx);
  const found = await store.passkeyByCredential(ctx.db, credential.id);
  if (found === undefined || found.passkey.userId !== userId) return refuse(new Error('not a passkey of this person'));
  const proof = await verifyProof(ctx, toProve(userId), found.passkey, credential);
  const taken = await takeOnce(async () => {
    await batch(ctx.db, store.provedRows(ctx, found.passkey, { ...proof, sessionId }));
  });
  if (taken === null) refuse(new Error('the challenge was used'));
}

/** Passkeys of a person who is signed in. Signing in with one is in `sign-in-routes.ts`. */
export const passkeyRoutes = room()
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/account/passkeys/options',
      security: signedIn,
      request: { body: body(TotpStart) },
      responses: { 200: json(PasskeyOptions, 'For `navigator.credentials.create`'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const person = requirePerson(ctx);
      requireFresh(ctx.caller);
      await requirePassword(ctx, person, c.req.valid('json').password, '/password');
      const own = await store.passkeysOf(ctx.db, person.userId);
      if (own.length >= PASSKEYS_MAX)
        throw new AegisError('STATE_CONFLICT', { detail: `There are ${PASSKEYS_MAX} passkeys. Remove one first.` });
      const publicKey = await generateRegistrationOptions({
        rpName: 'Aegis',
        rpID: relyingParty(ctx.config).id,
        userName: person.email,
        userDisplayName: ctx.caller.name,
        userID: Uint8Array.from(Buffer.from(person.userId)),
        challenge: newChallenge(ctx.config.AUTH_SECRET, toAdd(person.userId), ctx.nowMs),
        attestationType: 'none',
        excludeCredentials: descriptors(own),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      });
      return c.json({ publicKey: { ...publicKey } }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/account/passkeys',
      security: signedIn,
      request: { body: body(PasskeyCreate) },
      responses: { 201: json(Passkey, 'Added; it signs in, and it is a second factor'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const person = requirePerson(ctx);
      requireFresh(ctx.caller);
      const { name, credential } = c.req.valid('json');
      const { challenge, passkey } = await verifyNew(ctx, toAdd(person.userId), name, credential);
      const row = await store.addPasskey(ctx, person, challenge, passkey).catch((cause) => {
        if (isUniqueViolation(cause)) return refuse(cause);
        throw cause;
      });
      return c.json(toPasskey(row), 201);
    },
  )
  .openapi(
    createRoute({
      method: 'patch',
      path: '/api/account/passkeys/{passkeyId}',
      security: signedIn,
      request: { params: PasskeyParams, body: body(PasskeyRename) },
      responses: { 200: json(Done, 'Renamed'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { userId } = requirePerson(ctx);
      const { passkeyId } = c.req.valid('param');
      if (!(await store.renamePasskey(ctx, userId, passkeyId, c.req.valid('json').name)))
        throw new AegisError('NOT_FOUND');
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/account/passkeys/{passkeyId}',
      security: signedIn,
      request: { params: PasskeyParams },
      responses: { 200: json(Done, 'Removed; it no longer signs in'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { userId } = requirePerson(ctx);
      requireFresh(ctx.caller);
      if (!(await store.removePasskey(ctx, userId, c.req.valid('param').passkeyId))) throw new AegisError('NOT_FOUND');
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/account/second-factor/passkey/options',
      security: signedIn,
      responses: { 200: json(PasskeyOptions, 'For `navigator.credentials.get`'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { userId } = requirePerson(ctx);
      const own = await store.passkeysOf(ctx.db, userId);
      if (own.length === 0) throw new AegisError('STATE_CONFLICT', { detail: 'You have no passkey. Use a code.' });
      const publicKey = await generateAuthenticationOptions({
        rpID: relyingParty(ctx.config).id,
        challenge: newChallenge(ctx.config.AUTH_SECRET, toProve(userId), ctx.nowMs),
        allowCredentials: descriptors(own),
        userVerification: 'required',
      });
      return c.json({ publicKey: { ...publicKey } }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/account/second-factor/passkey',
      security: signedIn,
      request: { body: body(PasskeyProof) },
      responses: { 200: json(Done, 'Proved for this session'), default: problem },
    }),
    async (c) => {
      await prove(c.var.ctx, c.req.valid('json').credential);
      return c.json({ ok: true as const }, 200);
    },
  );
