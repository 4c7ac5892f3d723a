import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { id } from '@aegis/skill-sdk/wire/common';
import { Page } from '@aegis/skill-sdk/wire/paging';
import {
  MemberList,
  MemberUpdate,
  Tenant,
  TenantCreate,
  TenantCreated,
  TenantList,
  TenantUpdate,
} from '@aegis/skill-sdk/wire/people';
import { createRoute, z } from '@hono/zod-openapi';
import { canTable, requireCan } from '../auth.ts';
import type { Context } from '../context.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { isNotNullViolation, isUniqueViolation } from '../db.ts';
import { allowed, body, json, problem, room, signedIn } from '../http.ts';
import { newInvitation } from './new-invitation.ts';
import * as store from './store.ts';

const TenantParams = z.object({ tenantId: id('tenant') });
const Done = z.object({ ok: z.literal(true) });

function toTenant(ctx: Context, row: Awaited<ReturnType<typeof store.listTenants>>[number]): z.infer<typeof Tenant> {
  const { versionsMax, bytesMax, versions, bytes, createdAtMs, dryRun, ...rest } = row;
  return {
    ...rest,
    dryRun: dryRun === 'required' ? 'required' : 'optional',
    usage: { versions, versionsMax, bytes, bytesMax },
    createdAt: toInstant(createdAtMs),
    can: canTable(
      ctx.caller,
      { tenantId: row.id },
      {
        publish: { action: 'skill:publish' },
        invite: { action: 'member:invite' },
        changeRole: { action: 'member:update' },
        removeMember: { action: 'member:remove' },
        grantOwner: { action: 'owner:grant' },
        createAgent: { action: 'agent:write' },
        createKey: { action: 'key:create' },
        readAudit: { action: 'audit:read' },
        update: { action: 'tenant:update' },
      },
    ),
  };
}

async function tenantById(ctx: Context, tenantId: string) {
  const [row] = await store.listTenants(ctx, { only: [tenantId], after: null, limit: 1 });
  if (row === undefined) throw new AegisError('NOT_FOUND');
  return { ...toTenant(ctx, row), placements: await store.placementsOf(ctx, tenantId) };
}

/** The member's role. NOT_FOUND when there is no such member, FORBIDDEN when they own the tenant and the caller does not. */
async function requireMember(ctx: Context, tenantId: string, userId: string): Promise<string> {
  const role = await store.roleOf(ctx, tenantId, userId);
  if (role === undefined) throw new AegisError('NOT_FOUND');
  if (role === 'owner') requireCan(ctx.caller, 'owner:grant', { tenantId });
  return role;
}

function refuseLastOwner(cause: unknown): never {
  if (!isNotNullViolation(cause)) throw cause;
  throw new AegisError('STATE_CONFLICT', {
    detail: 'This is the last owner. Make somebody else an owner first.',
    cause,
  });
}

/** Tenants and their members. */
export const tenantRoutes = room()
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/admin/tenants',
      security: signedIn,
      request: { query: Page },
      responses: { 200: json(TenantList, 'All tenants, by slug'), default: problem },
    }),
    async (c) => {
      const ctx = allowed(c, 'tenant:read', { tenantId: null });
      const { limit, cursor } = c.req.valid('query');
      const after = decodeCursor(cursor, 1);
      const page = pageOf(
        await store.listTenants(ctx, { after: after === null ? null : String(after[0]), limit }),
        limit,
        (row) => [row.slug],
      );
      return c.json({ tenants: page.rows.map((row) => toTenant(ctx, row)), nextCursor: page.nextCursor }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/admin/tenants',
      security: signedIn,
      request: { body: body(TenantCreate) },
      responses: { 201: json(TenantCreated, 'The tenant, and its owner’s invitation, shown once'), default: problem },
    }),
    async (c) => {
      const ctx = allowed(c, 'tenant:create', { tenantId: null });
      const { slug, name, ownerEmail } = c.req.valid('json');
      const { url, row, posted } = await newInvitation(ctx, ownerEmail, 'owner', name);
      const tenantId = await store.createTenant(ctx, { slug, name }, row, posted?.rows ?? []).catch((cause) => {
        if (!isUniqueViolation(cause)) throw cause;
        throw new AegisError('ALREADY_EXISTS', { detail: `There is a tenant with the slug ${slug} already.`, cause });
      });
      await posted?.send();
      const tenant = await tenantById(ctx, tenantId);
      return c.json({ tenant, invitationUrl: url, mailed: posted !== null && ctx.config.MAIL_SENDER === 'http' }, 201);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/tenants/{tenantId}',
      security: signedIn,
      request: { params: TenantParams },
      responses: { 200: json(Tenant, 'One tenant and what it uses'), default: problem },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      return c.json(await tenantById(allowed(c, 'tenant:read', { tenantId }), tenantId), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'patch',
      path: '/api/tenants/{tenantId}',
      security: signedIn,
      request: { params: TenantParams, body: body(TenantUpdate) },
      responses: { 200: json(Tenant, 'Whether its versions need a dry-run'), default: problem },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      const ctx = allowed(c, 'tenant:update', { tenantId });
      const { dryRun } = c.req.valid('json');
      const before = await tenantById(ctx, tenantId);
      if (before.dryRun !== dryRun) await store.setDryRun(ctx, tenantId, { before: before.dryRun, after: dryRun });
      return c.json(await tenantById(ctx, tenantId), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/tenants/{tenantId}/members',
      security: signedIn,
      request: { params: TenantParams, query: Page },
      responses: { 200: json(MemberList, 'Members, oldest first'), default: problem },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      const ctx = allowed(c, 'member:read', { tenantId });
      const { limit, cursor } = c.req.valid('query');
      const after = decodeCursor(cursor, 1);
      const page = pageOf(
        await store.listMembers(ctx, tenantId, after === null ? null : String(after[0]), limit),
        limit,
        (row) => [row.id],
      );
      const shown = page.rows.map(({ userId, name, email, role, createdAtMs }) => ({
        userId,
        name,
        email,
        role: role as 'owner',
        joinedAt: toInstant(createdAtMs),
      }));
      return c.json({ members: shown, nextCursor: page.nextCursor }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/tenants/{tenantId}/members/{userId}',
      security: signedIn,
      request: { params: TenantParams.extend({ userId: id('user') }) },
      responses: { 200: json(Done, 'Removed; their sessions ended'), default: problem },
    }),
    async (c) => {
      const { tenantId, userId } = c.req.valid('param');
      const ctx = allowed(c, 'member:remove', { tenantId });
      const role = await requireMember(ctx, tenantId, userId);
      await store.removeMember(ctx, tenantId, userId, role).catch(refuseLastOwner);
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'put',
      path: '/api/tenants/{tenantId}/members/{userId}',
      security: signedIn,
      request: { params: TenantParams.extend({ userId: id('user') }), body: body(MemberUpdate) },
      responses: { 200: json(Done, 'The role holds within half a second, also for their keys'), default: problem },
    }),
    async (c) => {
      const { tenantId, userId } = c.req.valid('param');
      const ctx = allowed(c, 'member:update', { tenantId });
      const before = await requireMember(ctx, tenantId, userId);
      const { role: after } = c.req.valid('json');
      if (after === 'owner') requireCan(ctx.caller, 'owner:grant', { tenantId });
      if (after !== before) await store.changeRole(ctx, { tenantId, userId }, { before, after }).catch(refuseLastOwner);
      return c.json({ ok: true as const }, 200);
    },
  );
