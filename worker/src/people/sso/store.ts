import { and, asc, count, eq, isNotNull, isNull } from 'drizzle-orm';
import { auditRow } from '../../audit.ts';
import type { Context } from '../../context.ts';
import { batch, type Statement } from '../../db.ts';
import { accounts, members, passkeys, ssoConnections, ssoDomains, tenants, totpSecrets } from '../../schema/people.ts';

export type Connection = typeof ssoConnections.$inferSelect;
export type Domain = typeof ssoDomains.$inferSelect;

/** The provider id of accounts that a tenant's provider vouches for. */
export const providerOf = (tenantId: string) => `sso ${tenantId}`;

export async function connectionOf(ctx: Context, tenantId: string): Promise<Connection | undefined> {
  const row = await ctx.db
    .select({ connection: ssoConnections })
    .from(ssoConnections)
    .innerJoin(tenants, and(eq(tenants.id, ssoConnections.tenantId), isNull(tenants.deletedAtMs)))
    .where(eq(ssoConnections.tenantId, tenantId))
    .get();
  return row?.connection;
}

/** The connection of the tenant that has proved a domain; undefined when there is none. */
export async function connectionByDomain(ctx: Context, domain: string): Promise<Connection | undefined> {
  const row = await ctx.db
    .select({ connection: ssoConnections })
    .from(ssoDomains)
    .innerJoin(ssoConnections, eq(ssoConnections.tenantId, ssoDomains.tenantId))
    .innerJoin(tenants, and(eq(tenants.id, ssoDomains.tenantId), isNull(tenants.deletedAtMs)))
    .where(and(eq(ssoDomains.domain, domain), isNotNull(ssoDomains.verifiedAtMs)))
    .get();
  return row?.connection;
}

/** Sets the connection of a tenant; the secret is in no audit row. */
export async function saveConnection(ctx: Context, connection: Connection, before: Connection | undefined) {
  const { tenantId, ...rest } = connection;
  await batch(ctx.db, [
    ctx.db.insert(ssoConnections).values(connection).onConflictDoUpdate({ target: ssoConnections.tenantId, set: rest }),
    changeRow(ctx, tenantId, {
      targetType: 'sso',
      targetId: tenantId,
      before: before === undefined ? {} : shownOf(before),
      after: { ...shownOf(connection), secretChanged: connection.sealedSecret !== (before?.sealedSecret ?? null) },
    }),
  ]);
}

export async function removeConnection(ctx: Context, connection: Connection): Promise<void> {
  const { tenantId } = connection;
  await batch(ctx.db, [
    ctx.db.delete(ssoConnections).where(eq(ssoConnections.tenantId, tenantId)),
    changeRow(ctx, tenantId, {
      targetType: 'sso',
      targetId: tenantId,
      before: shownOf(connection),
      after: { removed: true },
    }),
  ]);
}

function shownOf({ sealedSecret, tenantId: _, updatedAtMs: __, ...shown }: Connection): Record<string, unknown> {
  return { ...shown, confidential: sealedSecret !== null };
}

export async function domainsOf(ctx: Context, tenantId: string): Promise<Domain[]> {
  return await ctx.db
    .select()
    .from(ssoDomains)
    .where(eq(ssoDomains.tenantId, tenantId))
    .orderBy(asc(ssoDomains.domain));
}

/** Throws a unique violation of `sso_domains.` when the tenant has claimed it already. */
export async function addDomain(ctx: Context, domain: Domain): Promise<void> {
  await batch(ctx.db, [
    ctx.db.insert(ssoDomains).values(domain),
    changeRow(ctx, domain.tenantId, {
      targetType: 'sso_domain',
      targetId: domain.id,
      after: { domain: domain.domain },
    }),
  ]);
}

