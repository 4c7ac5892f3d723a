import { sql } from 'drizzle-orm';
import type { BatchItem } from 'drizzle-orm/batch';
import { type DrizzleD1Database, drizzle } from 'drizzle-orm/d1';
import { registryMeta } from './schema/skills.ts';

export type Db = DrizzleD1Database;
export type Statement = BatchItem<'sqlite'>;

const opened = new WeakMap<D1Database, Db>();

/** One handle per binding: making it anew costs more than most queries. */
export function openDb(database: D1Database): Db {
  const known = opened.get(database);
  if (known !== undefined) return known;
  const db = drizzle(database);
  opened.set(database, db);
  return db;
}

/** Runs the statements as one transaction: all or nothing. D1 has no interactive ones. */
export async function batch(db: Db, statements: readonly Statement[]): Promise<unknown[]> {
  const [first, ...rest] = statements;
  if (first === undefined) return [];
  return await db.batch([first, ...rest]);
}

/** True when the error says that a unique index refused a row; `index` narrows it to a column list or index name. */
export function isUniqueViolation(error: unknown, index?: string): boolean {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (/UNIQUE constraint failed/.test(cause.message)) return index === undefined || cause.message.includes(index);
  }
  return false;
}

/** True when a column refused NULL: the way in which a statement of a batch says that its premise no longer holds. */
export function isNotNullViolation(error: unknown): boolean {
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (/NOT NULL constraint failed/.test(cause.message)) return true;
  }
  return false;
}

/** The epoch of this database: rises when it was restored, so that clusters follow a lower sequence. */
export async function readEpoch(db: Db): Promise<number> {
  const row = await db.select().from(registryMeta).where(sql`key = 'epoch'`).get();
  return Number(row?.value ?? 1);
}
