import { PAGE_ROWS_MAX, TENANT_BYTES_MAX, TENANT_VERSIONS_MAX } from '@aegis/skill-sdk/limits';
import { and, asc, eq, gt, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { auditRow } from '../audit.ts';
import type { Context } from '../context.ts';
import { batch, type Db, type Statement } from '../db.ts';
import { clusters, placements } from '../schema/clusters.ts';
import { accounts, members, ssoConnections, tenants, users } from '../schema/people.ts';
import { agents, privateSkills, registryMeta } from '../schema/skills.ts';
import { endSessions } from './account/session-store.ts';
import { invitationRows, type NewInvitation, takeInvitation } from './invitation-store.ts';

/** The person's memberships, each with what its single sign-on demands. */
export async function rolesOf(db: Db, userId: string) {
  const rows = await db
    .select({
      tenantId: members.tenantId,
      role: members.role,
      name: tenants.name,
      required: ssoConnections.required,
      mfaRequired: ssoConnections.mfaRequired,
    })
    .from(members)
    .innerJoin(tenants, eq(tenants.id, members.tenantId))
    .leftJoin(ssoConnections, eq(ssoConnections.tenantId, members.tenantId))
    .where(and(eq(members.userId, userId), isNull(tenants.deletedAtMs)))
    .orderBy(asc(tenants.slug));
  return rows.map(({ required, mfaRequired, ...row }) => ({
    ...row,
    sso: required === null || mfaRequired === null ? null : { required, mfaRequired },
  }));
}

export async function tenantsById(db: Db, ids: string[]) {
  return await db
    .select({ id: tenants.id, slug: tenants.slug, name: tenants.name })
    .from(tenants)
    .where(inArray(tenants.id, ids));
}

export async function hasPlatformAdmin(db: Db): Promise<boolean> {
  return (
    (await db.select({ id: users.id }).from(users).where(eq(users.platformRole, 'admin')).limit(1).get()) !== undefined
  );
}

export interface NewPerson {
  email: string;
  name: string;
  passwordHash: string;
  platformRole: string | null;
}

/** The rows of a new person. The unique index on the e-mail refuses a second one. */
function personRows(ctx: Context, id: string, person: NewPerson): Statement[] {
  const at = new Date(ctx.nowMs);
  return [
    ctx.db.insert(users).values({
      id,
      name: person.name,
      email: person.email,
      emailVerified: true,
      platformRole: person.platformRole,
      createdAt: at,
      updatedAt: at,
    }),
    ctx.db.insert(accounts).values({
      id: ctx.newId('account'),
      accountId: id,
      providerId: 'credential',
      userId: id,
      password: person.passwordHash,
      createdAt: at,
      updatedAt: at,
    }),
  ];
}

/** Makes the first platform admin; of two racing set-ups the unique key lets one win. */
export async function createFirstAdmin(ctx: Context, person: NewPerson): Promise<string> {
  const id = ctx.newId('user');
  await batch(ctx.db, [
    ...personRows(ctx, id, person),
    ctx.db.insert(registryMeta).values({ key: 'set_up_by', value: id }),
    auditRow(ctx, {
      action: 'platform:setup',
      tenantId: 'platform',
      targetType: 'user',
      targetId: id,
      severity: 'warning',
      after: { email: person.email },
    }),
  ]);
  return id;
}

/** The tenant and the invitation of its owner, together or not at all. */
export async function createTenant(
  ctx: Context,
  tenant: { slug: string; name: string },
  owner: Omit<NewInvitation, 'tenantId'>,
  alongside: readonly Statement[],
): Promise<string> {
  const id = ctx.newId('tenant');
  await batch(ctx.db, [
    ctx.db
      .insert(tenants)
      .values({ id, ...tenant, versionsMax: TENANT_VERSIONS_MAX, bytesMax: TENANT_BYTES_MAX, createdAtMs: ctx.nowMs }),
    auditRow(ctx, { action: 'tenant:create', tenantId: id, targetType: 'tenant', targetId: id, after: tenant }),
    ...invitationRows(ctx, ctx.newId('invitation'), { ...owner, tenantId: id }),
    ...alongside,
  ]);
  return id;
}

export async function userByEmail(db: Db, email: string) {
  const row = await db
    .select({ id: users.id, name: users.name, platformRole: users.platformRole, password: accounts.password })
    .from(users)
    .innerJoin(accounts, and(eq(accounts.userId, users.id), eq(accounts.providerId, 'credential')))
    .where(eq(users.email, email))
    .get();
  return row === undefined || row.password === null ? null : { ...row, password: row.password };
}

/** The person whom a provider knows by that account; undefined when there is none. */
export async function personByAccount(ctx: Context, account: ProvidedAccount) {
  return await ctx.db
    .select({ id: users.id, name: users.name, email: users.email })
    .from(accounts)
    .innerJoin(users, eq(users.id, accounts.userId))
    .where(and(eq(accounts.providerId, account.providerId), eq(accounts.accountId, account.accountId)))
    .get();
}

export async function idByEmail(ctx: Context, email: string): Promise<string | undefined> {
  return (await ctx.db.select({ id: users.id }).from(users).where(eq(users.email, email)).get())?.id;
}

/** Somebody as a provider knows them; both together are unique. */
export interface ProvidedAccount {
  providerId: string;
  accountId: string;
}

/** Makes a person who has no password and comes through the provider of their tenant, with a role there. */
export async function addProvidedPerson(
  ctx: Context,
  person: { email: string; name: string; account: ProvidedAccount },
  membership: { tenantId: string; role: string },
): Promise<string> {
  const userId = ctx.newId('user');
  const at = new Date(ctx.nowMs);
  const { email, name, account } = person;
  await batch(ctx.db, [
    ctx.db.insert(users).values({ id: userId, name, email, emailVerified: true, createdAt: at, updatedAt: at }),
    ctx.db.insert(accounts).values({ id: ctx.newId('account'), ...account, userId, createdAt: at, updatedAt: at }),
    ...provisionRows(ctx, { ...membership, userId, email }),
  ]);
  return userId;
}

/** Gives a person whom the provider knows their place in its tenant. */
export async function addProvidedMember(ctx: Context, member: NewMember): Promise<void> {
  await batch(ctx.db, provisionRows(ctx, member));
}

interface NewMember {
  tenantId: string;
  userId: string;
  role: string;
  email: string;
}

function provisionRows(ctx: Context, { tenantId, userId, role, email }: NewMember): Statement[] {
  return [
    ctx.db.insert(members).values({ id: ctx.newId('member'), tenantId, userId, role, createdAtMs: ctx.nowMs }),
    auditRow(ctx, {
      action: 'member:provision',
      tenantId,
      targetType: 'user',
      targetId: userId,
      severity: 'warning',
      after: { email, role },
    }),
  ];
}

/** Connects an account with its person. Throws a unique violation of `accounts.` when it has one. */
export async function linkAccount(ctx: Context, userId: string, tenantId: string, account: ProvidedAccount) {
  const at = new Date(ctx.nowMs);
  await batch(ctx.db, [
    ctx.db.insert(accounts).values({ id: ctx.newId('account'), ...account, userId, createdAt: at, updatedAt: at }),
    auditRow(ctx, { action: 'sso:link', tenantId, targetType: 'user', targetId: userId, severity: 'warning' }),
  ]);
}

/** Gives the person another password; whoever else is signed in as them is signed out. */
export async function changePassword(
  ctx: Context,
  person: { userId: string; sessionId: string },
  passwordHash: string,
): Promise<void> {
  const { userId, sessionId } = person;
  const own = and(eq(accounts.userId, userId), eq(accounts.providerId, 'credential'));
  await batch(ctx.db, [
    ctx.db.update(accounts).set({ password: passwordHash }).where(own),
    endSessions(ctx, userId, sessionId),
    auditRow(ctx, {
      action: 'password:change',
      tenantId: 'platform',
      targetType: 'user',
      targetId: userId,
      severity: 'warning',
    }),
  ]);
}

/**
 * Accepts an invitation: makes the person if there is none, gives the role, marks the invitation, in one batch.
 */
export async function acceptInvitation(
  ctx: Context,
  invitation: { id: string; tenantId: string | null; role: string; email: string },
  person: { id: string } | NewPerson,
): Promise<string> {
  const isNew = !('id' in person);
  const userId = isNew ? ctx.newId('user') : person.id;
  const statements: Statement[] = [takeInvitation(ctx, invitation.id)];
  if (isNew)
    statements.push(
      ...personRows(ctx, userId, { ...person, platformRole: invitation.tenantId === null ? invitation.role : null }),
    );
  else if (invitation.tenantId === null)
    statements.push(ctx.db.update(users).set({ platformRole: invitation.role }).where(eq(users.id, userId)));
  if (invitation.tenantId !== null) {
    statements.push(
      ctx.db.insert(members).values({
        id: ctx.newId('member'),
        tenantId: invitation.tenantId,
        userId,
        role: invitation.role,
        createdAtMs: ctx.nowMs,
      }),
    );
  }
  statements.push(
    auditRow(ctx, {
      action: 'invitation:accept',
      tenantId: invitation.tenantId ?? 'platform',
      targetType: 'user',
      targetId: userId,
      after: { email: invitation.email, role: invitation.role },
    }),
  );
  await batch(ctx.db, statements);
  return userId;
}

export async function listMembers(ctx: Context, tenantId: string, after: string | null, limit: number) {
  return await ctx.db
    .select({
      id: members.id,
      userId: users.id,
      name: users.name,
      email: users.email,
      role: members.role,
      createdAtMs: members.createdAtMs,
    })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.tenantId, tenantId), after === null ? undefined : gt(members.id, after)))
    .orderBy(asc(members.id))
    .limit(limit + 1);
}

