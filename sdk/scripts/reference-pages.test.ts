import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errorCodes } from '../src/errors.ts';
import { referencePages } from './reference-pages.ts';

const folder = new URL('../../docs/reference/', import.meta.url);

it('docs/reference says what the code says: commands, manifest, errors', async () => {
  const pages = await referencePages();
  for (const [name, text] of Object.entries(pages))
    expect(readFileSync(new URL(name, folder), 'utf8'), 'run npm run reference').toBe(text);
  expect(readdirSync(folder).sort()).toEqual(Object.keys(pages).sort());
});

it('every code of the error table has its section, with what happened, what was wanted and what to do', async () => {
  const { 'errors.md': text = '' } = await referencePages();
  for (const { code } of errorCodes()) {
    const section = text.split(`\n## ${code}\n`)[1]?.split('\n## ')[0] ?? '';
    expect(section, code).toMatch(/\n\*Wanted:\* .{15}[\s\S]*\n\* .{4}/);
  }
});

it('every field of the manifest says what it means', async () => {
  const { 'manifest.md': text = '' } = await referencePages();
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows.length).toBeGreaterThan(40);
  for (const row of rows) expect(row, row).toMatch(/\| [^|]{6,} \|$/);
});
