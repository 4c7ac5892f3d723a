import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Database, migrate, readMigrations } from './migrate.ts';
import { ROOT } from './root.ts';

let miniflare: Miniflare;
let folder: string;
let db: Database;
let databases = 0;

beforeAll(() => {
  const worker = { type: 'esm' as const, contents: 'export default {}' };
  const env = Object.fromEntries(['A', 'B', 'C', 'D', 'E'].map((name) => [name, { type: 'd1' as const, id: name }]));
  miniflare = new Miniflare({
    cf: false,
    telemetry: { enabled: false },
    workers: [
      {
        config: {
          name: 'test',
          compatibilityDate: '2026-10-01',
          manifest: { mainModule: 'worker.js', modulesRoot: '/', modules: { 'worker.js': worker } },
          env,
        },
      },
    ],
  });
});
afterAll(() => miniflare.dispose());
beforeEach(async () => {
  db = await miniflare.getD1Database('ABCDE'.charAt(databases++));
  folder = mkdtempSync(join(tmpdir(), 'aegis-migrations-'));
  return () => rmSync(folder, { recursive: true });
});

const file = (name: string, sql: string) => writeFileSync(join(folder, name), sql);
const names = async () =>
  (await db.prepare('select name from d1_migrations order by id').all<{ name: string }>()).results.map(
    ({ name }) => name,
  );

it('applies each file once, in order, and only what is missing the next time', async () => {
  file('0001_second.sql', 'insert into a values (2);');
  file('0000_first.sql', 'create table a (b integer);\n--> statement-breakpoint\ninsert into a values (1);');
  expect(await migrate(db, readMigrations(folder))).toEqual(['0000_first.sql', '0001_second.sql']);
  file('0002_third.sql', 'insert into a values (3);');
  expect(await migrate(db, readMigrations(folder))).toEqual(['0002_third.sql']);
  const { results } = await db.prepare('select b from a order by b').all<{ b: number }>();
  expect(results.map(({ b }) => b)).toEqual([1, 2, 3]);
});

it('a file that fails half way leaves nothing behind, and says which one it was', async () => {
  file('0000_first.sql', 'create table a (b integer);');
  file('0001_bad.sql', 'insert into a values (1);\n--> statement-breakpoint\ninsert into nowhere values (1);');
  await expect(migrate(db, readMigrations(folder))).rejects.toThrow(
    /0001_bad\.sql failed and changed nothing.*nowhere/s,
  );
  expect(await names()).toEqual(['0000_first.sql']);
  expect((await db.prepare('select b from a').all()).results).toEqual([]);
});

it('goes on where wrangler stopped', async () => {
  await db
    .prepare(
      'create table d1_migrations(id integer primary key autoincrement, name text unique, applied_at timestamp default current_timestamp not null)',
    )
    .run();
  await db.prepare("insert into d1_migrations (name) values ('0000_first.sql')").run();
  file('0000_first.sql', 'create table a (b integer);');
  file('0001_second.sql', 'create table c (d integer);');
  expect(await migrate(db, readMigrations(folder))).toEqual(['0001_second.sql']);
});

it('the migrations of the product apply to an empty database', async () => {
  const migrations = readMigrations(join(ROOT, 'migrations'));
  expect(await migrate(db, migrations)).toEqual(migrations.map(({ name }) => name));
});

it('what waits for a reviewer when the queue gets its table is in it, and nothing else is', async () => {
  const migrations = readMigrations(join(ROOT, 'migrations'));
  const queue = migrations.findIndex(({ name }) => name === '0002_review_queue.sql');
  await migrate(db, migrations.slice(0, queue));
  const columns = 'manifest, package_url, package_size, package_checksum, content_digest, unpacked_size, files, reach';
  const insert = (id: string, deletedAtMs: number | null) =>
    db
      .prepare(
        `insert into private_skills (id, tenant_id, name, version, description, ${columns}, prerelease, published_by_kind,
          published_by_id, published_by_name, created_at_ms, updated_at_ms, deleted_at_ms)
         values (?, 'ten-1', ?, '1.0.0', '', '{}', '', 0, '', '', 0, 0, '', 0, 'user', '', '', 0, 0, ?)`,
      )
      .bind(id, id, deletedAtMs)
      .run();
  const decide = (id: string, kind: string) =>
    db
      .prepare(
        `insert into version_decisions (id, tenant_id, version_id, revision, kind, notes, reason_codes, acknowledged,
          decided_by_kind, decided_by_id, decided_by_name, decided_at_ms)
         values (?, 'ten-1', ?, 1, ?, '', '[]', '[]', 'user', '', '', 0)`,
      )
      .bind(id, id, kind)
      .run();
  for (const id of ['waits', 'approved', 'rejected']) await insert(id, null);
  await insert('deleted', 1);
  await decide('approved', 'approved');
  await decide('rejected', 'rejected');
  await migrate(db, migrations);
  await insert('new', null);
  const { results } = await db.prepare('select version_id as id from review_queue order by 1').all<{ id: string }>();
  expect(results.map(({ id }) => id)).toEqual(['new', 'waits']);
});
