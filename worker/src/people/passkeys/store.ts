import { and, asc, eq } from 'drizzle-orm';
import type { Context } from '../../context.ts';
import { batch, type Db, type Statement } from '../../db.ts';
import { passkeys, users } from '../../schema/people.ts';
import { factorRow, spend } from '../account/factor-store.ts';
import { proveSession } from '../account/session-store.ts';

export type PasskeyRow = typeof passkeys.$inferSelect;
export type NewPasskey = Pick<
  PasskeyRow,
  'name' | 'credentialId' | 'publicKey' | 'signCount' | 'transports' | 'synced'
>;

/** A person's passkeys, oldest first. */
export async function passkeysOf(db: Db, userId: string): Promise<PasskeyRow[]> {
  return await db.select().from(passkeys).where(eq(passkeys.userId, userId)).orderBy(asc(passkeys.id)).limit(50);
}

/** The passkey of a credential, with whose it is. */
export async function passkeyByCredential(db: Db, credentialId: string) {
  return await db
    .select({ passkey: passkeys, email: users.email, userName: users.name })
    .from(passkeys)
    .innerJoin(users, eq(users.id, passkeys.userId))
    .where(eq(passkeys.credentialId, credentialId))
    .get();
}

/** Adds a passkey; the session has proved it by that. A unique violation: the challenge or the credential was used. */
export async function addPasskey(
  ctx: Context,
  person: { userId: string; sessionId: string },
  challenge: string,
  passkey: NewPasskey,
): Promise<PasskeyRow> {
  const { userId, sessionId } = person;
  const row = { id: ctx.newId('passkey'), userId, ...passkey, createdAtMs: ctx.nowMs, lastUsedAtMs: null };
  await batch(ctx.db, [
    ...spend(ctx, `webauthn ${challenge}`),
    ctx.db.insert(passkeys).values(row),
    proveSession(ctx, sessionId),
    factorRow(ctx, 'factor:enrol', userId, { factor: 'passkey', name: passkey.name }),
  ]);
  return row;
}

/** The statements that take one proof by a passkey: its challenge once, its counter, and the session that it is for. */
export function provedRows(
  ctx: Context,
  passkey: Pick<PasskeyRow, 'id' | 'userId' | 'name'>,
  use: { challenge: string; signCount: number; sessionId: string },
): Statement[] {
  return [
    ...spend(ctx, `webauthn ${use.challenge}`),
    ctx.db
      .update(passkeys)
      .set({ signCount: use.signCount, lastUsedAtMs: ctx.nowMs })
      .where(eq(passkeys.id, passkey.id)),
    proveSession(ctx, use.sessionId),
    factorRow(ctx, 'factor:prove', passkey.userId, { factor: 'passkey', name: passkey.name }),
  ];
}

/** Gives a passkey of the person another name; false when there is none. */
export async function renamePasskey(ctx: Context, userId: string, id: string, name: string): Promise<boolean> {
  const own = and(eq(passkeys.id, id), eq(passkeys.userId, userId));
  const row = await ctx.db.select().from(passkeys).where(own).get();
  if (row === undefined) return false;
  await batch(ctx.db, [
    ctx.db.update(passkeys).set({ name }).where(own),
    factorRow(ctx, 'factor:enrol', userId, { factor: 'passkey', name, renamedFrom: row.name }),
  ]);
  return true;
}

/** Takes a passkey of the person away; false when there is none. */
export async function removePasskey(ctx: Context, userId: string, id: string): Promise<boolean> {
  const own = and(eq(passkeys.id, id), eq(passkeys.userId, userId));
  const row = await ctx.db.select().from(passkeys).where(own).get();
  if (row === undefined) return false;
  await batch(ctx.db, [
    ctx.db.delete(passkeys).where(own),
    factorRow(ctx, 'factor:remove', userId, { factor: 'passkey', name: row.name }),
  ]);
  return true;
}
