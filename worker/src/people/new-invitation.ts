import { INVITATION_DAYS } from '@aegis/skill-sdk/limits';
import type { Context, Posted } from '../context.ts';
import { newToken, tokenHash } from '../secrets.ts';
import { invitationMail } from './invitation-mail.ts';
import type { NewInvitation } from './invitation-store.ts';

const DAY_MS = 24 * 3600 * 1000;

/** A link that is shown once, the row that keeps only its hash, and the mail that brings it. `place`: the tenant’s name. */
export async function newInvitation(
  ctx: Context,
  email: string,
  role: string,
  place: string | null,
): Promise<{ url: string; row: Omit<NewInvitation, 'tenantId'>; posted: Posted | null }> {
  const token = await newToken('aegi_');
  const url = `${ctx.config.APP_ORIGIN}/invite?token=${token}`;
  const expiresAtMs = ctx.nowMs + INVITATION_DAYS * DAY_MS;
  const { host } = new URL(ctx.config.APP_ORIGIN);
  const asked = { to: email, host, from: ctx.caller.name, place, role, url, expiresAtMs };
  return {
    url,
    row: { email, role, tokenHash: await tokenHash(token), expiresAtMs },
    posted: await ctx.mail(invitationMail(asked)),
  };
}
