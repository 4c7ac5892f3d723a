import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { id } from '@aegis/skill-sdk/wire/common';
import { Page } from '@aegis/skill-sdk/wire/paging';
import {
  InvitationAccept,
  InvitationCreate,
  InvitationCreated,
  InvitationList,
  InvitationPreview,
  PlatformInvitationCreate,
} from '@aegis/skill-sdk/wire/people';
import { createRoute, z } from '@hono/zod-openapi';
import { requireCan } from '../auth.ts';
import type { Context } from '../context.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { allowed, body, json, problem, room, signedIn } from '../http.ts';
import { hashPassword, tokenHash, verifyPassword } from '../secrets.ts';
import * as invitationStore from './invitation-store.ts';
import { newInvitation } from './new-invitation.ts';
import { requireGoodPassword } from './password.ts';
import * as store from './store.ts';
import { guardTries } from './tries/guard-tries.ts';

const TenantParams = z.object({ tenantId: id('tenant') });
const Done = z.object({ ok: z.literal(true) });

type InvitationRow = Awaited<ReturnType<typeof invitationStore.listInvitations>>[number];
const toInvitation = (row: InvitationRow) => ({
  id: row.id,
  email: row.email,
  role: row.role,
  expiresAt: toInstant(row.expiresAtMs),
  acceptedAt: row.acceptedAtMs === null ? null : toInstant(row.acceptedAtMs),
  createdAt: toInstant(row.createdAtMs),
});

async function openInvitation(ctx: Context, token: string) {
  const found = await invitationStore.openInvitation(ctx, await tokenHash(token));
  if (found === undefined)
    throw new AegisError('NOT_FOUND', {
      detail: 'This invitation is unknown, used, withdrawn or older than 7 days. Ask for a new one.',
    });
  return found;
}

/** Counted with the account's sign-ins: whoever can invite somebody must not be able to guess their password here. */
async function isTheirPassword(ctx: Context, email: string, hash: string, password: string): Promise<boolean> {
  const counted = [{ of: 'account' as const, name: email }];
  return (await guardTries(ctx, counted, async () => ((await verifyPassword(hash, password)) ? true : null))) === true;
}

/** Invitations to a tenant or to a platform role. */
export const invitationRoutes = room()
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/admin/invitations',
      security: signedIn,
      request: { body: body(PlatformInvitationCreate) },
      responses: {
        201: json(InvitationCreated, 'An invitation to a platform role; the link is shown once'),
        default: problem,
      },
    }),
    async (c) => {
      const ctx = allowed(c, 'member:invite', { tenantId: null });
      const { email, role } = c.req.valid('json');
      const { url, row, posted } = await newInvitation(ctx, email, role, null);
      const rows = posted?.rows ?? [];
      const invitationId = await invitationStore.createInvitation(ctx, { ...row, tenantId: null }, rows);
      await posted?.send();
      return c.json(
        {
          invitation: toInvitation({
            ...row,
            id: invitationId,
            tenantId: null,
            invitedBy: ctx.caller.id,
            createdAtMs: ctx.nowMs,
            acceptedAtMs: null,
            withdrawnAtMs: null,
            tenantName: null,
          }),
          url,
          mailed: posted !== null && ctx.config.MAIL_SENDER === 'http',
        },
        201,
      );
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/tenants/{tenantId}/invitations',
      security: signedIn,
      request: { params: TenantParams, query: Page },
      responses: { 200: json(InvitationList, 'Invitations, newest first'), default: problem },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      const ctx = allowed(c, 'member:invite', { tenantId });
      const { limit, cursor } = c.req.valid('query');
      const after = decodeCursor(cursor, 1);
      const page = pageOf(
        await invitationStore.listInvitations(ctx, tenantId, after === null ? null : String(after[0]), limit),
        limit,
        (row) => [row.id],
      );
      return c.json({ invitations: page.rows.map(toInvitation), nextCursor: page.nextCursor }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/tenants/{tenantId}/invitations',
      security: signedIn,
      request: { params: TenantParams, body: body(InvitationCreate) },
      responses: { 201: json(InvitationCreated, 'The link is shown once'), default: problem },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      const ctx = allowed(c, 'member:invite', { tenantId });
      const { email, role } = c.req.valid('json');
      if (role === 'owner') requireCan(ctx.caller, 'owner:grant', { tenantId });
      const [tenant] = await store.tenantsById(ctx.db, [tenantId]);
      const { url, row, posted } = await newInvitation(ctx, email, role, tenant?.name ?? null);
      const invitationId = await invitationStore.createInvitation(ctx, { ...row, tenantId }, posted?.rows ?? []);
      await posted?.send();
      return c.json(
        {
          invitation: toInvitation({
            ...row,
            id: invitationId,
            tenantId,
            invitedBy: ctx.caller.id,
            createdAtMs: ctx.nowMs,
            acceptedAtMs: null,
            withdrawnAtMs: null,
            tenantName: null,
          }),
          url,
          mailed: posted !== null && ctx.config.MAIL_SENDER === 'http',
        },
        201,
      );
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/tenants/{tenantId}/invitations/{invitationId}',
      security: signedIn,
      request: { params: TenantParams.extend({ invitationId: id('invitation') }) },
      responses: { 200: json(Done, 'Withdrawn'), default: problem },
    }),
    async (c) => {
      const { tenantId, invitationId } = c.req.valid('param');
      const ctx = allowed(c, 'member:invite', { tenantId });
      if (!(await invitationStore.withdrawInvitation(ctx, tenantId, invitationId))) throw new AegisError('NOT_FOUND');
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/invitations/preview',
      request: { body: body(z.object({ token: z.string() })) },
      responses: { 200: json(InvitationPreview, 'What the invitation offers'), default: problem },
    }),
    async (c) => {
      const found = await openInvitation(c.var.ctx, c.req.valid('json').token);
      return c.json(
        { email: found.email, role: found.role, tenantName: found.tenantName, expiresAt: toInstant(found.expiresAtMs) },
        200,
      );
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/invitations/accept',
      request: { body: body(InvitationAccept) },
      responses: { 201: json(Done, 'Accepted; sign in with the e-mail of the invitation'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { token, name, password } = c.req.valid('json');
      const invitation = await openInvitation(ctx, token);
      const known = await store.userByEmail(ctx.db, invitation.email);
      if (known !== null && !(await isTheirPassword(ctx, invitation.email, known.password, password))) {
        throw new AegisError('FORBIDDEN', {
          detail: 'There is an account with this e-mail. Give its password to accept.',
        });
      }
      if (known === null) requireGoodPassword(password);
      const person = known ?? {
        email: invitation.email,
        name,
        passwordHash: await hashPassword(password),
        platformRole: null,
      };
      await store.acceptInvitation(ctx, invitation, person).catch((cause) => {
        throw new AegisError('STATE_CONFLICT', {
          detail: 'This invitation was used, or the person is a member already.',
          cause,
        });
      });
      return c.json({ ok: true as const }, 201);
    },
  );
