import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { AegisError } from '../../errors.ts';
import { forEachOf } from '../many.ts';
import { count } from '../terminal.ts';
import { fetchPackage, requireAsLocked, resolveApproved } from './fetch-skill.ts';
import type { InstallRun } from './install.ts';
import { LOCK_NAME, type LockedSkill } from './lock-file.ts';
import { type Installed, openInstalled, openTrusted } from './open.ts';
import { type Item, putSkills, warnDeprecated } from './put.ts';
import { type Found, findIn, foldersOf, refuseChanged } from './where.ts';

/**
 * Makes the folders hold exactly what the lock says, and asks the registry whether every one of it is still approved,
 * also what is there already. The lock is never written. @throws AegisError DIGEST_MISMATCH where anything differs
 */
export async function installFrozen(run: InstallRun): Promise<number> {
  if (run.rest.length > 0) {
    throw new AegisError('USAGE', {
      detail: `Found --frozen and ${run.rest.join(' ')}. Wanted: aegis install --frozen`,
    });
  }
  const installed = await openInstalled(run);
  const { lock } = installed;
  if (lock === null) {
    throw new AegisError('USAGE', { detail: `There is no ${installed.lockPath}; --frozen installs what a lock says.` });
  }
  const line = run.progress();
  const found = new Map<LockedSkill, Found[]>();
  for (const entry of lock.skills) {
    line.update(`Reading ${found.size} of ${lock.skills.length} …`);
    found.set(entry, await findIn(installed, entry, foldersOf(installed, entry)));
  }
  line.done();
  refuseChanged([...found.values()].flat(), run.values.force === true);
  const registry = await openTrusted(run);
  const onDone = (done: number) => line.update(`Checking ${done} of ${lock.skills.length} …`);
  const items = await forEachOf(lock.skills, { noun: 'skills', onDone }, async (entry): Promise<Item | null> => {
    const approved = await resolveApproved(registry.client, registry.withKeys, entry);
    requireAsLocked(entry, approved);
    warnDeprecated(run, approved);
    const dirs = (found.get(entry) ?? []).filter(({ state }) => state !== 'same').map(({ dir }) => dir);
    return dirs.length === 0 ? null : { approved, dirs, found: await fetchPackage(registry.client, approved) };
  }).finally(() => line.done());
  const missing = items.filter((item) => item !== null);
  if (missing.length > 0) await putSkills(run, installed, missing, null);
  await warnUnlocked(run, installed, lock.skills);
  run.result({
    frozen: true,
    skills: lock.skills.map(({ name, version, archiveDigest }) => ({ name, version, archiveDigest })),
    written: missing.map(({ found: { manifest } }) => manifest.name),
  });
  run.print(
    `${run.paint('green', '✓')} ${count(lock.skills.length, 'skill')} as in ${LOCK_NAME}, digest and signed approval verified; ${missing.length} written`,
  );
  return 0;
}

/** An agent reads the other folders too; whose they are, this program does not know. */
async function warnUnlocked(
  { io, warn, paint }: InstallRun,
  installed: Installed,
  skills: LockedSkill[],
): Promise<void> {
  const locked = new Set(skills.map(({ name }) => name));
  const dirs = new Set(skills.flatMap((entry) => foldersOf(installed, entry)));
  for (const dir of dirs) {
    const folder = join(installed.home, dir);
    // Beside the lock itself lies a whole project.
    const entries = dir === '.' && !installed.isElsewhere ? [] : await readdir(folder, { withFileTypes: true });
    const others = entries.filter(({ name }) => !name.startsWith('.') && !locked.has(name));
    const names = others.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).join(', ');
    if (names !== '')
      warn(
        `${paint('yellow', '!')} Not in ${LOCK_NAME}, left alone in ${relative(io.cwd, folder) || folder}: ${names}`,
      );
  }
}
