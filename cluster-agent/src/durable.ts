import { access, constants, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Makes the temporary names of one process differ, so that two writes of one file never share one. */
let writes = 0;
const TEMPORARY = /^\..+\.\d+-\d+\.tmp$/;

/**
 * Replaces a file as a whole: a reader, or a start after a power cut, finds the old content or the new one and never
 * a part. Missing folders are made with mode 0700. `mode` is that of the new file, default 0600.
 */
export async function writeDurably(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const folder = dirname(path);
  await makeFolder(folder);
  const temporary = join(folder, `.${basename(path)}.${process.pid}-${++writes}.tmp`);
  try {
    const file = await open(temporary, 'w', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await unlink(temporary).catch(ignoreMissing);
    throw cause;
  }
  await syncFolder(folder);
}

/** Makes a folder, mode 0700, with those above it that are missing. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    // Of a folder on a read-only file system Node says that it is missing; the one above it says why.
    await access(dirname(path), constants.W_OK).catch((above: NodeJS.ErrnoException) => {
      if (above.code !== 'ENOENT') throw above;
    });
    throw error;
  }
}

/** Makes renames and removals inside the folder survive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what writes that were killed have left in the folder; call it only while nobody else writes there. */
export async function sweepTemporary(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(missingIsEmpty)) {
    if (TEMPORARY.test(name)) await removeIfThere(join(folder, name));
  }
}

/** The file's bytes, or null when there is no such file. */
export async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    ignoreMissing(error);
    return null;
  }
}

/** Removes a file; one that is already gone is fine. */
export async function removeIfThere(path: string): Promise<void> {
  await unlink(path).catch(ignoreMissing);
}

/** Swallows "no such file" and nothing else. */
export function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') throw error;
}

/** For `readdir(…).catch`: a folder that is not there has no files. */
export function missingIsEmpty(error: unknown): [] {
  ignoreMissing(error);
  return [];
}
