import { constants, mkdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { PathRefused } from './path.ts';

/**
 * Walks from `root` down `names`, one folder at a time, and calls `use` in the last one: there a bare name means a file
 * in this very folder, whatever happens to the path that led here. `use` has to be synchronous and to take bare names.
 *
 * A check of a path followed by a use of the same path can be raced: in between, a folder on the way is swapped for a
 * link. Here no path is used twice. Node has no `openat`, but a process stands in its working directory by inode, not by
 * name. So this steps into one folder after the other, looks each time where it really stands (`getcwd` asks the kernel),
 * and goes back at the end. Who swaps a folder meanwhile changes what its name means, and not where this stands.
 *
 * The working directory belongs to the whole process, which is why nothing here may wait: between going in and coming
 * back no other code of this thread runs.
 * @throws PathRefused when something on the way is missing, is no folder or is a link
 */
export function withFolder<T>(
  root: string,
  names: readonly string[],
  use: () => T,
  options: { create?: boolean } = {},
): T {
  if (!isMainThread)
    throw new PathRefused('this skill needs the main thread: only that has a working directory of its own');
  if (typeof constants.O_NOFOLLOW !== 'number')
    throw new PathRefused('this skill needs a system that can refuse links');
  const home = process.cwd();
  try {
    // What is above the sandbox is trusted; the sandbox itself is the first step that must be no link.
    process.chdir(dirname(root));
    enter(basename(root), 'the sandbox');
    for (const name of names) {
      if (options.create) makeFolder(name);
      enter(name, name);
    }
    return use();
  } finally {
    process.chdir(home);
  }
}

function enter(name: string, shown: string): void {
  const from = process.cwd();
  try {
    process.chdir(name);
  } catch (error) {
    if (isCode(error, 'ENOENT')) throw new PathRefused(`${shown} does not exist`);
    if (isCode(error, 'ENOTDIR') || isCode(error, 'ELOOP')) throw new PathRefused(`${shown} is no folder`);
    throw error;
  }
  if (process.cwd() !== `${from === '/' ? '' : from}/${name}`) throw new PathRefused(`${shown} is a link`);
}

function makeFolder(name: string): void {
  try {
    mkdirSync(name);
  } catch (error) {
    // What is there already is looked at when it is entered.
    if (!isCode(error, 'EEXIST')) throw error;
  }
}

/** Whether an error of the operating system has this code, such as ENOENT. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