/** The member's role, or undefined. */
export async function roleOf(ctx: Context, tenantId: string, userId: string): Promise<string | undefined> {
  const row = await ctx.db
    .select({ role: members.role })
    .from(members)
    .where(and(eq(members.tenantId, tenantId), eq(members.userId, userId)))
    .get();
  return row?.role;
}

/** Ends the membership and every session of the person. A not-null violation: it was the last owner. */
export async function removeMember(ctx: Context, tenantId: string, userId: string, role: string): Promise<void> {
  await batch(ctx.db, [
    ctx.db.delete(members).where(and(eq(members.tenantId, tenantId), eq(members.userId, userId))),
    keepAnOwner(ctx, tenantId),
    endSessions(ctx, userId, null),
    auditRow(ctx, {
      action: 'member:remove',
      tenantId,
      targetType: 'user',
      targetId: userId,
      severity: 'warning',
      before: { role },
    }),
  ]);
}

/** Gives the member another role. A not-null violation: it was the last owner. */
export async function changeRole(
  ctx: Context,
  member: { tenantId: string; userId: string },
  roles: { before: string; after: string },
): Promise<void> {
  const { tenantId, userId } = member;
  await batch(ctx.db, [
    ctx.db
      .update(members)
      .set({ role: roles.after })
      .where(and(eq(members.tenantId, tenantId), eq(members.userId, userId))),
    keepAnOwner(ctx, tenantId),
    auditRow(ctx, {
      action: 'member:update',
      tenantId,
      targetType: 'user',
      targetId: userId,
      severity: 'warning',
      before: { role: roles.before },
      after: { role: roles.after },
    }),
  ]);
}

