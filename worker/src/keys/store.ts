import { and, desc, eq, isNull, lt, sql } from 'drizzle-orm';
import { auditRow } from '../audit.ts';
import type { Context } from '../context.ts';
import { batch, type Db } from '../db.ts';
import { apiKeys, members, tenants, users } from '../schema/people.ts';

export async function findByHash(db: Db, hash: string) {
  return await db
    .select({
      id: apiKeys.id,
      name: apiKeys.name,
      tenantId: apiKeys.tenantId,
      personId: apiKeys.personId,
      scopes: apiKeys.scopes,
      expiresAtMs: apiKeys.expiresAtMs,
      revokedAtMs: apiKeys.revokedAtMs,
      lastUsedAtMs: apiKeys.lastUsedAtMs,
      personRole: members.role,
      tenantDeletedAtMs: tenants.deletedAtMs,
    })
    .from(apiKeys)
    .innerJoin(tenants, eq(tenants.id, apiKeys.tenantId))
    .leftJoin(members, and(eq(members.tenantId, apiKeys.tenantId), eq(members.userId, apiKeys.personId)))
    .where(eq(apiKeys.hash, hash))
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
  const { hash: _, ...shown } = key;
  await batch(ctx.db, [
    ctx.db.insert(apiKeys).values({ ...key, createdBy: ctx.caller.id, createdAtMs: ctx.nowMs }),
    auditRow(ctx, { action: 'key:create', tenantId: key.tenantId, targetType: 'key', targetId: key.id, after: shown }),
  ]);
}

/** Keys of a tenant, newest first; `personId` narrows to that person's own. */
export async function listKeys(
  ctx: Context,
  filter: { tenantId: string; personId: string | null; after: string | null; limit: number },
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
    })
    .from(apiKeys)
    .leftJoin(users, eq(users.id, apiKeys.createdBy))
    .where(
      and(
        eq(apiKeys.tenantId, filter.tenantId),
        filter.personId === null ? undefined : eq(apiKeys.personId, filter.personId),
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
