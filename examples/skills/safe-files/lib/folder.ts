import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { PathRefused } from './path.ts';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** A folder that is held open: what happens in it happens in this very folder, wherever its name leads by then. */
export interface Folder {
  /** A path to one of its children that no swapped link can bend. `name` is one name, checked by `parsePath`. */
  child(name: string): string;
  /** A path to the folder itself, of the same kind. */
  self: string;
}

/**
 * Walks from `root` down `names`, one folder at a time, and calls `use` with the last one held open.
 *
 * A check of a path followed by a use of the same path can be raced: between the two, a folder on the way is swapped for
 * a link. Here nothing is looked up twice. Each step opens one name inside the folder that is already open (the kernel
 * resolves `/proc/self/fd/N` to the open folder, as `openat` would) and refuses links (O_NOFOLLOW). Who swaps a folder
 * while this runs changes what its name means, and not which folder this works in.
 * @throws PathRefused when something on the way is missing, is no folder or is a link
 */
export async function withFolder<T>(
  root: string,
  names: readonly string[],
  use: (folder: Folder) => Promise<T>,
  options: { create?: boolean } = {},
): Promise<T> {
  if (process.platform !== 'linux')
    throw new PathRefused('this skill needs Linux: elsewhere it could not refuse links safely');
  let handle = await openFolder(root, 'the sandbox');
  try {
    for (const name of names) {
      const path = `/proc/self/fd/${handle.fd}/${name}`;
      if (options.create) await makeFolder(path);
      const next = await openFolder(path, name);
      await handle.close();
      handle = next;
    }
    const self = `/proc/self/fd/${handle.fd}`;
    return await use({ self, child: (name) => `${self}/${name}` });
  } finally {
    await handle.close();
  }
}

async function openFolder(path: string, name: string): Promise<FileHandle> {
  try {
    return await open(path, FOLDER);
  } catch (error) {
    if (isCode(error, 'ENOENT')) throw new PathRefused(`${name} does not exist`);
    if (isCode(error, 'ENOTDIR') || isCode(error, 'ELOOP')) throw new PathRefused(`${name} is no folder, or a link`);
    throw error;
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    // What is there already is looked at when it is opened.
    if (!isCode(error, 'EEXIST')) throw error;
  }
}

/** Whether an error of the operating system has this code, such as ENOENT. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
