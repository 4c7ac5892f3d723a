import { constants, type FileHandle, mkdir, open, readdir, readlink, realpath, unlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { ToolFiles } from '@aegis/skill-sdk/types';

/** What a tool may read at once. */
const READ_BYTES_MAX = 16 * 1024 * 1024;

/**
 * The files behind a tool's context: relative paths lie in the working directory, and where that has none, in the
 * tool's own package; absolute ones are what they say. Which paths are allowed was decided before; here no symbolic
 * link leads anywhere else: a file counts only where it really lies.
 */
export function workingFiles({
  folder,
  packageFiles,
}: {
  folder: string;
  packageFiles: ReadonlyMap<string, Uint8Array>;
}): ToolFiles {
  return {
    async read(path) {
      try {
        return await readText(await locate(folder, path));
      } catch (error) {
        const own = isAbsolute(path) ? undefined : packageFiles.get(path);
        if (own !== undefined && isMissing(error)) return new TextDecoder().decode(own);
        throw explain(error, path);
      }
    },
    async write(path, content) {
      try {
        await writeText(folder, path, content);
      } catch (error) {
        throw explain(error, path);
      }
    },
    async list(path) {
      try {
        const at = await locate(folder, path);
        await mustBe(await realpath(at), at);
        const entries = await readdir(at, { withFileTypes: true });
        return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
      } catch (error) {
        throw explain(error, path);
      }
    },
    async remove(path) {
      try {
        await unlink(await locate(folder, path));
      } catch (error) {
        throw explain(error, path);
      }
    },
  };
}

/** Where the path lies when no link is followed below the working directory; its folder must really be there. */
async function locate(folder: string, path: string): Promise<string> {
  const root = await realpath(folder);
  const at = isAbsolute(path) ? path : resolve(root, path);
  if (!isAbsolute(path) && at !== root && !at.startsWith(root + sep)) throw leadsOut(path);
  await mustBe(await realpath(dirname(at)), dirname(at));
  return at;
}

async function mustBe(found: string, wanted: string): Promise<void> {
  if (found !== wanted) throw leadsOut(wanted);
}

async function readText(at: string): Promise<string> {
  const file = await open(at, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    await checkOpened(file, at);
    const { size } = await file.stat();
    if (size > READ_BYTES_MAX) {
      throw new AegisError('PAYLOAD_TOO_LARGE', {
        detail: `${at} has ${size} bytes; a tool reads at most ${READ_BYTES_MAX}.`,
      });
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function writeText(folder: string, path: string, content: string): Promise<void> {
  const root = await realpath(folder);
  const wanted = isAbsolute(path) ? dirname(path) : dirname(join(root, path));
  // The nearest folder that is there must be where it says, before anything is made below it.
  let existing = wanted;
  while ((await realpath(existing).catch(() => null)) === null) existing = dirname(existing);
  await mustBe(await realpath(existing), existing);
  await mkdir(wanted, { recursive: true });
  const at = await locate(folder, path);
  // Not cut off by opening it: that happens only once it is known which file it is.
  const file = await open(at, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o644);
  try {
    await checkOpened(file, at);
    await file.truncate(0);
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}

/** A folder may be swapped for a link between look and open; the kernel knows what was opened. */
async function checkOpened(file: FileHandle, at: string): Promise<void> {
  if (process.platform === 'linux') await mustBe(await readlink(`/proc/self/fd/${file.fd}`), at);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function explain(error: unknown, path: string): unknown {
  if (error instanceof AegisError) return error;
  if (isMissing(error)) return new AegisError('NOT_FOUND', { detail: `There is no ${path}.`, cause: error });
  if (error instanceof Error && 'code' in error && error.code === 'ELOOP') return leadsOut(path);
  return error;
}

function leadsOut(path: string): AegisError {
  return new AegisError('PERMISSION_DENIED', { detail: `${path} lies behind a symbolic link that leads elsewhere.` });
}
