import { AegisError } from '@aegis/skill-sdk/errors';
import { id } from '@aegis/skill-sdk/wire/common';
import { Page } from '@aegis/skill-sdk/wire/paging';
import { ApiKeyCreate, ApiKeyCreated, ApiKeyList } from '@aegis/skill-sdk/wire/people';
import { createRoute, z } from '@hono/zod-openapi';
import { can } from '../auth.ts';
import type { Context } from '../context.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { allowed, body, json, problem, room, signedIn } from '../http.ts';
import { deviceRoutes } from './device/routes.ts';
import { toKey } from './key-wire.ts';
import { newSecret } from './new-key.ts';
import { rotationRoutes } from './rotation-routes.ts';
import * as store from './store.ts';

const TenantParams = z.object({ tenantId: id('tenant') });
const KeyParams = TenantParams.extend({ keyId: id('apiKey') });
const DAY_MS = 24 * 3600 * 1000;

/** Owners see and revoke all keys of the tenant, others their own. */
const onlyOwn = (ctx: Context, tenantId: string) =>
  can(ctx.caller, 'member:invite', { tenantId }) ? null : ctx.caller.id;

function requireScopesWithinOwn(ctx: Context, tenantId: string, ask: z.infer<typeof ApiKeyCreate>): void {
  if (ask.ownedBy === 'tenant' && !can(ctx.caller, 'member:invite', { tenantId })) {
    throw new AegisError('FORBIDDEN', {
      detail: 'Only an owner makes keys that belong to the tenant. Make one of your own.',
    });
  }
  const beyond = ask.scopes.filter((scope) => !can(ctx.caller, scope, { tenantId }));
  if (beyond.length > 0)
    throw new AegisError('FORBIDDEN', {
      detail: `A key never does more than its maker. You may not: ${beyond.join(', ')}.`,
    });
}

export const keys = room()
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/tenants/{tenantId}/keys',
      security: signedIn,
      request: { params: TenantParams, query: Page },
      responses: { 200: json(ApiKeyList, 'Keys, newest first; never their secrets'), default: problem },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      const ctx = allowed(c, 'key:read', { tenantId });
      const { limit, cursor } = c.req.valid('query');
      const after = decodeCursor(cursor, 1);
      const rows = await store.listKeys(ctx, {
        tenantId,
        personId: onlyOwn(ctx, tenantId),
        after: after === null ? null : String(after[0]),
        limit,
      });
      const page = pageOf(rows, limit, (row) => [row.id]);
      return c.json({ keys: page.rows.map((row) => toKey(ctx, tenantId, row)), nextCursor: page.nextCursor }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/tenants/{tenantId}/keys',
      security: signedIn,
      request: { params: TenantParams, body: body(ApiKeyCreate) },
      responses: { 201: json(ApiKeyCreated, 'The key; its secret is shown once'), default: problem },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      const ctx = allowed(c, 'key:create', { tenantId });
      const ask = c.req.valid('json');
      requireScopesWithinOwn(ctx, tenantId, ask);
      const { secret, hash, prefix } = await newSecret();
      const row = {
        id: ctx.newId('apiKey'),
        tenantId,
        personId: ask.ownedBy === 'tenant' ? null : ctx.caller.id,
        name: ask.name,
        prefix,
        scopes: ask.scopes as string[],
        expiresAtMs: ctx.nowMs + ask.days * DAY_MS,
      };
      await store.createKey(ctx, { ...row, hash });
      const key = toKey(ctx, tenantId, {
        ...row,
        createdByName: ctx.caller.name,
        createdAtMs: ctx.nowMs,
        lastUsedAtMs: null,
        revokedAtMs: null,
        rotatedAtMs: null,
        previousPrefix: null,
        previousUntilMs: null,
      });
      return c.json({ key, secret }, 201);
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/tenants/{tenantId}/keys/{keyId}',
      security: signedIn,
      request: { params: KeyParams },
      responses: {
        200: json(z.object({ ok: z.literal(true) }), 'Revoked; it stops working within half a second'),
        default: problem,
      },
    }),
    async (c) => {
      const { tenantId, keyId } = c.req.valid('param');
      const ctx = allowed(c, 'key:revoke', { tenantId });
      if (!(await store.revokeKey(ctx, tenantId, keyId, onlyOwn(ctx, tenantId)))) throw new AegisError('NOT_FOUND');
      return c.json({ ok: true as const }, 200);
    },
  )
  .route('/', rotationRoutes)
  .route('/', deviceRoutes);