/** Throws a unique violation of `sso_domains.` when another tenant has proved it before. */
export async function verifyDomain(ctx: Context, domain: Domain, by: 'dns' | 'admin'): Promise<void> {
  await batch(ctx.db, [
    ctx.db
      .update(ssoDomains)
      .set({ verifiedAtMs: ctx.nowMs, verifiedBy: by })
      .where(and(eq(ssoDomains.id, domain.id), eq(ssoDomains.tenantId, domain.tenantId))),
    auditRow(ctx, {
      action: by === 'dns' ? 'sso:write' : 'sso:confirm',
      tenantId: domain.tenantId,
      targetType: 'sso_domain',
      targetId: domain.id,
      severity: 'warning',
      after: { domain: domain.domain, verifiedBy: by },
    }),
  ]);
}

export async function removeDomain(ctx: Context, domain: Domain): Promise<void> {
  await batch(ctx.db, [
    ctx.db.delete(ssoDomains).where(and(eq(ssoDomains.id, domain.id), eq(ssoDomains.tenantId, domain.tenantId))),
    changeRow(ctx, domain.tenantId, {
      targetType: 'sso_domain',
      targetId: domain.id,
      before: { domain: domain.domain },
      after: { removed: true },
    }),
  ]);
}

/** True when somebody has an account through the tenant's provider: it works, then. */
export async function hasSignIn(ctx: Context, tenantId: string, issuer: string): Promise<boolean> {
  const rows = await ctx.db
    .select({ accountId: accounts.accountId })
    .from(accounts)
    .where(eq(accounts.providerId, providerOf(tenantId)));
  return rows.some(({ accountId }) => accountId.startsWith(`${issuer} `));
}

/** True when an owner of the tenant has a second factor, and so a way in when the provider is down. */
export async function hasBreakGlass(ctx: Context, tenantId: string): Promise<boolean> {
  const owners = and(eq(members.tenantId, tenantId), eq(members.role, 'owner'));
  const [apps, keys] = await ctx.db.batch([
    ctx.db
      .select({ n: count() })
      .from(members)
      .innerJoin(totpSecrets, eq(totpSecrets.userId, members.userId))
      .where(and(owners, isNotNull(totpSecrets.confirmedAtMs))),
    ctx.db.select({ n: count() }).from(members).innerJoin(passkeys, eq(passkeys.userId, members.userId)).where(owners),
  ]);
  return (apps[0]?.n ?? 0) + (keys[0]?.n ?? 0) > 0;
}

/** The rows about a sign-in with own credentials of somebody whose tenants want their provider. */
export async function gateRows(ctx: Context, userId: string): Promise<Statement[]> {
  const gated = await ctx.db
    .select({ tenantId: members.tenantId, role: members.role })
    .from(members)
    .innerJoin(ssoConnections, eq(ssoConnections.tenantId, members.tenantId))
    .where(and(eq(members.userId, userId), eq(ssoConnections.required, true)));
  return gated.map(({ tenantId, role }) =>
    auditRow(ctx, {
      action: 'session:create',
      tenantId,
      targetType: 'user',
      targetId: userId,
      details: { way: 'own credentials, where single sign-on is required', breakGlass: role === 'owner' },
      severity: role === 'owner' ? 'critical' : 'warning',
      outcome: role === 'owner' ? 'success' : 'denied',
    }),
  );
}

/** A sign-in through a provider: begun, done, or what it failed for. */
export async function recordArrival(
  ctx: Context,
  entry: { tenantId: string; target: string; outcome: 'intent' | 'success' | 'failure' | 'denied' },
  details: Record<string, unknown>,
  alongside: readonly Statement[] = [],
): Promise<void> {
  const { tenantId, target, outcome } = entry;
  await batch(ctx.db, [
    ...alongside,
    auditRow(ctx, {
      action: 'session:create',
      tenantId,
      targetType: 'session',
      targetId: target,
      details: { way: 'single sign-on', ...details },
      outcome,
      severity: outcome === 'failure' || outcome === 'denied' ? 'warning' : 'info',
    }),
  ]);
}

function changeRow(
  ctx: Context,
  tenantId: string,
  entry: {
    targetType: string;
    targetId: string;
    before?: Record<string, unknown>;
    after: Record<string, unknown>;
  },
): Statement {
  return auditRow(ctx, { action: 'sso:write', tenantId, severity: 'warning', ...entry });
}
