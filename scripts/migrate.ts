import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';

export interface Migration {
  /** File name, as wrangler writes it down too. */
  name: string;
  statements: string[];
}

/** What is used of D1; Miniflare's handle and the real binding both are one. */
export interface Database {
  prepare(sql: string): Statement;
  batch(statements: Statement[]): Promise<unknown>;
}
interface Statement {
  bind(...values: unknown[]): Statement;
  run(): Promise<unknown>;
  all<T>(): Promise<{ results: T[] }>;
}

const TABLE = `create table if not exists d1_migrations(
  id integer primary key autoincrement, name text unique, applied_at timestamp default current_timestamp not null)`;

/** The migrations of a folder, oldest first. */
export function readMigrations(folder: string): Migration[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  return names.map((name) => {
    const parts = readFileSync(join(folder, name), 'utf8').split('--> statement-breakpoint');
    return { name, statements: parts.map((part) => part.trim()).filter((part) => part !== '') };
  });
}

/**
 * Applies what is missing, each file as one transaction, and returns the names of what it applied. It keeps the table
 * that `wrangler d1 migrations` keeps, so that either may go on where the other stopped. USAGE when a file fails.
 */
export async function migrate(db: Database, migrations: readonly Migration[]): Promise<string[]> {
  await db.prepare(TABLE).run();
  const { results } = await db.prepare('select name from d1_migrations').all<{ name: string }>();
  const applied = new Set(results.map((row) => row.name));
  const missing = migrations.filter((migration) => !applied.has(migration.name));
  for (const { name, statements } of missing) {
    const record = db.prepare('insert into d1_migrations (name) values (?)').bind(name);
    try {
      await db.batch([...statements.map((statement) => db.prepare(statement)), record]);
    } catch (cause) {
      throw new AegisError('USAGE', {
        detail: `The migration ${name} failed and changed nothing: ${cause instanceof Error ? cause.message : String(cause)}. Put the backup of the state folder back, or move the folder away to start anew.`,
        cause,
      });
    }
  }
  return missing.map((migration) => migration.name);
}
