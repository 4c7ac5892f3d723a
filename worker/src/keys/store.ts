import { and, desc, eq, gt, isNull, lt, lte, or, sql } from 'drizzle-orm';
import { auditRow } from '../audit.ts';
import type { Context } from '../context.ts';
import { batch, type Db, type Statement } from '../db.ts';
import { apiKeys, members, tenants, users } from '../schema/people.ts';
import type { Rotation } from './rotate.ts';

export async function findByHash(db: Db, hash: string) {
  return await db
    .select({
      id: apiKeys.id,
      name: apiKeys.name,
      tenantId: apiKeys.tenantId,
      personId: apiKeys.personId,
      scopes: apiKeys.scopes,
      hash: apiKeys.hash,
      previousUntilMs: apiKeys.previousUntilMs,
      expiresAtMs: apiKeys.expiresAtMs,
      revokedAtMs: apiKeys.revokedAtMs,
      lastUsedAtMs: apiKeys.lastUsedAtMs,
      personRole: members.role,
      tenantDeletedAtMs: tenants.deletedAtMs,
    })
    .from(apiKeys)
    .innerJoin(tenants, eq(tenants.id, apiKeys.tenantId))
    // Who left and was invited again makes new keys: those from before stay dead.
    .leftJoin(
      members,
      and(
        eq(members.tenantId, apiKeys.tenantId),
        eq(members.userId, apiKeys.personId),
        lte(members.createdAtMs, apiKeys.createdAtMs),
      ),
    )
    .where(or(eq(apiKeys.hash, hash), eq(apiKeys.previousHash, hash)))
    .get();
}

export async function touchKey(db: Db, id: string, nowMs: number): Promise<void> {
  await db.update(apiKeys).set({ lastUsedAtMs: nowMs }).where(eq(apiKeys.id, id));
}

export interface NewKey {
  id: string;
  tenantId: string;
  personId: string | null;
  name: string;
  prefix: string;
  hash: string;
  scopes: string[];
  expiresAtMs: number;
}

export async function createKey(ctx: Context, key: NewKey): Promise<void> {
  await batch(ctx.db, keyRows(ctx, key, {}));
}

/** The statements that make a key; the caller of the context is its maker. */
export function keyRows(ctx: Context, key: NewKey, details: Record<string, unknown>): Statement[] {
  const { hash: _, ...after } = key;
  const target = { tenantId: key.tenantId, targetType: 'key', targetId: key.id };
  return [
    ctx.db.insert(apiKeys).values({ ...key, createdBy: ctx.caller.id, createdAtMs: ctx.nowMs }),
    auditRow(ctx, { action: 'key:create', ...target, after, details }),
  ];
}

/** Keys of a tenant, newest first; `personId` narrows to that person's own, `keyId` to one. */
export async function listKeys(
  ctx: Context,
  filter: { tenantId: string; personId: string | null; keyId?: string; after: string | null; limit: number },
) {
  return await ctx.db
    .select({
      id: apiKeys.id,
      name: apiKeys.name,
      prefix: apiKeys.prefix,
      scopes: apiKeys.scopes,
      personId: apiKeys.personId,
      createdByName: users.name,
      createdAtMs: apiKeys.createdAtMs,
      expiresAtMs: apiKeys.expiresAtMs,
      lastUsedAtMs: apiKeys.lastUsedAtMs,
      revokedAtMs: apiKeys.revokedAtMs,
      rotatedAtMs: apiKeys.rotatedAtMs,
      previousPrefix: apiKeys.previousPrefix,
      previousUntilMs: apiKeys.previousUntilMs,
    })
    .from(apiKeys)
    .leftJoin(users, eq(users.id, apiKeys.createdBy))
    .where(
      and(
        eq(apiKeys.tenantId, filter.tenantId),
        filter.personId === null ? undefined : eq(apiKeys.personId, filter.personId),
        filter.keyId === undefined ? undefined : eq(apiKeys.id, filter.keyId),
        filter.after === null ? undefined : lt(apiKeys.id, filter.after),
      ),
    )
    .orderBy(desc(apiKeys.id))
    .limit(filter.limit + 1);
}

/** Revokes a live key; false when there is none that the caller may revoke. */
export async function revokeKey(
  ctx: Context,
  tenantId: string,
  keyId: string,
  personId: string | null,
): Promise<boolean> {
  const live = and(
    eq(apiKeys.id, keyId),
    eq(apiKeys.tenantId, tenantId),
    isNull(apiKeys.revokedAtMs),
    personId === null ? undefined : eq(apiKeys.personId, personId),
  );
  if ((await ctx.db.select({ one: sql`1` }).from(apiKeys).where(live).get()) === undefined) return false;
  await batch(ctx.db, [
    ctx.db.update(apiKeys).set({ revokedAtMs: ctx.nowMs }).where(live),
    auditRow(ctx, { action: 'key:revoke', tenantId, targetType: 'key', targetId: keyId, severity: 'warning' }),
  ]);
  return true;
}

/** The hash of a key's newest secret. */
export async function hashOf(ctx: Context, keyId: string): Promise<string> {
  return (await ctx.db.select({ hash: apiKeys.hash }).from(apiKeys).where(eq(apiKeys.id, keyId)).get())?.hash ?? '';
}

/** Gives a key a new secret. Throws a NOT NULL violation when it was rotated or revoked meanwhile. */
export async function rotateKey(
  ctx: Context,
  key: { id: string; tenantId: string },
  secret: { hash: string; prefix: string },
  rotation: Rotation,
): Promise<void> {
  const { previousHash, ...shown } = rotation;
  await batch(ctx.db, [
    ctx.db
      .update(apiKeys)
      .set({
        ...rotation,
        prefix: secret.prefix,
        rotatedAtMs: ctx.nowMs,
        hash: sql`case when hash = ${previousHash} and revoked_at_ms is null then ${secret.hash} end`,
      })
      .where(eq(apiKeys.id, key.id)),
    auditRow(ctx, {
      action: 'key:rotate',
      tenantId: key.tenantId,
      targetType: 'key',
      targetId: key.id,
      severity: 'warning',
      after: { ...shown, prefix: secret.prefix },
    }),
  ]);
}

/** Ends the secret before the last rotation now; false when there is none that works. */
export async function endPrevious(ctx: Context, key: { id: string; tenantId: string }): Promise<boolean> {
  const running = and(eq(apiKeys.id, key.id), gt(apiKeys.previousUntilMs, ctx.nowMs));
  if ((await ctx.db.select({ one: sql`1` }).from(apiKeys).where(running).get()) === undefined) return false;
  await batch(ctx.db, [
    ctx.db.update(apiKeys).set({ previousUntilMs: ctx.nowMs }).where(running),
    auditRow(ctx, {
      action: 'key:rotate',
      tenantId: key.tenantId,
      targetType: 'key',
      targetId: key.id,
      after: { previousUntilMs: ctx.nowMs },
    }),
  ]);
  return true;
}
