import { INVITATION_DAYS } from '@aegis/skill-sdk/limits';
import type { Context } from '../context.ts';
import { newToken, tokenHash } from '../secrets.ts';
import type { NewInvitation } from './invitation-store.ts';

const DAY_MS = 24 * 3600 * 1000;

/** A link that is shown once, and the row that keeps only its hash. */
export async function newInvitation(
  ctx: Context,
  email: string,
  role: string,
): Promise<{ url: string; row: Omit<NewInvitation, 'tenantId'> }> {
  const token = await newToken('aegi_');
  const url = `${ctx.config.APP_ORIGIN}/invite?token=${token}`;
  return {
    url,
    row: { email, role, tokenHash: await tokenHash(token), expiresAtMs: ctx.nowMs + INVITATION_DAYS * DAY_MS },
  };
}
