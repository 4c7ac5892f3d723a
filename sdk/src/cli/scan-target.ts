import { lstat, open, readdir, readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type ArchiveProblem, inspectArchive, type PackageFile } from '../archive.ts';
import { AegisError } from '../errors.ts';
import { ARCHIVE_BYTES_MAX } from '../limits.ts';
import { parseIgnore } from './ignore.ts';
import { ruleFor } from './skill-folder.ts';
import { size } from './terminal.ts';

/** What a scan looks at: a skill's folder, any folder, an archive or one file. */
export interface ScanTarget {
  kind: 'folder' | 'archive' | 'file';
  files: PackageFile[];
  /** What is wrong with the container itself: a hostile archive, a link in a folder. */
  problems: ArchiveProblem[];
  notInspected: { file: string; reason: string }[];
  /** Of every file seen, read or not. */
  bytes: number;
}

/** A folder that is no package may be large, but not without end. */
const FOLDER_FILES_MAX = 20_000;
const FOLDER_BYTES_MAX = 256 * 1024 * 1024;
const FOLDER_DEPTH_MAX = 64;
/** How the reason of what `build` leaves out begins. */
export const NOT_PART = 'not part of the package';
const ARCHIVE_NAME = /\.(?:tgz|tar|tar\.gz|gz|zip)$/i;

/** Reads what is at that path. @throws AegisError USAGE when there is nothing */
export async function readScanTarget(path: string, cwd: string): Promise<ScanTarget> {
  const absolute = resolve(cwd, path);
  const stat = await lstat(absolute).catch((error: NodeJS.ErrnoException) => {
    throw new AegisError('USAGE', {
      detail:
        error.code === 'ENOENT' || error.code === 'ENOTDIR'
          ? `${path} does not exist.`
          : `${path} cannot be read (${error.code}).`,
      cause: error,
    });
  });
  if (stat.isDirectory()) return readFolder(absolute);
  if (stat.isSymbolicLink() && (await readdir(absolute).catch(() => null)) !== null) return readFolder(absolute);
  const head = await readStart(absolute, ARCHIVE_BYTES_MAX + 1);
  const isGzip = head[0] === 0x1f && head[1] === 0x8b;
  if (isGzip || ARCHIVE_NAME.test(absolute)) return { kind: 'archive', ...inspectArchive(head), notInspected: [] };
  return readOneFile(absolute, stat.size);
}

async function readStart(path: string, bytesMax: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { size: length } = await file.stat();
    const bytes = new Uint8Array(Math.min(length, bytesMax));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await file.close();
  }
}

async function readOneFile(path: string, length: number): Promise<ScanTarget> {
  const name = basename(path);
  if (length > FOLDER_BYTES_MAX) {
    return {
      kind: 'file',
      files: [],
      problems: [],
      notInspected: [{ file: name, reason: tooLarge(length) }],
      bytes: length,
    };
  }
  const bytes = new Uint8Array(await readFile(path));
  const files = [{ path: name, bytes, mode: '0644' as const }];
  return { kind: 'file', files, problems: [], notInspected: [], bytes: bytes.length };
}

interface Walk extends ScanTarget {
  root: string;
  /** What `build` leaves out; null in a folder that is no skill, of which everything is scanned. */
  leaveOut: ((path: string, name: string, isFolder: boolean) => string | null) | null;
  readBytes: number;
}

async function readFolder(root: string): Promise<ScanTarget> {
  const isSkill = (await lstat(join(root, 'manifest.yaml')).catch(() => null))?.isFile() === true;
  const ignored = parseIgnore(await readFile(join(root, '.aegisignore'), 'utf8').catch(() => ''));
  const leaveOut = isSkill
    ? (path: string, name: string, isFolder: boolean) => ruleFor(ignored, path, name, isFolder)
    : null;
  const walk: Walk = {
    kind: 'folder',
    root,
    leaveOut,
    files: [],
    problems: [],
    notInspected: [],
    bytes: 0,
    readBytes: 0,
  };
  await walkFolder(walk, '', 0);
  const { files, problems, notInspected, bytes } = walk;
  return { kind: 'folder', files, problems, notInspected, bytes };
}

async function walkFolder(walk: Walk, folder: string, depth: number): Promise<void> {
  const entries = await readdir(join(walk.root, folder), { withFileTypes: true }).catch(() => null);
  if (entries === null || depth > FOLDER_DEPTH_MAX) {
    const reason = entries === null ? 'the folder cannot be read' : `deeper than ${FOLDER_DEPTH_MAX} folders`;
    walk.notInspected.push({ file: `${folder}/`, reason });
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    const isFolder = entry.isDirectory();
    const rule =
      isFolder && entry.name === '.git' ? 'history of Git' : (walk.leaveOut?.(path, entry.name, isFolder) ?? null);
    if (rule !== null) await leaveOut(walk, path, isFolder, rule);
    else if (isFolder) await walkFolder(walk, path, depth + 1);
    else await addFile(walk, path);
  }
}

async function leaveOut(walk: Walk, path: string, isFolder: boolean, rule: string): Promise<void> {
  if (!isFolder) walk.bytes += (await lstat(join(walk.root, path))).size;
  walk.notInspected.push({ file: isFolder ? `${path}/` : path, reason: `${NOT_PART} (${rule})` });
}

async function addFile(walk: Walk, path: string): Promise<void> {
  const absolute = join(walk.root, path);
  const stat = await lstat(absolute);
  if (!stat.isFile()) {
    const reason = stat.isSymbolicLink() ? 'symlink' : stat.isFIFO() ? 'fifo' : 'device';
    walk.problems.push({
      path,
      reason,
      message: `${path} is a ${reason}; wanted a regular file. Put the file itself there.`,
    });
    return;
  }
  walk.bytes += stat.size;
  const isTooMuch = walk.files.length >= FOLDER_FILES_MAX || walk.readBytes + stat.size > FOLDER_BYTES_MAX;
  const bytes = isTooMuch ? null : await readFile(absolute).catch(() => null);
  if (bytes === null) {
    const reason = isTooMuch
      ? `beyond ${FOLDER_FILES_MAX} files or ${size(FOLDER_BYTES_MAX)}`
      : 'the file cannot be read';
    walk.notInspected.push({ file: path, reason });
    return;
  }
  walk.readBytes += bytes.length;
  walk.files.push({
    path: path.normalize('NFC'),
    bytes: new Uint8Array(bytes),
    mode: (stat.mode & 0o100) !== 0 ? '0755' : '0644',
  });
}

function tooLarge(length: number): string {
  return `${size(length)}, at most ${size(FOLDER_BYTES_MAX)} are read`;
}
