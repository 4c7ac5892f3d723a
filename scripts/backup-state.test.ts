import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { RAISE_EPOCH } from './backup-state.ts';
import { invitePeople } from './demo-people.ts';
import { approve, publishExample } from './demo-skills.ts';
import type { Database } from './migrate.ts';
import { readMigrations } from './migrate.ts';
import { appVersion, ROOT } from './root.ts';
import { takeForSoleUse } from './sole-use.ts';
import { type Stack, startStack } from './stack.ts';
import { openStateFolder, sealStateFolder } from './state-folder.ts';

const page = readFileSync(join(ROOT, 'docs', 'operate.md'), 'utf8');

/** A command of the page with its folders replaced by real ones. */
function typed(line: RegExp, folders: Record<string, string>) {
  const [command = ''] = line.exec(page) ?? [];
  expect(command).not.toBe('');
  const args = command
    .replace('npm run backup -- ', '')
    .split(' ')
    .map((word) => folders[word] ?? word);
  const ran = spawnSync(process.execPath, [join(ROOT, 'scripts', 'run.mjs'), 'backup', ...args], { encoding: 'utf8' });
  return { code: ran.status, said: ran.stdout + ran.stderr };
}

async function rowsOf(stack: Stack, table: string): Promise<unknown[]> {
  const { DB } = (await stack.bindings()) as { DB: Database };
  return (await DB.prepare(`select * from ${table} order by 1`).all<unknown>()).results;
}

it('a backup of a state with skills, restored, installs and verifies them, with the same audit trail and a higher epoch', {
  timeout: 240_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-backup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const folders = {
    state: join(folder, 'state'),
    'backup-monday': join(folder, 'backup'),
    restored: join(folder, 'new'),
  };
  const known = { migrations: readMigrations(join(ROOT, 'migrations')).map(({ name }) => name), app: appVersion() };
  openStateFolder(folders.state, known, new Date());
  const stack = await startStack({ stateDir: folders.state, dashboard: false, demo: true });
  sealStateFolder(folders.state, known);
  const { reviewer, tenants } = await invitePeople(stack.url, stack.secrets.setupToken);
  await approve(reviewer, await publishExample(stack.url, tenants.acme.author, 'skills/table-tools'), 'Read.');
  const tables = ['audit_events', 'audit_leaves', 'version_decisions', 'registry_meta'];
  const before = await Promise.all(tables.map((table) => rowsOf(stack, table)));
  expect(before[0]?.length).toBeGreaterThan(5);
  await stack.stop();

  const release = takeForSoleUse(folders.state);
  const save = () => typed(/^npm run backup -- --state state --to .*$/m, folders);
  expect(save()).toMatchObject({ code: 1, said: expect.stringContaining('is in use by process') });
  release();
  expect(save()).toMatchObject({ code: 0, said: expect.stringContaining('keep it as you keep keys') });
  expect(statSync(folders['backup-monday']).mode & 0o777).toBe(0o700);
  expect(save()).toMatchObject({ code: 1, said: expect.stringContaining('nothing is written over') });

  // All that is left is the copy.
  rmSync(folders.state, { recursive: true });
  const back = () => typed(/^npm run backup -- --from .*$/m, folders);
  expect(back()).toMatchObject({ code: 0, said: expect.stringContaining('is as it was at 20') });
  expect(back()).toMatchObject({ code: 1, said: expect.stringContaining('nothing is written over') });
  expect(readdirSync(folder).sort()).toEqual(['backup', 'new']);

  const again = await startStack({ stateDir: folders.restored, dashboard: false, demo: true });
  onTestFinished(again.stop);
  const after = await Promise.all(tables.map((table) => rowsOf(again, table)));
  expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
  const epochOf = (rows: unknown) =>
    Number((rows as { key: string; value: string }[]).find(({ key }) => key === 'epoch')?.value);
  expect(epochOf(after[3])).toBeGreaterThan(epochOf(before[3]) + 1_000_000_000);

  const skills = join(folder, 'skills');
  const environment = { PATH: process.env.PATH, HOME: folder, AEGIS_REGISTRY: again.url };
  const install = spawnSync(
    process.execPath,
    [join(ROOT, 'sdk/bin/aegis.js'), 'install', 'table-tools', '--dir', skills],
    {
      cwd: folder,
      env: { ...environment, AEGIS_TOKEN: tenants.acme.author.apiKey ?? '' },
      encoding: 'utf8',
    },
  );
  expect(install.status, install.stderr).toBe(0);
  expect(existsSync(join(skills, 'table-tools', 'manifest.yaml'))).toBe(true);
});

it('a state of an older release is copied, migrated and goes on; its copy goes on under the older release', {
  timeout: 240_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-upgrade-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const stateDir = join(folder, 'state');
  const next = join(folder, 'migrations');
  cpSync(join(ROOT, 'migrations'), next, { recursive: true });
  writeFileSync(join(next, '9999_next.sql'), 'ALTER TABLE `tenants` ADD `of_the_next_release` text;');
  const release = (migrations: string) => ({
    known: { migrations: readMigrations(migrations).map(({ name }) => name), app: appVersion() },
    migrations,
  });
  const [older, newer] = [release(join(ROOT, 'migrations')), release(next)];
  /** As `npm start` does it; answers what was copied, what was migrated, and the people of the registry. */
  const run = async ({ known, migrations }: typeof older, work?: (stack: Stack) => Promise<unknown>) => {
    const copy = openStateFolder(stateDir, known, new Date());
    const stack = await startStack({ stateDir, migrations, dashboard: false, demo: true });
    sealStateFolder(stateDir, known);
    await work?.(stack);
    const [people, trail] = [await rowsOf(stack, 'users'), await rowsOf(stack, 'audit_events')];
    await stack.stop();
    return { copy, migrated: stack.migrated, people, trail };
  };

  const before = await run(older, (stack) => invitePeople(stack.url, stack.secrets.setupToken));
  expect(before).toMatchObject({ copy: null, migrated: older.known.migrations });
  expect(before.people.length).toBeGreaterThan(2);
  const after = await run(newer);
  expect(after).toMatchObject({ migrated: ['9999_next.sql'], people: before.people, trail: before.trail });
  expect(() => openStateFolder(stateDir, older.known, new Date())).toThrow(/was written by a newer Aegis/);

  rmSync(stateDir, { recursive: true });
  renameSync(after.copy ?? '', stateDir);
  expect(await run(older)).toEqual({ ...before, migrated: [] });
});

it('the page raises the epoch with the statement that restoring runs', () => {
  expect(page).toContain(RAISE_EPOCH);
});

it('what is no state folder, no backup or no option is refused in words', { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-backup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['--conditions=aegis-source', join(ROOT, 'scripts/backup.ts'), ...args], {
      encoding: 'utf8',
    });
  expect(run('--state', folder, '--to', join(folder, 'x')).stderr).toContain('is no state folder of Aegis');
  expect(run('--from', folder, '--state', join(folder, 'x')).stderr).toContain('is no backup: it has no backup.json');
  expect(run().stderr).toContain('Wanted either --to or --from');
  expect(run('--help').stdout).toContain('npm run backup -- --to DIR');
});
