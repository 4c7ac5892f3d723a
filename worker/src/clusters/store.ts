import { CLUSTERS_PER_HUB } from '@aegis/skill-sdk/limits';
import type { Mode } from '@aegis/skill-sdk/wire/clusters';
import { and, asc, count, eq, gt, isNotNull, isNull, lt, or, sql } from 'drizzle-orm';
import { auditRow } from '../audit.ts';
import { appendChange } from '../changes.ts';
import type { Context } from '../context.ts';
import { batch, type Db, type Statement } from '../db.ts';
import { changes, clusterAcks, clusters, joinTokens, placements } from '../schema/clusters.ts';
import { tenants } from '../schema/people.ts';

export async function enrolledCluster(db: Db, id: string) {
  return await db
    .select({ id: clusters.id, name: clusters.name, publicKey: clusters.publicKey, hub: clusters.hub })
    .from(clusters)
    .where(and(eq(clusters.id, id), isNull(clusters.revokedAtMs), isNotNull(clusters.publicKey)))
    .get();
}

/** What a credential of a cluster is judged by, in one look. */
export async function clusterForToken(db: Db, id: string) {
  const [rows, placed] = await db.batch([
    db
      .select({
        name: clusters.name,
        hub: clusters.hub,
        publicKey: clusters.publicKey,
        keyId: clusters.keyId,
        previousPublicKey: clusters.previousPublicKey,
        previousKeyId: clusters.previousKeyId,
        previousUntilMs: clusters.previousUntilMs,
      })
      .from(clusters)
      .where(and(eq(clusters.id, id), isNull(clusters.revokedAtMs))),
    db.select({ tenantId: placements.tenantId }).from(placements).where(eq(placements.clusterId, id)),
  ]);
  return { cluster: rows[0], tenants: placed };
}

/** The keys of a cluster, for a rotation. */
export async function keysOf(db: Db, id: string) {
  return await db
    .select({ keyId: clusters.keyId, previousKeyId: clusters.previousKeyId, previousUntilMs: clusters.previousUntilMs })
    .from(clusters)
    .where(eq(clusters.id, id))
    .get();
}

/** Puts another key in place; the one before works until then. A not-null violation: somebody else was faster. */
export async function rotateKey(
  ctx: Context,
  clusterId: string,
  key: { publicKey: { kty: 'OKP'; crv: 'Ed25519'; x: string }; keyId: string; replaces: string; untilMs: number },
): Promise<void> {
  const { publicKey, keyId, replaces, untilMs } = key;
  await batch(ctx.db, [
    ctx.db
      .update(clusters)
      .set({
        // Of two rotations of one key the second would write null into a NOT NULL column, and its batch fails.
        hub: sql`case when ${clusters.keyId} = ${replaces} then ${clusters.hub} end`,
        publicKey,
        keyId,
        previousPublicKey: sql`${clusters.publicKey}`,
        previousKeyId: replaces,
        previousUntilMs: untilMs,
      })
      .where(eq(clusters.id, clusterId)),
    auditRow(ctx, {
      action: 'cluster:rotate',
      tenantId: 'platform',
      targetType: 'cluster',
      targetId: clusterId,
      severity: 'warning',
      before: { keyId: replaces },
      after: { keyId, previousUntilMs: untilMs },
    }),
  ]);
}

export async function listClusters(ctx: Context, filter: { clusterId?: string; after: string | null; limit: number }) {
  return await ctx.db
    .select()
    .from(clusters)
    .where(
      and(
        filter.clusterId === undefined ? undefined : eq(clusters.id, filter.clusterId),
        filter.after === null ? undefined : gt(clusters.id, filter.after),
      ),
    )
    .orderBy(asc(clusters.id))
    .limit(filter.limit + 1);
}

/** The tenants of some clusters with what is wanted and what was acknowledged. */
export async function tenantStates(ctx: Context, clusterIds: readonly string[]) {
  const rows = [];
  for (const clusterId of clusterIds) {
    rows.push(
      ...(await ctx.db
        .select({
          clusterId: placements.clusterId,
          tenantId: placements.tenantId,
          tenantName: tenants.name,
          mode: placements.mode,
          wantedRevision: revisionOf(placements.tenantId, placements.clusterId),
          ackedRevision: clusterAcks.revision,
          state: clusterAcks.state,
          error: clusterAcks.error,
          enforcement: clusterAcks.enforcement,
          ackedAtMs: clusterAcks.ackedAtMs,
        })
        .from(placements)
        .innerJoin(tenants, eq(tenants.id, placements.tenantId))
        .leftJoin(
          clusterAcks,
          and(eq(clusterAcks.clusterId, placements.clusterId), eq(clusterAcks.tenantId, placements.tenantId)),
        )
        .where(eq(placements.clusterId, clusterId))
        .orderBy(asc(tenants.name))),
    );
  }
  return rows;
}

