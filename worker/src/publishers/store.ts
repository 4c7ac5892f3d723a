import { and, count, desc, eq, gt, isNull, lt, sql } from 'drizzle-orm';
import { auditRow } from '../audit.ts';
import type { Context } from '../context.ts';
import { batch, type Db } from '../db.ts';
import { ciTokens, trustedPublishers } from '../schema/keys.ts';
import { tenants, users } from '../schema/people.ts';
import { privateSkills } from '../schema/skills.ts';

const DAY_MS = 24 * 3_600_000;

export type PublisherRow = typeof trustedPublishers.$inferSelect;
export type NewPublisher = Pick<
  PublisherRow,
  'id' | 'tenantId' | 'skillName' | 'issuerId' | 'label' | 'claims' | 'workflows' | 'environment'
>;

const firstVersion = sql<number>`exists (select 1 from ${privateSkills} where ${privateSkills.tenantId} = ${trustedPublishers.tenantId} and ${privateSkills.name} = ${trustedPublishers.skillName})`;

/** The publishers of a tenant, newest first; `max` is also how many there may be. */
export async function listPublishers(ctx: Context, tenantId: string, max: number) {
  return await ctx.db
    .select({ publisher: trustedPublishers, createdByName: users.name, published: firstVersion.mapWith(Boolean) })
    .from(trustedPublishers)
    .leftJoin(users, eq(users.id, trustedPublishers.createdBy))
    .where(and(eq(trustedPublishers.tenantId, tenantId), isNull(trustedPublishers.revokedAtMs)))
    .orderBy(desc(trustedPublishers.id))
    .limit(max);
}

export async function countPublishers(ctx: Context, tenantId: string): Promise<number> {
  const row = await ctx.db
    .select({ n: count() })
    .from(trustedPublishers)
    .where(and(eq(trustedPublishers.tenantId, tenantId), isNull(trustedPublishers.revokedAtMs)))
    .get();
  return row?.n ?? 0;
}

export async function createPublisher(ctx: Context, publisher: NewPublisher): Promise<void> {
  await batch(ctx.db, [
    ctx.db.insert(trustedPublishers).values({ ...publisher, createdBy: ctx.caller.id, createdAtMs: ctx.nowMs }),
    auditRow(ctx, {
      action: 'publisher:write',
      tenantId: publisher.tenantId,
      targetType: 'publisher',
      targetId: publisher.id,
      severity: 'warning',
      after: { ...publisher },
    }),
  ]);
}

/** Trusts it no more, and ends the tokens that it has; false when there is none. */
export async function removePublisher(ctx: Context, tenantId: string, id: string): Promise<boolean> {
  const live = and(
    eq(trustedPublishers.id, id),
    eq(trustedPublishers.tenantId, tenantId),
    isNull(trustedPublishers.revokedAtMs),
  );
  if ((await ctx.db.select({ id: trustedPublishers.id }).from(trustedPublishers).where(live).get()) === undefined)
    return false;
  await batch(ctx.db, [
    ctx.db.update(trustedPublishers).set({ revokedAtMs: ctx.nowMs }).where(live),
    auditRow(ctx, {
      action: 'publisher:write',
      tenantId,
      targetType: 'publisher',
      targetId: id,
      severity: 'warning',
      after: { revoked: true },
    }),
  ]);
  return true;
}

/** The publishers of a skill of that name at that issuer, in every tenant or in the named one. */
export async function publishersFor(
  ctx: Context,
  ask: { issuerId: string; skillName: string; tenantId: string | undefined },
): Promise<PublisherRow[]> {
  const rows = await ctx.db
    .select({ publisher: trustedPublishers })
    .from(trustedPublishers)
    .innerJoin(tenants, and(eq(tenants.id, trustedPublishers.tenantId), isNull(tenants.deletedAtMs)))
    .where(
      and(
        eq(trustedPublishers.issuerId, ask.issuerId),
        eq(trustedPublishers.skillName, ask.skillName),
        ask.tenantId === undefined ? undefined : eq(trustedPublishers.tenantId, ask.tenantId),
        isNull(trustedPublishers.revokedAtMs),
      ),
    );
  return rows.map(({ publisher }) => publisher);
}

export interface NewCiToken {
  id: string;
  hash: string;
  /** Unique: the token of a job is exchanged once. */
  proofHash: string;
  expiresAtMs: number;
  /** What the job says of itself, for the audit trail. */
  job: string;
}

/** Keeps a token for one skill. Throws a unique violation of `ci_tokens.proof_hash` for a token that was exchanged. */
export async function addCiToken(ctx: Context, publisher: PublisherRow, token: NewCiToken): Promise<void> {
  const { id, tenantId, skillName, label } = publisher;
  const { job, ...kept } = token;
  const by: Context = { ...ctx, caller: { ...ctx.caller, kind: 'ci', id, name: label } };
  await batch(ctx.db, [
    ctx.db.delete(ciTokens).where(lt(ciTokens.expiresAtMs, ctx.nowMs - DAY_MS)),
    ctx.db.insert(ciTokens).values({ ...kept, publisherId: id, createdAtMs: ctx.nowMs }),
    ctx.db.update(trustedPublishers).set({ lastUsedAtMs: ctx.nowMs }).where(eq(trustedPublishers.id, id)),
    auditRow(by, {
      action: 'publisher:use',
      tenantId,
      targetType: 'publisher',
      targetId: id,
      details: { skillName, job },
    }),
  ]);
}

/** What a live token stands for; undefined when it, its publisher or its tenant ended. */
export async function publisherByToken(db: Db, hash: string, nowMs: number) {
  return await db
    .select({
      id: trustedPublishers.id,
      label: trustedPublishers.label,
      tenantId: trustedPublishers.tenantId,
      skillName: trustedPublishers.skillName,
      expiresAtMs: ciTokens.expiresAtMs,
    })
    .from(ciTokens)
    .innerJoin(
      trustedPublishers,
      and(eq(trustedPublishers.id, ciTokens.publisherId), isNull(trustedPublishers.revokedAtMs)),
    )
    .innerJoin(tenants, and(eq(tenants.id, trustedPublishers.tenantId), isNull(tenants.deletedAtMs)))
    .where(and(eq(ciTokens.hash, hash), gt(ciTokens.expiresAtMs, nowMs)))
    .get();
}