/** The statement that fails its batch when nobody owns the tenant any more: of two owners who go at once, one stays. */
function keepAnOwner(ctx: Context, tenantId: string): Statement {
  const owned = sql`exists (select 1 from ${members} where ${members.tenantId} = ${tenantId} and ${members.role} = 'owner')`;
  return ctx.db
    .update(tenants)
    .set({ name: sql`case when ${owned} then ${tenants.name} end` })
    .where(eq(tenants.id, tenantId));
}

/** Tenants with what they use, one page by slug; `only` narrows to some. */
export async function listTenants(ctx: Context, options: { only?: string[]; after: string | null; limit: number }) {
  const part = (inner: ReturnType<typeof sql>) => sql<number>`(${inner})`.mapWith(Number);
  return await ctx.db
    .select({
      id: tenants.id,
      slug: tenants.slug,
      name: tenants.name,
      dryRun: tenants.dryRun,
      versionsMax: tenants.versionsMax,
      bytesMax: tenants.bytesMax,
      createdAtMs: tenants.createdAtMs,
      members: part(sql`select count(*) from ${members} where ${members.tenantId} = ${tenants.id}`),
      agents: part(
        sql`select count(*) from ${agents} where ${agents.tenantId} = ${tenants.id} and ${agents.removedAtMs} is null`,
      ),
      clusters: part(sql`select count(*) from ${placements} where ${placements.tenantId} = ${tenants.id}`),
      skills: part(
        sql`select count(distinct ${privateSkills.name}) from ${privateSkills} where ${privateSkills.tenantId} = ${tenants.id} and ${privateSkills.deletedAtMs} is null`,
      ),
      versions: part(sql`select count(*) from ${privateSkills} where ${privateSkills.tenantId} = ${tenants.id}`),
      bytes: part(
        sql`select coalesce(sum(${privateSkills.packageSize}), 0) from ${privateSkills} where ${privateSkills.tenantId} = ${tenants.id} and ${privateSkills.deletedAtMs} is null`,
      ),
    })
    .from(tenants)
    .where(
      and(
        isNull(tenants.deletedAtMs),
        options.only === undefined ? undefined : inArray(tenants.id, options.only),
        options.after === null ? undefined : gt(tenants.slug, options.after),
        isNotNull(tenants.slug),
      ),
    )
    .orderBy(asc(tenants.slug))
    .limit(options.limit + 1);
}

