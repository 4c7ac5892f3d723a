import { env } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { batch, isUniqueViolation, openDb, readEpoch } from './db.ts';
import { registryMeta } from './schema/skills.ts';

const db = openDb(env.DB);
const insert = (key: string) => db.insert(registryMeta).values({ key, value: 'x' });
const has = async (key: string) =>
  (await db.select().from(registryMeta).where(eq(registryMeta.key, key)).get()) !== undefined;

test('a batch is all or nothing: a later failure undoes what came before', async () => {
  await batch(db, [insert('taken')]);
  const failed = await batch(db, [insert('fresh'), insert('taken')]).catch((error: unknown) => error);
  expect(isUniqueViolation(failed)).toBe(true);
  expect([isUniqueViolation(failed, 'registry_meta.key'), isUniqueViolation(failed, 'other.key')]).toEqual([
    true,
    false,
  ]);
  expect(await has('fresh')).toBe(false);
});

test('an empty batch does nothing', async () => {
  expect(await batch(db, [])).toEqual([]);
});

test('other errors are no unique violation', () => {
  expect([
    isUniqueViolation(new Error('no such table')),
    isUniqueViolation('text'),
    isUniqueViolation(undefined),
  ]).toEqual([false, false, false]);
});

test('a new database is of epoch 1', async () => {
  expect(await readEpoch(db)).toBe(1);
});
