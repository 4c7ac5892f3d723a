import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { PathRefused } from './path.ts';

// What is done to files, once `withFolder` stands in their folder: `name` is one name that `parsePath` has checked.

export interface FolderEntry {
  name: string;
  type: 'file' | 'folder' | 'other';
  /** Bytes; null unless it is a file. */
  size: number | null;
}

/** An agent does not read more names; the answer says that there are more. */
const ENTRIES_MAX = 1000;

/** The bytes of a regular file of at most `bytesMax` bytes that has no second name. @throws PathRefused */
export function readBytes(name: string, bytesMax: number): Uint8Array {
  // Without O_NONBLOCK, opening a FIFO would wait for its other end.
  const file = openFile(name, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    const { size, nlink } = stat;
    if (!stat.isFile()) throw new PathRefused('this is no regular file');
    // A second name may stand outside: what a hard link shares with the outside is not the sandbox's to give.
    if (nlink > 1) throw new PathRefused('this file has a second name (a hard link)');
    if (size > bytesMax) throw new PathRefused(`the file has ${size} bytes, and at most ${bytesMax} may be read`);
    // One byte more than there was, to see a file that grew since.
    const buffer = new Uint8Array(size + 1);
    let length = 0;
    let read: number;
    do {
      read = readSync(file, buffer, length, buffer.length - length, null);
      length += read;
    } while (read > 0 && length < buffer.length);
    if (length > size) throw new PathRefused('the file was written to while it was read; try again');
    return buffer.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

/** Puts a file with these bytes in the place of what was there: afterwards there is the old content or the new. */
export function replaceFile(name: string, bytes: Uint8Array): void {
  refuseUnlessFile(name, { missing: 'allowed' });
  const temporary = `.safe-files-${randomUUID()}.tmp`;
  // O_DSYNC and no fsync at the end: that is refused under Node's permission model.
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC;
  const file = openFile(temporary, flags);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    // Replaces a link that was put there meanwhile, and never writes through it.
    renameSync(temporary, name);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Removes a regular file. */
export function removeFile(name: string): void {
  refuseUnlessFile(name, { missing: 'refused' });
  // Removes a link that was put there meanwhile, and never what it leads to.
  unlinkSync(name);
}

/**
 * Names in the folder at `path`, at most one more than are shown, hidden ones left out. They are hints: the path may lead
 * elsewhere by now, so `describeNames` drops every one that is not in the folder that was really entered.
 * @throws PathRefused when the folder cannot be read any more
 */
export function namesAt(path: string): string[] {
  const names: string[] = [];
  try {
    const folder = opendirSync(path);
    try {
      for (let entry = folder.readSync(); entry !== null; entry = folder.readSync()) {
        if (!entry.name.startsWith('.')) names.push(entry.name);
        if (names.length > ENTRIES_MAX) break;
      }
    } finally {
      folder.closeSync();
    }
  } catch {
    // Whatever the reason, it may be that of a folder outside.
    throw new PathRefused('the folder changed meanwhile; try again');
  }
  return names;
}

/** What the names stand for in this folder, sorted; those that are not in it are dropped. */
export function describeNames(names: readonly string[]): { entries: FolderEntry[]; more: boolean } {
  const entries: FolderEntry[] = [];
  for (const name of names.slice(0, ENTRIES_MAX)) {
    const stat = statOf(name);
    if (stat === undefined) continue;
    const type = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other';
    entries.push({ name, type, size: type === 'file' ? stat.size : null });
  }
  return { entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)), more: names.length > ENTRIES_MAX };
}

function refuseUnlessFile(name: string, { missing }: { missing: 'allowed' | 'refused' }): void {
  const stat = statOf(name);
  if (stat === undefined && missing === 'refused') throw new PathRefused('the file does not exist');
  if (stat !== undefined && !stat.isFile()) throw new PathRefused('this is no regular file');
}

function openFile(name: string, flags: number): number {
  return openSync(name, flags | constants.O_NOFOLLOW, 0o644);
}

function statOf(name: string): Stats | undefined {
  return lstatSync(name, { throwIfNoEntry: false });
}