/** Whether an approval of the tenant's versions needs a dry-run. */
export async function setDryRun(ctx: Context, tenantId: string, policy: { before: string; after: string }) {
  await batch(ctx.db, [
    ctx.db.update(tenants).set({ dryRun: policy.after }).where(eq(tenants.id, tenantId)),
    auditRow(ctx, {
      action: 'tenant:update',
      tenantId,
      targetType: 'tenant',
      targetId: tenantId,
      severity: 'warning',
      before: { dryRun: policy.before },
      after: { dryRun: policy.after },
    }),
  ]);
}

/** The clusters in which a tenant is placed, by name; revoked ones are left out. */
export async function placementsOf(ctx: Context, tenantId: string) {
  return await ctx.db
    .select({ clusterId: clusters.id, clusterName: clusters.name, mode: placements.mode })
    .from(placements)
    .innerJoin(clusters, eq(clusters.id, placements.clusterId))
    .where(and(eq(placements.tenantId, tenantId), isNull(clusters.revokedAtMs)))
    .orderBy(asc(clusters.name))
    .limit(PAGE_ROWS_MAX);
}

/** The row that tells of a sign-in or sign-out; better-auth's own writes cannot share its batch. */
export async function recordSession(
  ctx: Context,
  entry: { action: 'session:create' | 'session:end'; target: string; outcome: 'intent' | 'success' | 'failure' },
  alongside: readonly Statement[] = [],
): Promise<void> {
  await batch(ctx.db, [
    ...alongside,
    auditRow(ctx, {
      action: entry.action,
      tenantId: 'platform',
      targetType: 'session',
      targetId: entry.target,
      outcome: entry.outcome,
      severity: entry.outcome === 'failure' ? 'warning' : 'info',
    }),
  ]);
}
