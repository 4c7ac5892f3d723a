import { lstat, readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** Skills lie in a folder of skills, and at most one folder deeper (a namespace, an author). */
const DEPTH_MAX = 3;
/** A folder with more entries is no folder of skills. */
const ENTRIES_MAX = 5000;

/** True when the folder holds a skill: a `SKILL.md`, or a manifest. */
export async function isSkillFolder(folder: string): Promise<boolean> {
  for (const name of ['SKILL.md', 'manifest.yaml']) {
    if ((await lstat(join(folder, name)).catch(() => null))?.isFile() === true) return true;
  }
  return false;
}

/**
 * The folders of skills at or below a path, sorted: the path itself when it is one, else those in it. Links are followed
 * once; what was seen under another path is left out.
 */
export async function findSkillFolders(path: string): Promise<string[]> {
  const seen = new Set<string>();
  const found: string[] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    const real = await realpath(folder).catch(() => null);
    if (real === null || seen.has(real)) return;
    seen.add(real);
    if (await isSkillFolder(folder)) {
      found.push(folder);
      return;
    }
    if (depth === DEPTH_MAX) return;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries.slice(0, ENTRIES_MAX)) {
      const isHidden = entry.name.startsWith('.') || entry.name === 'node_modules';
      if (!isHidden && (entry.isDirectory() || entry.isSymbolicLink()))
        await visit(join(folder, entry.name), depth + 1);
    }
  };
  await visit(path, 0);
  return found.sort();
}
