import { join, relative } from 'node:path';
import type { Run } from '../command.ts';
import type { ReadPackage } from '../package-check.ts';
import { count, plain } from '../terminal.ts';
import type { ApprovedSkill } from './fetch-skill.ts';
import { LOCK_NAME, type LockedSkill, type LockFile, spellLock } from './lock-file.ts';
import type { Installed } from './open.ts';
import { placeSkills } from './place-skills.ts';

/** A verified skill, and where it goes. */
export interface Item {
  approved: ApprovedSkill;
  found: ReadPackage;
  dirs: readonly string[];
}

/** Writes all of these skills, or none. `lock` null leaves the lock as it is. */
export async function putSkills(
  run: Run,
  installed: Installed,
  items: readonly Item[],
  lock: LockFile | null,
): Promise<void> {
  const placements = items.flatMap(({ dirs, found }) =>
    dirs.map((dir) => ({ dir, name: found.manifest.name, files: found.files })),
  );
  const line = run.progress();
  await placeSkills(
    installed,
    { placements, lock: lock === null ? null : spellLock(lock) },
    { signal: run.io.signal, onSkill: (done) => line.update(`Writing ${done} of ${placements.length} …`) },
  ).finally(() => line.done());
}

/** The lock's line of a verified skill. */
export function lockedAs({ resolution, predicate }: ApprovedSkill, dirs: readonly string[]): LockedSkill {
  const { name, version, archiveDigest, contentDigest, tenantId } = resolution;
  const { permissionsDigest } = predicate;
  return { name, version, archiveDigest, contentDigest, tenantId, permissionsDigest, dirs: [...dirs].sort() };
}

/** The lock with these lines instead of those of the same name. */
export function withLocked(installed: Installed, registry: string, lines: readonly LockedSkill[]): LockFile {
  const names = new Set(lines.map(({ name }) => name));
  const others = (installed.lock?.skills ?? []).filter(({ name }) => !names.has(name));
  return { v: 1, registry, skills: [...others, ...lines] };
}

/** What was installed, for people and for programs. */
export function tellInstalled(
  { io, print, paint, result, warn }: Run,
  installed: Installed,
  items: readonly Item[],
): void {
  for (const { approved, found, dirs } of items) {
    const { resolution } = approved;
    warnDeprecated({ warn, paint }, approved);
    const paths = dirs.map((dir) => join(installed.home, dir, resolution.name));
    const { status, warning, replacement } = resolution;
    result({ ...lockedAs(approved, dirs), path: paths[0], paths, status, warning, replacement });
    const places = paths.map((path) => relative(io.cwd, path) || path).join(', ');
    print(
      `${paint('green', '✓')} ${resolution.name} ${resolution.version} installed to ${places}, ${count(found.files.length, 'file')}`,
    );
    print(paint('dim', `  digest and signed approval verified, locked in ${LOCK_NAME}\n  ${resolution.archiveDigest}`));
  }
}

/** Says of a deprecated version why, and what to use instead. */
export function warnDeprecated({ warn, paint }: Pick<Run, 'warn' | 'paint'>, { resolution }: ApprovedSkill): void {
  const { name, version, status, warning, replacement } = resolution;
  if (status !== 'deprecated') return;
  const words = warning ?? `${name} ${version} is deprecated.`;
  const isNamed = replacement === null || words.includes(replacement);
  warn(`${paint('yellow', '!')} ${plain(words)}${isNamed ? '' : ` Use ${plain(replacement)} instead.`}`);
}
