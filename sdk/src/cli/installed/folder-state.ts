import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentDigest, type PackageFile } from '../../archive.ts';
import { sameDigest } from '../../digest.ts';
import { FILES_MAX, UNPACKED_BYTES_MAX } from '../../limits.ts';

/**
 * How the folder of an installed skill compares with what was locked: `littered` is exactly the locked files, beside
 * byte code or notes that an interpreter or a desktop left there.
 */
export type FolderState = 'same' | 'littered' | 'changed' | 'missing';

/** What programs leave in a folder that they only read. */
const LITTER = /^(?:__pycache__|\.DS_Store|Thumbs\.db|desktop\.ini)$/;

/** Reads the whole folder and compares its content digest; a link in it, or anything beyond a package's bounds, is a change. */
export async function folderState(folder: string, digest: string): Promise<FolderState> {
  const root = await lstat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (root === null) return 'missing';
  if (!root.isDirectory()) return 'changed';
  const walk: Walk = { folder, files: [], litter: [], bytes: 0 };
  if (!(await addFolder(walk, '', false))) return 'changed';
  if (sameDigest(await contentDigest([...walk.files, ...walk.litter]), digest)) return 'same';
  return sameDigest(await contentDigest(walk.files), digest) ? 'littered' : 'changed';
}

interface Walk {
  folder: string;
  files: PackageFile[];
  litter: PackageFile[];
  bytes: number;
}

/** False as soon as there is something that no package holds. */
async function addFolder(walk: Walk, folder: string, inLitter: boolean): Promise<boolean> {
  for (const entry of await readdir(join(walk.folder, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    const litter = inLitter || LITTER.test(entry.name);
    if (entry.isDirectory()) {
      if (!(await addFolder(walk, path, litter))) return false;
    } else if (!entry.isFile() || !(await addFile(walk, path, litter))) return false;
  }
  return true;
}

async function addFile(walk: Walk, path: string, litter: boolean): Promise<boolean> {
  const { size, mode } = await lstat(join(walk.folder, path));
  walk.bytes += size;
  if (walk.files.length + walk.litter.length >= FILES_MAX || walk.bytes > UNPACKED_BYTES_MAX) return false;
  const bytes = new Uint8Array(await readFile(join(walk.folder, path)));
  const list = litter ? walk.litter : walk.files;
  // Some file systems hand out names decomposed; a package spells them composed.
  list.push({ path: path.normalize('NFC'), bytes, mode: (mode & 0o100) === 0 ? '0644' : '0755' });
  return true;
}
