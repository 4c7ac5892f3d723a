import { expect, it } from 'vitest';
import { foreignWrites, strayQueries, tablesOf } from './tables.ts';

const schema = {
  path: 'worker/src/schema/skills.ts',
  text: `/** Versions. */\n// writer: skills/store.ts\nexport const skillVersions = sqliteTable(\n  'skill_versions', {});\nexport const lost = sqliteTable('lost', {});`,
};
const tables = tablesOf([schema]);
const file = (path: string, text: string) => ({ path: `worker/src/${path}`, text });

it('reads the writer above each table, and sees which has none', () => {
  expect(tables).toEqual([
    { constant: 'skillVersions', name: 'skill_versions', writer: 'skills/store.ts' },
    { constant: 'lost', name: 'lost', writer: null },
  ]);
});

it.each([
  ['drizzle', 'db.insert(skillVersions).values({})'],
  ['drizzle, by namespace', 'db.update(tables.skillVersions).set({})'],
  ['raw SQL', 'sql`delete from skill_versions where id = 1`'],
  ['raw SQL, quoted', `db.prepare('INSERT OR IGNORE INTO "skill_versions" values (1)')`],
])('a write elsewhere is found: %s', (_, text) => {
  expect(foreignWrites([file('reviews/store.ts', text)], tables)).toEqual([expect.stringContaining('skills/store.ts')]);
  expect(foreignWrites([file('skills/store.ts', text)], tables)).toEqual([]);
});

it('reading is for everybody', () => {
  expect(foreignWrites([file('reviews/store.ts', 'db.select().from(skillVersions)')], tables)).toEqual([]);
});

it('SQL outside the stores is found', () => {
  const text = `import { eq } from 'drizzle-orm';`;
  expect(strayQueries([file('skills/publish.ts', text)])).toEqual(['worker/src/skills/publish.ts']);
  expect(strayQueries([file('skills/store.ts', text), file('audit.ts', text)])).toEqual([]);
});
