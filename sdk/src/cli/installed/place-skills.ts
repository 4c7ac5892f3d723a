import { existsSync, rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { PackageFile } from '../../archive.ts';
import { makeFolder } from '../make-folder.ts';
import { commit, type Home, type Move } from './journal.ts';

/** What is to lie in `dir/name` afterwards; null for nothing. */
export interface Placement {
  dir: string;
  name: string;
  files: readonly PackageFile[] | null;
}

/**
 * Puts all skills in their places and the lock beside them: everything, or nothing when it throws or is interrupted.
 * `lock` null leaves the lock as it is.
 */
export async function placeSkills(
  place: Home,
  change: { placements: readonly Placement[]; lock: string | null },
  { signal, onSkill }: { signal: AbortSignal; onSkill?: (done: number) => void },
): Promise<void> {
  const stages = new Map<string, string>();
  // A second Ctrl-C ends the process at once.
  const clear = () => clearAway(stages.values());
  process.once('exit', clear);
  try {
    const moves: Move[] = [];
    for (const [at, { dir, name, files }] of change.placements.entries()) {
      const folder = join(place.home, dir);
      const stage = stages.get(dir) ?? (await makeStage(folder));
      stages.set(dir, stage);
      for (const file of files ?? []) {
        signal.throwIfAborted();
        await writePackageFile(join(stage, 'new', name), file);
      }
      moves.push({ dir, name, stage: basename(stage), fresh: files !== null });
      onSkill?.(at + 1);
    }
    signal.throwIfAborted();
    await makeFolder(place.home);
    commit(place, { moves, lock: change.lock });
  } finally {
    clear();
    process.removeListener('exit', clear);
  }
}

function clearAway(stages: Iterable<string>): void {
  for (const stage of stages) {
    // What neither succeeded nor could be undone still needs what lies there.
    if (!existsSync(join(stage, 'old'))) rmSync(stage, { recursive: true, force: true });
  }
}

async function makeStage(folder: string): Promise<string> {
  await makeFolder(folder);
  return await mkdtemp(join(folder, `.aegis-${process.pid}-`));
}

async function writePackageFile(skill: string, { path, bytes, mode }: PackageFile): Promise<void> {
  const file = join(skill, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes, { flag: 'wx' });
  await chmod(file, mode === '0755' ? 0o755 : 0o644);
}
