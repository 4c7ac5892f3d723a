import { and, eq, gt, inArray, isNull, lt, or, sql } from 'drizzle-orm';
import { auditRow } from '../../audit.ts';
import type { Caller } from '../../auth.ts';
import type { Context } from '../../context.ts';
import { batch } from '../../db.ts';
import { deviceCodes } from '../../schema/keys.ts';
import { members, tenants, users } from '../../schema/people.ts';
import { keyRows, type NewKey } from '../store.ts';

const DAY_MS = 24 * 3_600_000;

export type DeviceRow = typeof deviceCodes.$inferSelect;
export type NewDeviceCode = Pick<
  DeviceRow,
  'id' | 'deviceHash' | 'userHash' | 'deviceName' | 'scopes' | 'country' | 'expiresAtMs' | 'intervalSeconds'
>;

export type Decision = { state: 'approved'; tenantId: string; scopes: string[]; days: number } | { state: 'denied' };

/** Keeps a new code; those that ended a day ago go. Nobody is known yet, so there is nothing to audit. */
export async function createCode(ctx: Context, code: NewDeviceCode): Promise<void> {
  const { ipAddress, userAgent, nowMs } = ctx;
  await batch(ctx.db, [
    ctx.db.delete(deviceCodes).where(lt(deviceCodes.expiresAtMs, nowMs - DAY_MS)),
    ctx.db.insert(deviceCodes).values({ ...code, ipAddress, userAgent, createdAtMs: nowMs }),
  ]);
}

export async function byDevice(ctx: Context, deviceHash: string): Promise<DeviceRow | undefined> {
  return await ctx.db.select().from(deviceCodes).where(eq(deviceCodes.deviceHash, deviceHash)).get();
}

/** Notes a poll. */
export async function notePoll(ctx: Context, id: string, intervalSeconds: number): Promise<void> {
  await ctx.db.update(deviceCodes).set({ lastPolledAtMs: ctx.nowMs, intervalSeconds }).where(eq(deviceCodes.id, id));
}

/** Keeps an open request for the person who typed its code first; undefined for everybody else. */
export async function claim(ctx: Context, userHash: string): Promise<DeviceRow | undefined> {
  const me = ctx.caller.id;
  return await ctx.db
    .update(deviceCodes)
    .set({ claimedBy: me })
    .where(
      and(
        eq(deviceCodes.userHash, userHash),
        eq(deviceCodes.state, 'pending'),
        gt(deviceCodes.expiresAtMs, ctx.nowMs),
        or(isNull(deviceCodes.claimedBy), eq(deviceCodes.claimedBy, me)),
      ),
    )
    .returning()
    .get();
}

/** A request that this person has claimed, whatever became of it. */
export async function claimedByMe(ctx: Context, userHash: string): Promise<DeviceRow | undefined> {
  return await ctx.db
    .select()
    .from(deviceCodes)
    .where(and(eq(deviceCodes.userHash, userHash), eq(deviceCodes.claimedBy, ctx.caller.id)))
    .get();
}

/** Records the decision. Throws a NOT NULL violation when it was decided, has ended, or is another person's. */
export async function decide(ctx: Context, row: DeviceRow, decision: Decision): Promise<void> {
  const { state, ...grant } = decision;
  const open = sql`state = 'pending' and claimed_by = ${ctx.caller.id} and expires_at_ms > ${ctx.nowMs}`;
  await batch(ctx.db, [
    ctx.db
      .update(deviceCodes)
      .set({ ...grant, state: sql`case when ${open} then ${state} end`, decidedAtMs: ctx.nowMs })
      .where(eq(deviceCodes.id, row.id)),
    auditRow(ctx, {
      action: 'device:decide',
      tenantId: 'tenantId' in decision ? decision.tenantId : 'platform',
      targetType: 'device',
      targetId: row.id,
      severity: 'warning',
      outcome: state === 'approved' ? 'success' : 'denied',
      after: { ...grant, deviceName: row.deviceName, ipAddress: row.ipAddress },
    }),
  ]);
}

/** The person who approved, as they are now; undefined when they are no longer in that tenant. */
export async function approverOf(ctx: Context, row: DeviceRow): Promise<Caller | undefined> {
  const { claimedBy, tenantId } = row;
  if (claimedBy === null || tenantId === null) return undefined;
  const found = await ctx.db
    .select({ id: users.id, name: users.name })
    .from(users)
    .innerJoin(members, and(eq(members.userId, users.id), eq(members.tenantId, tenantId)))
    .innerJoin(tenants, and(eq(tenants.id, tenantId), isNull(tenants.deletedAtMs)))
    .where(eq(users.id, claimedBy))
    .get();
  if (found === undefined) return undefined;
  const { id, name } = found;
  return {
    kind: 'user',
    id,
    name,
    personId: id,
    tenantId: null,
    tenants: new Map(),
    platformRole: null,
    scopes: null,
  };
}

/** Turns an approved code into its key, once. Throws a NOT NULL violation for the second of two. */
export async function redeem(ctx: Context, row: DeviceRow, key: NewKey): Promise<void> {
  await batch(ctx.db, [
    ctx.db
      .update(deviceCodes)
      .set({ state: sql`case when state = 'approved' then 'redeemed' end`, apiKeyId: key.id })
      .where(eq(deviceCodes.id, row.id)),
    ...keyRows(ctx, key, { device: row.id }),
  ]);
}

/** A person in more tenants chooses among these; D1 takes 100 parameters. */
const NAMES_MAX = 90;

/** The names of tenants, by id. */
export async function tenantNames(ctx: Context, tenantIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await ctx.db
    .select({ id: tenants.id, name: tenants.name })
    .from(tenants)
    .where(inArray(tenants.id, tenantIds.slice(0, NAMES_MAX)));
  return new Map(rows.map(({ id, name }) => [id, name]));
}
