import { join, relative } from 'node:path';
import { AegisError } from '../../errors.ts';
import type { Run } from '../command.ts';
import { type FolderState, folderState } from './folder-state.ts';
import { LOCK_NAME, type LockedSkill } from './lock-file.ts';
import type { Installed } from './open.ts';

/** One folder of an installed skill. */
export interface Found {
  dir: string;
  /** Absolute. */
  path: string;
  state: FolderState;
}

/** The folders of a locked skill: the one that was named, else those in the lock. @throws AegisError USAGE */
export function foldersOf(installed: Installed, entry: LockedSkill): string[] {
  if (installed.asked !== null) return [installed.asked];
  if (entry.dirs.length > 0) return entry.dirs;
  throw new AegisError('USAGE', {
    detail: `${LOCK_NAME} does not say where ${entry.name} lies. Name its folder with --dir or --agent.`,
  });
}

/** How each of these folders compares with the lock. */
export async function findIn(installed: Installed, entry: LockedSkill, dirs: readonly string[]): Promise<Found[]> {
  const found: Found[] = [];
  for (const dir of dirs) {
    const path = join(installed.home, dir, entry.name);
    found.push({ dir, path, state: await folderState(path, entry.contentDigest) });
  }
  return found;
}

/** What commands about all installed skills say where there are none. */
export function tellNothingInstalled(run: Pick<Run, 'print' | 'io'>, { lockPath }: Installed): void {
  run.print(`No skills are installed here (${relative(run.io.cwd, lockPath)}). Install one: aegis install NAME`);
}

/** The locked skill of that name. @throws AegisError NOT_FOUND that names what there is */
export function requireLocked(installed: Installed, name: string): LockedSkill {
  const skills = installed.lock?.skills ?? [];
  const found = skills.find((skill) => skill.name === name);
  if (found !== undefined) return found;
  const names = skills.map((skill) => skill.name);
  throw new AegisError('NOT_FOUND', {
    detail: `${installed.lockPath} has no skill ${name}. It has: ${names.slice(0, 10).join(', ') || 'none'}${names.length > 10 ? ' …' : ''}`,
  });
}

/** Stops before work of a person is lost. @throws AegisError DIGEST_MISMATCH naming the folders */
export function refuseChanged(found: readonly Found[], force: boolean, toDo: 'replace' | 'remove' = 'replace'): void {
  const changed = found.filter(({ state }) => state === 'changed').map(({ path }) => path);
  if (force || changed.length === 0) return;
  throw new AegisError('DIGEST_MISMATCH', {
    detail: `Changed since it was installed, so it differs from ${LOCK_NAME}: ${changed.join(', ')}. Nothing was written. Save your changes elsewhere, then ${toDo} it with --force.`,
  });
}
