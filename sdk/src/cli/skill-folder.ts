import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PackageFile } from '../archive.ts';
import { AegisError } from '../errors.ts';
import { FILES_MAX, UNPACKED_BYTES_MAX } from '../limits.ts';
import { parseIgnore, parseKept } from './ignore.ts';
import { count, size } from './terminal.ts';

export interface SkillFolder {
  /** Absolute. */
  path: string;
  /** What goes into the package, sorted by path. */
  files: PackageFile[];
  /** What stays out, with the rule: `dist/`, `node_modules/`, `dot file`, `.aegisignore`. */
  leftOut: { path: string; rule: string }[];
  /** True for a file that `.aegisignore` takes back by name. */
  kept: (path: string) => boolean;
}

/**
 * Reads the files of a skill's folder as they go into its package. Links and other special files are refused, because a
 * package holds regular files only.
 * @throws AegisError USAGE when the folder does not exist, ARCHIVE_INVALID for a link or beyond the limits of a package
 */
export async function readSkillFolder(folder: string, cwd: string): Promise<SkillFolder> {
  const path = resolve(cwd, folder);
  const root = await lstatOrNull(path);
  if (root === null) throw new AegisError('USAGE', { detail: `${path} does not exist.` });
  const isFolder = root.isDirectory() || (root.isSymbolicLink() && (await readdir(path).catch(() => null)) !== null);
  if (!isFolder) throw new AegisError('USAGE', { detail: `${path} is no folder.` });
  const rules = await readFile(join(path, '.aegisignore'), 'utf8').catch(() => '');
  const walk: Walk = { root: path, ignored: parseIgnore(rules), found: [], leftOut: [], bytes: 0 };
  await walkFolder(walk, '');
  const files = await Promise.all(walk.found.map((found) => readPackageFile(path, found)));
  const sorted = files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { path, files: sorted, leftOut: walk.leftOut, kept: parseKept(rules) };
}

/** The bytes of a file of the package as text; null when it is not there. */
export function textOf(files: readonly PackageFile[], path: string): string | null {
  const file = files.find((candidate) => candidate.path === path);
  return file === undefined ? null : new TextDecoder().decode(file.bytes);
}

interface Found {
  path: string;
  executable: boolean;
}
interface Walk {
  root: string;
  ignored: (path: string, isFolder: boolean) => boolean;
  found: Found[];
  leftOut: { path: string; rule: string }[];
  bytes: number;
}

async function walkFolder(walk: Walk, folder: string): Promise<void> {
  const entries = await readdir(join(walk.root, folder), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    const rule = ruleFor(walk.ignored, path, entry.name, entry.isDirectory());
    if (rule !== null) walk.leftOut.push({ path: entry.isDirectory() ? `${path}/` : path, rule });
    else if (entry.isDirectory()) await walkFolder(walk, path);
    else await addFile(walk, path);
  }
}

/** Why a file or folder stays out of a package; null when it goes in. */
export function ruleFor(
  ignored: (path: string, isFolder: boolean) => boolean,
  path: string,
  name: string,
  isFolder: boolean,
): string | null {
  if (name.startsWith('.')) return 'dot file';
  if (isFolder && (name === 'node_modules' || name === '__pycache__')) return `${name}/`;
  // Only the folder that `build` writes to; deeper ones may hold a skill's own code.
  if (isFolder && path === 'dist') return 'dist/';
  return ignored(path, isFolder) ? '.aegisignore' : null;
}

async function addFile(walk: Walk, path: string): Promise<void> {
  const stat = await lstat(join(walk.root, path));
  if (!stat.isFile()) {
    const kind = stat.isSymbolicLink() ? 'a link' : 'no regular file';
    throw new AegisError('ARCHIVE_INVALID', {
      detail: `${path} is ${kind}, and a package holds regular files only. Put the file itself there, or name it in .aegisignore.`,
    });
  }
  walk.found.push({ path, executable: (stat.mode & 0o100) !== 0 });
  walk.bytes += stat.size;
  if (walk.found.length > FILES_MAX) {
    throw new AegisError('ARCHIVE_INVALID', {
      detail: `The folder has more than ${count(FILES_MAX, 'file')}, the most that a package may hold. Name what is not needed in .aegisignore.`,
    });
  }
  if (walk.bytes > UNPACKED_BYTES_MAX) {
    throw new AegisError('ARCHIVE_INVALID', {
      detail: `With ${path} (${size(stat.size)}) the folder has more than ${size(UNPACKED_BYTES_MAX)}, the most that a package may hold. Name what is not needed in .aegisignore.`,
    });
  }
}

async function readPackageFile(root: string, { path, executable }: Found): Promise<PackageFile> {
  const bytes = new Uint8Array(await readFile(join(root, path)));
  // Some file systems hand out names decomposed; a package spells them composed.
  return { path: path.normalize('NFC'), bytes, mode: executable ? '0755' : '0644' };
}

async function lstatOrNull(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw error;
  }
}
