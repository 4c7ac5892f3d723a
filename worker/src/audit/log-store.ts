import { AUDIT_TILE_LEAVES } from '@aegis/skill-sdk/limits';
import { and, asc, count, eq, gte, lt, sql } from 'drizzle-orm';
import { batch, type Db } from '../db.ts';
import { auditCheckpoints, auditEvents, auditLeaves, auditTiles, auditWaiting } from '../schema/audit.ts';

/** A leaf at its place. */
export interface Leaf {
  seq: number;
  eventId: string;
  leaf: string;
}

/** Logs that have events without a place, the ones that wait longest first. */
export async function waitingLogs(db: Db, limit: number): Promise<string[]> {
  const rows = await db
    .select({ tenantId: auditWaiting.tenantId })
    .from(auditWaiting)
    .groupBy(auditWaiting.tenantId)
    .orderBy(asc(sql`min(${auditWaiting.position})`))
    .limit(limit);
  return rows.map(({ tenantId }) => tenantId);
}

/** The next events of a log that have no place yet, in the order of their commits. */
export async function waitingEvents(db: Db, tenantId: string, limit: number) {
  const rows = await db
    .select({ event: auditEvents })
    .from(auditWaiting)
    .innerJoin(auditEvents, eq(auditEvents.id, auditWaiting.eventId))
    .where(eq(auditWaiting.tenantId, tenantId))
    .orderBy(asc(auditWaiting.position))
    .limit(limit);
  return rows.map(({ event }) => event);
}

/** Gives events their places, all of them or none. Throws when a place or an event is taken by other ones. */
export async function placeLeaves(
  db: Db,
  tenantId: string,
  leaves: readonly Leaf[],
  tiles: readonly { tile: number; hash: string }[],
): Promise<void> {
  const rows = JSON.stringify(leaves.map(({ seq, eventId, leaf }) => [seq, eventId, leaf]));
  const insertTiles =
    tiles.length === 0 ? [] : [db.insert(auditTiles).values(tiles.map((tile) => ({ tenantId, ...tile })))];
  await batch(db, [
    db
      .insert(auditLeaves)
      .select(sql`select ${tenantId}, value ->> 0, value ->> 1, value ->> 2 from json_each(${rows})`),
    ...insertTiles,
    db.delete(auditWaiting).where(sql`${auditWaiting.eventId} in (select value ->> 1 from json_each(${rows}))`),
  ]);
}

/** Leaves of the places from `from` (inclusive) to `to` (exclusive), in order. */
export async function leavesBetween(db: Db, tenantId: string, from: number, to: number): Promise<Leaf[]> {
  return await db
    .select({ seq: auditLeaves.seq, eventId: auditLeaves.eventId, leaf: auditLeaves.leaf })
    .from(auditLeaves)
    .where(and(eq(auditLeaves.tenantId, tenantId), gte(auditLeaves.seq, from), lt(auditLeaves.seq, to)))
    .orderBy(asc(auditLeaves.seq));
}

/** Leaves with what was logged there, null where the event is gone. */
export async function loggedEvents(db: Db, tenantId: string, from: number, limit: number) {
  return await db
    .select({ seq: auditLeaves.seq, eventId: auditLeaves.eventId, leaf: auditLeaves.leaf, event: auditEvents })
    .from(auditLeaves)
    .leftJoin(auditEvents, eq(auditEvents.id, auditLeaves.eventId))
    .where(and(eq(auditLeaves.tenantId, tenantId), gte(auditLeaves.seq, from)))
    .orderBy(asc(auditLeaves.seq))
    .limit(limit);
}

/** The place of one event, or null while it has none. */
export async function placeOf(db: Db, eventId: string): Promise<Leaf | null> {
  return (await db.select().from(auditLeaves).where(eq(auditLeaves.eventId, eventId)).get()) ?? null;
}

/** How many of a log's events have no place although none is waiting: somebody wrote them past the log. */
export async function countUnlogged(db: Db, tenantId: string): Promise<number> {
  const row = await db
    .select({ rows: count() })
    .from(auditEvents)
    .where(
      and(
        eq(auditEvents.tenantId, tenantId),
        sql`not exists (select 1 from ${auditLeaves} where ${auditLeaves.eventId} = ${auditEvents.id})`,
        sql`not exists (select 1 from ${auditWaiting} where ${auditWaiting.tenantId} = ${tenantId} and ${auditWaiting.eventId} = ${auditEvents.id})`,
      ),
    )
    .get();
  return row?.rows ?? 0;
}

/** Hashes of leaves by place, only of the given tiles: a row for each tile, so that a long log is few rows. */
export async function leavesOfTiles(db: Db, tenantId: string, tiles: readonly number[]): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  const width = sql.raw(String(AUDIT_TILE_LEAVES));
  for (let start = 0; start < tiles.length; start += TILES_PER_QUERY) {
    const wanted = JSON.stringify(tiles.slice(start, start + TILES_PER_QUERY));
    const rows = await db.all<{ first: number; leaves: string }>(sql`
      select min(leaf.seq) as first, group_concat(leaf.leaf, '' order by leaf.seq) as leaves
      from json_each(${wanted}) tile
      join audit_leaves leaf on leaf.tenant_id = ${tenantId}
        and leaf.seq >= tile.value * ${width} and leaf.seq < (tile.value + 1) * ${width}
      group by tile.value`);
    for (const { first, leaves } of rows) {
      for (let at = 0; at * 64 < leaves.length; at++) found.set(first + at, leaves.slice(at * 64, at * 64 + 64));
    }
  }
  return found;
}
/** 64 tiles are 1 MB of hashes: D1's largest answer is well above. */
const TILES_PER_QUERY = 64;

/** Every tile of the log below `count`, by number. */
export async function tilesBelow(db: Db, tenantId: string, below: number): Promise<Map<number, string>> {
  const rows = await db
    .select({ tile: auditTiles.tile, hash: auditTiles.hash })
    .from(auditTiles)
    .where(and(eq(auditTiles.tenantId, tenantId), lt(auditTiles.tile, below)));
  return new Map(rows.map(({ tile, hash }) => [tile, hash]));
}

/** Keeps a signed note; the same one again changes nothing. */
export async function keepCheckpoint(db: Db, row: typeof auditCheckpoints.$inferInsert): Promise<void> {
  await db.insert(auditCheckpoints).values(row).onConflictDoNothing();
}

/** Every note of a log, oldest first. */
export async function listCheckpoints(db: Db, tenantId: string) {
  return await db
    .select()
    .from(auditCheckpoints)
    .where(eq(auditCheckpoints.tenantId, tenantId))
    .orderBy(asc(auditCheckpoints.size));
}
