import { and, count, eq, isNotNull, isNull, lt } from 'drizzle-orm';
import { auditRow } from '../../audit.ts';
import type { Context } from '../../context.ts';
import { batch, type Db, isUniqueViolation, type Statement } from '../../db.ts';
import { backupCodes, passkeys, spentProofs, totpSecrets } from '../../schema/people.ts';
import { proveSession } from './session-store.ts';

/** Longer than any proof could be sent again: a code of TOTP lives 90 s, a challenge five minutes. */
const SPENT_FOR_MS = 3_600_000;

/** True when the person has a second factor in force. */
export async function hasFactor(db: Db, userId: string): Promise<boolean> {
  const [totp, passkey] = await db.batch([
    db
      .select({ id: totpSecrets.userId })
      .from(totpSecrets)
      .where(and(eq(totpSecrets.userId, userId), isNotNull(totpSecrets.confirmedAtMs))),
    db.select({ id: passkeys.id }).from(passkeys).where(eq(passkeys.userId, userId)).limit(1),
  ]);
  return totp.length + passkey.length > 0;
}

export async function totpOf(db: Db, userId: string) {
  return await db.select().from(totpSecrets).where(eq(totpSecrets.userId, userId)).get();
}

export async function backupCodesLeft(db: Db, userId: string): Promise<number> {
  const row = await db.select({ n: count() }).from(backupCodes).where(eq(backupCodes.userId, userId)).get();
  return row?.n ?? 0;
}

/** A secret that was shown and is not in force yet; it takes the place of an earlier one that never was. */
export async function startTotp(ctx: Context, userId: string, sealed: string): Promise<void> {
  await batch(ctx.db, [
    ctx.db.delete(totpSecrets).where(and(eq(totpSecrets.userId, userId), isNull(totpSecrets.confirmedAtMs))),
    ctx.db.insert(totpSecrets).values({ userId, sealed, createdAtMs: ctx.nowMs }),
    factorRow(ctx, 'factor:enrol', userId, { factor: 'totp', started: true }),
  ]);
}

/** Puts the secret in force, with its backup codes; the session has proved it by that. */
export async function confirmTotp(
  ctx: Context,
  person: { userId: string; sessionId: string },
  proof: string,
  hashes: readonly string[],
): Promise<void> {
  const { userId, sessionId } = person;
  await batch(ctx.db, [
    ...spend(ctx, proof),
    ctx.db.update(totpSecrets).set({ confirmedAtMs: ctx.nowMs }).where(eq(totpSecrets.userId, userId)),
    ...backupCodeRows(ctx, userId, hashes),
    proveSession(ctx, sessionId),
    factorRow(ctx, 'factor:enrol', userId, { factor: 'totp' }),
  ]);
}

export async function renewBackupCodes(ctx: Context, userId: string, hashes: readonly string[]): Promise<void> {
  await batch(ctx.db, [
    ...backupCodeRows(ctx, userId, hashes),
    factorRow(ctx, 'factor:enrol', userId, { factor: 'backup codes' }),
  ]);
}

/** Takes the app and its backup codes away; false when there is none in force. */
export async function removeTotp(ctx: Context, userId: string): Promise<boolean> {
  const row = await totpOf(ctx.db, userId);
  if (row === undefined || row.confirmedAtMs === null) return false;
  await batch(ctx.db, [
    ctx.db.delete(totpSecrets).where(eq(totpSecrets.userId, userId)),
    ctx.db.delete(backupCodes).where(eq(backupCodes.userId, userId)),
    factorRow(ctx, 'factor:remove', userId, { factor: 'totp' }),
  ]);
  return true;
}

/** Takes a code of the app for a session. A unique violation says that it was taken before. */
export async function proveTotp(ctx: Context, person: { userId: string; sessionId: string }, proof: string) {
  await batch(ctx.db, [
    ...spend(ctx, proof),
    proveSession(ctx, person.sessionId),
    factorRow(ctx, 'factor:prove', person.userId, { factor: 'totp' }),
  ]);
}

/** Takes a backup code for a session, once; false when the person has no such code. */
export async function proveBackupCode(
  ctx: Context,
  person: { userId: string; sessionId: string },
  hash: string,
): Promise<boolean> {
  const own = and(eq(backupCodes.hash, hash), eq(backupCodes.userId, person.userId));
  if ((await ctx.db.select({ id: backupCodes.id }).from(backupCodes).where(own).get()) === undefined) return false;
  await batch(ctx.db, [
    ...spend(ctx, `backup ${hash}`),
    ctx.db.delete(backupCodes).where(own),
    proveSession(ctx, person.sessionId),
    factorRow(ctx, 'factor:prove', person.userId, { factor: 'backup code' }),
  ]);
  return true;
}

/** Takes a proof; null when it was taken before. */
export async function takeOnce(take: () => Promise<void>): Promise<true | null> {
  try {
    await take();
    return true;
  } catch (cause) {
    if (isUniqueViolation(cause, 'spent_proofs')) return null;
    throw cause;
  }
}

/** A proof that was wrong. */
export async function recordWrongProof(ctx: Context, userId: string): Promise<void> {
  await batch(ctx.db, [
    auditRow(ctx, {
      action: 'factor:prove',
      tenantId: 'platform',
      targetType: 'user',
      targetId: userId,
      outcome: 'failure',
      severity: 'warning',
    }),
  ]);
}

/** The statements that take a proof, once; the key refuses the second of two, and with it its whole batch. */
export function spend(ctx: Context, proof: string): Statement[] {
  return [
    ctx.db.delete(spentProofs).where(lt(spentProofs.expiresAtMs, ctx.nowMs)),
    ctx.db.insert(spentProofs).values({ proof, expiresAtMs: ctx.nowMs + SPENT_FOR_MS }),
  ];
}

function backupCodeRows(ctx: Context, userId: string, hashes: readonly string[]): Statement[] {
  const rows = hashes.map((hash) => ({ id: ctx.newId('backupCode'), userId, hash, createdAtMs: ctx.nowMs }));
  return [ctx.db.delete(backupCodes).where(eq(backupCodes.userId, userId)), ctx.db.insert(backupCodes).values(rows)];
}

/** The audit row of a change to what a person signs in with. */
export function factorRow(
  ctx: Context,
  action: 'factor:enrol' | 'factor:prove' | 'factor:remove',
  userId: string,
  details: Record<string, unknown>,
): Statement {
  const severity = action === 'factor:prove' ? 'info' : 'warning';
  return auditRow(ctx, { action, tenantId: 'platform', targetType: 'user', targetId: userId, details, severity });
}