/** A tenant's revision in a cluster: the highest change that concerns it there. */
function revisionOf(tenantId: typeof placements.tenantId, clusterId: typeof placements.clusterId) {
  return sql<number>`(select coalesce(max(${changes.seq}), 0) from ${changes} where ${changes.tenantId} = ${tenantId} and (${changes.clusterId} is null or ${changes.clusterId} = ${clusterId}))`.mapWith(
    Number,
  );
}

export interface NewJoinToken {
  id: string;
  tokenHash: string;
  expiresAtMs: number;
}

export async function createCluster(
  ctx: Context,
  cluster: { id: string; name: string; dryRun: boolean },
  token: NewJoinToken,
): Promise<void> {
  const all = await ctx.db.select({ n: count() }).from(clusters).get();
  const hub = Math.floor((all?.n ?? 0) / CLUSTERS_PER_HUB);
  await batch(ctx.db, [
    ctx.db.insert(clusters).values({ ...cluster, hub, createdBy: ctx.caller.id, createdAtMs: ctx.nowMs }),
    ctx.db
      .insert(joinTokens)
      .values({ ...token, clusterId: cluster.id, createdBy: ctx.caller.id, createdAtMs: ctx.nowMs }),
    auditRow(ctx, {
      action: 'cluster:create',
      tenantId: 'platform',
      targetType: 'cluster',
      targetId: cluster.id,
      after: cluster,
    }),
  ]);
}

/** A new join token; unused older ones of the cluster end with it. */
export async function createJoinToken(ctx: Context, clusterId: string, token: NewJoinToken): Promise<void> {
  await batch(ctx.db, [
    ctx.db
      .update(joinTokens)
      .set({ usedAtMs: ctx.nowMs })
      .where(and(eq(joinTokens.clusterId, clusterId), isNull(joinTokens.usedAtMs))),
    ctx.db.insert(joinTokens).values({ ...token, clusterId, createdBy: ctx.caller.id, createdAtMs: ctx.nowMs }),
    auditRow(ctx, {
      action: 'cluster:create',
      tenantId: 'platform',
      targetType: 'cluster',
      targetId: clusterId,
      severity: 'warning',
      details: { joinToken: token.id },
    }),
  ]);
}

export async function openJoinToken(ctx: Context, hash: string) {
  return await ctx.db
    .select({ id: joinTokens.id, clusterId: joinTokens.clusterId, clusterName: clusters.name })
    .from(joinTokens)
    .innerJoin(clusters, and(eq(clusters.id, joinTokens.clusterId), isNull(clusters.revokedAtMs)))
    .where(and(eq(joinTokens.tokenHash, hash), isNull(joinTokens.usedAtMs), gt(joinTokens.expiresAtMs, ctx.nowMs)))
    .get();
}

/** The cluster that joined with this token and this very key: its answer was lost, and it asks again. */
export async function joinedBefore(ctx: Context, hash: string, keyId: string) {
  return await ctx.db
    .select({ clusterId: clusters.id, clusterName: clusters.name })
    .from(joinTokens)
    .innerJoin(
      clusters,
      and(eq(clusters.id, joinTokens.clusterId), isNull(clusters.revokedAtMs), eq(clusters.keyId, keyId)),
    )
    .where(and(eq(joinTokens.tokenHash, hash), isNotNull(joinTokens.usedAtMs), gt(joinTokens.expiresAtMs, ctx.nowMs)))
    .get();
}

export async function enrol(
  ctx: Context,
  token: { id: string; clusterId: string },
  cluster: {
    publicKey: { kty: 'OKP'; crv: 'Ed25519'; x: string };
    keyId: string;
    bootId: string;
    agentVersion: string;
  },
): Promise<void> {
  await batch(ctx.db, [
    // Single use: of two racing joins the second would write null into a NOT NULL column, and its batch fails.
    ctx.db
      .update(joinTokens)
      .set({ tokenHash: sql`case when used_at_ms is null then token_hash end`, usedAtMs: ctx.nowMs })
      .where(eq(joinTokens.id, token.id)),
    ctx.db
      .update(clusters)
      .set({
        ...cluster,
        // Who joins anew may have lost the key before to somebody else: it is over at once.
        previousPublicKey: null,
        previousKeyId: null,
        previousUntilMs: null,
        enrolledAtMs: ctx.nowMs,
        lastSeenAtMs: ctx.nowMs,
      })
      .where(eq(clusters.id, token.clusterId)),
    auditRow(ctx, {
      action: 'cluster:enrol',
      tenantId: 'platform',
      targetType: 'cluster',
      targetId: token.clusterId,
      severity: 'warning',
      after: { keyId: cluster.keyId, agentVersion: cluster.agentVersion },
    }),
    appendChange(ctx, { tenantId: null, clusterId: token.clusterId, kind: 'cluster', subjectId: token.clusterId }),
  ]);
}

