import { constants } from 'node:fs';
import { mkdir, open, readdir, realpath, rm } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { AegisError } from '../errors.ts';
import type { ToolFiles } from '../types.ts';

/** A tool reads text; larger files are for streams, which the contract does not have (requirements: 1 MiB, here with room). */
const READ_BYTES_MAX = 16 * 1024 * 1024;

/**
 * The real file system behind a tool's context: relative paths from the working folder, absolute ones as they are. The
 * context has decided about the path already; here no link may lead elsewhere.
 */
export function nodeFiles(workFolder: string): ToolFiles {
  return {
    async read(path) {
      const target = await settle(workFolder, path);
      const file = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error) => fail(path, error));
      try {
        const { size } = await file.stat();
        if (size > READ_BYTES_MAX) {
          throw new AegisError('PAYLOAD_TOO_LARGE', {
            detail: `${path} has ${size} bytes, at most ${READ_BYTES_MAX} are read.`,
          });
        }
        return await file.readFile('utf8');
      } finally {
        await file.close();
      }
    },
    async write(path, content) {
      const target = resolve(workFolder, path);
      await settle(workFolder, dirname(target));
      await mkdir(dirname(target), { recursive: true });
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
      const file = await open(await settle(workFolder, path), flags).catch((error) => fail(path, error));
      try {
        await file.writeFile(content);
      } finally {
        await file.close();
      }
    },
    async list(path) {
      const entries = await readdir(await settle(workFolder, path), { withFileTypes: true }).catch((error) =>
        fail(path, error),
      );
      return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).sort();
    },
    async remove(path) {
      await rm(await settle(workFolder, path)).catch((error) => fail(path, error));
    },
  };
}

/** The absolute path, when the folders that exist on the way to it are no links out of where it says. */
async function settle(workFolder: string, path: string): Promise<string> {
  const target = resolve(workFolder, path);
  const inside = !relative(workFolder, target).startsWith('..') && !isAbsolute(relative(workFolder, target));
  const root = inside ? workFolder : '/';
  const realRoot = await realpath(root);
  let existing = target;
  let real: string | null = null;
  while (real === null) {
    real = await realpath(existing).catch(() => null);
    if (real === null) existing = dirname(existing);
  }
  if (real !== join(realRoot, relative(root, existing))) {
    throw new AegisError('PERMISSION_DENIED', {
      detail: `${path} leads through a link to ${real}. Declare and use the real path.`,
      meta: { reason: 'link' },
    });
  }
  return target;
}

function fail(path: string, error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') throw new AegisError('NOT_FOUND', { detail: `There is no ${path}.`, cause: error });
  if (code === 'ELOOP') throw new AegisError('PERMISSION_DENIED', { detail: `${path} is a link.`, cause: error });
  throw error;
}
