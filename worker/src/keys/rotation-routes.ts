import { AegisError } from '@aegis/skill-sdk/errors';
import { id } from '@aegis/skill-sdk/wire/common';
import { ApiKeyCreated, KeyRotation, OwnKeyRotation } from '@aegis/skill-sdk/wire/people';
import { createRoute, z } from '@hono/zod-openapi';
import { can } from '../auth.ts';
import type { Context } from '../context.ts';
import { isNotNullViolation } from '../db.ts';
import { allowed, body, json, problem, room, signedIn } from '../http.ts';
import { type KeyRow, reasonAgainstRotation, toKey } from './key-wire.ts';
import { newSecret } from './new-key.ts';
import { planRotation } from './rotate.ts';
import * as store from './store.ts';

const KeyParams = z.object({ tenantId: id('tenant'), keyId: id('apiKey') });
const DAY_MS = 24 * 3600 * 1000;

/** A key of the tenant that the caller may know of. */
async function readKey(ctx: Context, tenantId: string, keyId: string, personId: string | null): Promise<KeyRow> {
  const [row] = await store.listKeys(ctx, { tenantId, personId, keyId, after: null, limit: 1 });
  if (row === undefined) throw new AegisError('NOT_FOUND');
  return row;
}

async function rotatable(ctx: Context, tenantId: string, keyId: string): Promise<KeyRow> {
  const runsTenant = can(ctx.caller, 'member:invite', { tenantId });
  const row = await readKey(ctx, tenantId, keyId, runsTenant ? null : ctx.caller.id);
  const reason = reasonAgainstRotation(ctx, tenantId, row);
  if (reason !== null) throw new AegisError('FORBIDDEN', { detail: reason });
  return row;
}

async function rotate(
  ctx: Context,
  tenantId: string,
  row: KeyRow,
  ask: { overlapHours: number; expiresAtMs: number | null },
) {
  const rotation = planRotation({ ...row, hash: await store.hashOf(ctx, row.id) }, ask, ctx.nowMs);
  const { secret, ...kept } = await newSecret();
  await store.rotateKey(ctx, { id: row.id, tenantId }, kept, rotation).catch((cause) => {
    if (!isNotNullViolation(cause)) throw cause;
    throw new AegisError('STATE_CONFLICT', { detail: 'The key was rotated or revoked just now.', cause });
  });
  return { key: toKey(ctx, tenantId, await readKey(ctx, tenantId, row.id, null)), secret };
}

/** A new secret for a key, with the old one working on for a while. */
export const rotationRoutes = room()
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/tenants/{tenantId}/keys/{keyId}/rotation',
      security: signedIn,
      request: { params: KeyParams, body: body(KeyRotation) },
      responses: { 201: json(ApiKeyCreated, 'The new secret, shown once; the old one works on'), default: problem },
    }),
    async (c) => {
      const { tenantId, keyId } = c.req.valid('param');
      const ctx = allowed(c, 'key:rotate', { tenantId });
      const { overlapHours, days } = c.req.valid('json');
      const row = await rotatable(ctx, tenantId, keyId);
      return c.json(await rotate(ctx, tenantId, row, { overlapHours, expiresAtMs: ctx.nowMs + days * DAY_MS }), 201);
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/tenants/{tenantId}/keys/{keyId}/rotation',
      security: signedIn,
      request: { params: KeyParams },
      responses: {
        200: json(z.object({ ok: z.literal(true) }), 'The secret before the last rotation ended'),
        default: problem,
      },
    }),
    async (c) => {
      const { tenantId, keyId } = c.req.valid('param');
      const ctx = allowed(c, 'key:rotate', { tenantId });
      await rotatable(ctx, tenantId, keyId);
      if (!(await store.endPrevious(ctx, { id: keyId, tenantId })))
        throw new AegisError('STATE_CONFLICT', { detail: 'No earlier secret of this key works any more.' });
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/keys/own/rotation',
      security: signedIn,
      request: { body: body(OwnKeyRotation) },
      responses: {
        201: json(ApiKeyCreated, 'The new secret of the key that asks; its expiry stays'),
        default: problem,
      },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { kind, tenantId, id: keyId } = ctx.caller;
      if (kind !== 'key' || tenantId === null)
        throw new AegisError('FORBIDDEN', { detail: 'Only an API key rotates itself; send it as the credential.' });
      const row = await readKey(ctx, tenantId, keyId, null);
      const { overlapHours } = c.req.valid('json');
      return c.json(await rotate(ctx, tenantId, row, { overlapHours, expiresAtMs: null }), 201);
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/keys/own',
      security: signedIn,
      responses: {
        200: json(z.object({ ok: z.literal(true) }), 'The key that asks is revoked, also what a rotation left of it'),
        default: problem,
      },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { kind, tenantId, id: keyId } = ctx.caller;
      if (kind !== 'key' || tenantId === null)
        throw new AegisError('FORBIDDEN', { detail: 'Only an API key revokes itself; send it as the credential.' });
      if (!(await store.revokeKey(ctx, tenantId, keyId, null))) throw new AegisError('NOT_FOUND');
      return c.json({ ok: true as const }, 200);
    },
  );