/** Whether a cluster is given packages that nobody approved yet, to run them in its sandbox. */
export async function markDryRun(ctx: Context, clusterId: string, dryRun: boolean): Promise<void> {
  await batch(ctx.db, [
    ctx.db.update(clusters).set({ dryRun }).where(eq(clusters.id, clusterId)),
    auditRow(ctx, {
      action: 'cluster:update',
      tenantId: 'platform',
      targetType: 'cluster',
      targetId: clusterId,
      severity: 'warning',
      before: { dryRun: !dryRun },
      after: { dryRun },
    }),
  ]);
}

export async function revokeCluster(ctx: Context, clusterId: string): Promise<boolean> {
  const live = and(eq(clusters.id, clusterId), isNull(clusters.revokedAtMs));
  if ((await ctx.db.select({ one: sql`1` }).from(clusters).where(live).get()) === undefined) return false;
  await batch(ctx.db, [
    ctx.db.update(clusters).set({ revokedAtMs: ctx.nowMs }).where(live),
    auditRow(ctx, {
      action: 'cluster:revoke',
      tenantId: 'platform',
      targetType: 'cluster',
      targetId: clusterId,
      severity: 'critical',
    }),
    appendChange(ctx, { tenantId: null, clusterId, kind: 'cluster', subjectId: clusterId }),
  ]);
  return true;
}

/** True when there is such a tenant. */
export async function tenantExists(ctx: Context, tenantId: string): Promise<boolean> {
  return (
    (await ctx.db
      .select({ one: sql`1` })
      .from(tenants)
      .where(and(eq(tenants.id, tenantId), isNull(tenants.deletedAtMs)))
      .get()) !== undefined
  );
}

export async function place(ctx: Context, at: { tenantId: string; clusterId: string }, mode: Mode): Promise<void> {
  const before = await ctx.db
    .select({ mode: placements.mode })
    .from(placements)
    .where(and(eq(placements.tenantId, at.tenantId), eq(placements.clusterId, at.clusterId)))
    .get();
  if (before?.mode === mode) return;
  await batch(ctx.db, [
    ctx.db
      .insert(placements)
      .values({ ...at, mode, createdAtMs: ctx.nowMs })
      .onConflictDoUpdate({ target: [placements.tenantId, placements.clusterId], set: { mode } }),
    auditRow(ctx, {
      action: 'cluster:place',
      tenantId: at.tenantId,
      targetType: 'cluster',
      targetId: at.clusterId,
      severity: 'warning',
      before: { mode: before?.mode ?? null },
      after: { mode },
    }),
    appendChange(ctx, { ...at, kind: 'placement', subjectId: at.clusterId }),
  ]);
}

export async function unplace(ctx: Context, at: { tenantId: string; clusterId: string }): Promise<boolean> {
  const here = and(eq(placements.tenantId, at.tenantId), eq(placements.clusterId, at.clusterId));
  const before = await ctx.db.select({ mode: placements.mode }).from(placements).where(here).get();
  if (before === undefined) return false;
  await batch(ctx.db, [
    ctx.db.delete(placements).where(here),
    auditRow(ctx, {
      action: 'cluster:place',
      tenantId: at.tenantId,
      targetType: 'cluster',
      targetId: at.clusterId,
      severity: 'warning',
      before,
      after: { mode: null },
    }),
    appendChange(ctx, { ...at, kind: 'placement', subjectId: at.clusterId }),
  ]);
  return true;
}

/** A poll every 20 s must not be a write every 20 s. */
const SEEN_EVERY_MS = 30_000;

/** Notes that the cluster was heard of, at most every 30 s. */
export async function touch(ctx: Context, clusterId: string): Promise<void> {
  const stale = or(isNull(clusters.lastSeenAtMs), lt(clusters.lastSeenAtMs, ctx.nowMs - SEEN_EVERY_MS));
  await ctx.db
    .update(clusters)
    .set({ lastSeenAtMs: ctx.nowMs })
    .where(and(eq(clusters.id, clusterId), stale));
}

/** The statement that notes what a cluster says of itself. */
export function seen(
  ctx: Context,
  clusterId: string,
  fields: { agentVersion: string; target: 'manifests' | 'kubernetes'; bootId: string },
): Statement {
  return ctx.db
    .update(clusters)
    .set({ ...fields, lastSeenAtMs: ctx.nowMs })
    .where(eq(clusters.id, clusterId));
}
