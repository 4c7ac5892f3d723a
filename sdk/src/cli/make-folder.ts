import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AegisError } from '../errors.ts';

/**
 * Makes a folder, with those above it, unless it is there. One after the other: Node's own `recursive` never comes back
 * where a file system lets nobody make a folder, as /proc. @throws AegisError USAGE there, else what the system says
 */
export async function makeFolder(path: string): Promise<void> {
  const missing: string[] = [];
  for (let at = path; !existsSync(at); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) await makeOne(folder);
}

async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : null;
    // Somebody else made it meanwhile.
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT') throw cause;
    throw new AegisError('USAGE', {
      detail: `${folder} cannot be made: its file system makes no folders. Choose another place.`,
      cause,
    });
  }
}
