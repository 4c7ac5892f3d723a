import { and, desc, eq, ne } from 'drizzle-orm';
import { auditRow } from '../../audit.ts';
import type { Context } from '../../context.ts';
import { batch, type Db, type Statement } from '../../db.ts';
import { sessions } from '../../schema/people.ts';
import { sessionHash } from '../hashed-sessions.ts';

/** Where and when a session is used is shown by the quarter of an hour; writing it on every request would cost more. */
const TOUCH_EVERY_MS = 15 * 60_000;

/** Notes that a session is in use. */
export async function touchSession(db: Db, session: { id: string; seenAtMs: number }, nowMs: number): Promise<void> {
  if (nowMs - session.seenAtMs < TOUCH_EVERY_MS) return;
  await db
    .update(sessions)
    .set({ updatedAt: new Date(nowMs) })
    .where(eq(sessions.id, session.id));
}

/** The live sessions of a person, newest first. */
export async function sessionsOf(ctx: Context, userId: string) {
  return await ctx.db
    .select({
      id: sessions.id,
      ipAddress: sessions.ipAddress,
      userAgent: sessions.userAgent,
      country: sessions.country,
      mfaAtMs: sessions.mfaAtMs,
      createdAt: sessions.createdAt,
      updatedAt: sessions.updatedAt,
    })
    .from(sessions)
    .where(eq(sessions.userId, userId))
    .orderBy(desc(sessions.createdAt))
    .limit(100);
}

/** The statement that says from which country a session was begun. */
export function placeSession(ctx: Context, token: string, country: string | null): Statement {
  return ctx.db
    .update(sessions)
    .set({ country })
    .where(eq(sessions.token, sessionHash(token)));
}

/** The statement that marks the second factor as proved. */
export function proveSession(ctx: Context, sessionId: string): Statement {
  return ctx.db.update(sessions).set({ mfaAtMs: ctx.nowMs }).where(eq(sessions.id, sessionId));
}

/** The statement that says through whose provider a session was begun, and whether that proved a second factor. */
export function bindSession(ctx: Context, sessionId: string, begun: { tenantId: string; hasMfa: boolean }): Statement {
  return ctx.db
    .update(sessions)
    .set({ ssoTenantId: begun.tenantId, mfaAtMs: begun.hasMfa ? ctx.nowMs : null })
    .where(eq(sessions.id, sessionId));
}

/** The statement that ends every session of a person but, perhaps, one. */
export function endSessions(ctx: Context, userId: string, keep: string | null): Statement {
  return ctx.db
    .delete(sessions)
    .where(and(eq(sessions.userId, userId), keep === null ? undefined : ne(sessions.id, keep)));
}

/** Ends one session of the person; false when there is none. */
export async function endSession(ctx: Context, userId: string, sessionId: string): Promise<boolean> {
  const own = and(eq(sessions.id, sessionId), eq(sessions.userId, userId));
  if ((await ctx.db.select({ id: sessions.id }).from(sessions).where(own).get()) === undefined) return false;
  await batch(ctx.db, [ctx.db.delete(sessions).where(own), endRow(ctx, sessionId)]);
  return true;
}

/** Ends all sessions of the person but the one that asks. */
export async function endOtherSessions(ctx: Context, userId: string, current: string): Promise<void> {
  await batch(ctx.db, [endSessions(ctx, userId, current), endRow(ctx, userId)]);
}

function endRow(ctx: Context, targetId: string): Statement {
  return auditRow(ctx, { action: 'session:end', tenantId: 'platform', targetType: 'session', targetId });
}
