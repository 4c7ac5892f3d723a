import { and, desc, eq, gt, isNull, lt, sql } from 'drizzle-orm';
import { auditRow } from '../audit.ts';
import type { Context } from '../context.ts';
import { batch, type Statement } from '../db.ts';
import { invitations, tenants } from '../schema/people.ts';

export interface NewInvitation {
  tenantId: string | null;
  email: string;
  role: string;
  tokenHash: string;
  expiresAtMs: number;
}

/** The rows of a new invitation. */
export function invitationRows(ctx: Context, id: string, invitation: NewInvitation): Statement[] {
  return [
    ctx.db.insert(invitations).values({ id, ...invitation, invitedBy: ctx.caller.id, createdAtMs: ctx.nowMs }),
    auditRow(ctx, {
      action: 'member:invite',
      tenantId: invitation.tenantId ?? 'platform',
      targetType: 'invitation',
      targetId: id,
      details: { email: invitation.email, role: invitation.role },
    }),
  ];
}

export async function createInvitation(
  ctx: Context,
  invitation: NewInvitation,
  alongside: readonly Statement[],
): Promise<string> {
  const id = ctx.newId('invitation');
  await batch(ctx.db, [...invitationRows(ctx, id, invitation), ...alongside]);
  return id;
}

const invitationColumns = {
  id: invitations.id,
  tenantId: invitations.tenantId,
  email: invitations.email,
  role: invitations.role,
  invitedBy: invitations.invitedBy,
  createdAtMs: invitations.createdAtMs,
  expiresAtMs: invitations.expiresAtMs,
  acceptedAtMs: invitations.acceptedAtMs,
  withdrawnAtMs: invitations.withdrawnAtMs,
  tenantName: tenants.name,
};

/** The open invitation of a token, or undefined. */
export async function openInvitation(ctx: Context, hash: string) {
  return await ctx.db
    .select(invitationColumns)
    .from(invitations)
    .leftJoin(tenants, eq(tenants.id, invitations.tenantId))
    .where(
      and(
        eq(invitations.tokenHash, hash),
        isNull(invitations.acceptedAtMs),
        isNull(invitations.withdrawnAtMs),
        gt(invitations.expiresAtMs, ctx.nowMs),
      ),
    )
    .get();
}

export async function listInvitations(ctx: Context, tenantId: string, after: string | null, limit: number) {
  return await ctx.db
    .select(invitationColumns)
    .from(invitations)
    .leftJoin(tenants, eq(tenants.id, invitations.tenantId))
    .where(
      and(
        eq(invitations.tenantId, tenantId),
        isNull(invitations.withdrawnAtMs),
        after === null ? undefined : lt(invitations.id, after),
      ),
    )
    .orderBy(desc(invitations.id))
    .limit(limit + 1);
}

/** Withdraws an open invitation; false when there is none. */
export async function withdrawInvitation(ctx: Context, tenantId: string, id: string): Promise<boolean> {
  const open = and(
    eq(invitations.id, id),
    eq(invitations.tenantId, tenantId),
    isNull(invitations.acceptedAtMs),
    isNull(invitations.withdrawnAtMs),
  );
  if ((await ctx.db.select({ id: invitations.id }).from(invitations).where(open).get()) === undefined) return false;
  await batch(ctx.db, [
    ctx.db.update(invitations).set({ withdrawnAtMs: ctx.nowMs }).where(open),
    auditRow(ctx, {
      action: 'member:invite',
      tenantId,
      targetType: 'invitation',
      targetId: id,
      details: { withdrawn: true },
    }),
  ]);
  return true;
}

/** The statement that takes an invitation, once: the second of two racing ones writes null into a NOT NULL column, and its batch fails. */
export function takeInvitation(ctx: Context, id: string): Statement {
  return ctx.db
    .update(invitations)
    .set({
      tokenHash: sql`case when accepted_at_ms is null and withdrawn_at_ms is null then token_hash end`,
      acceptedAtMs: ctx.nowMs,
    })
    .where(eq(invitations.id, id));
}
