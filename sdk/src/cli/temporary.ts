import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const open = new Set<string>();
let watching = false;

/**
 * A new folder that only this user can read, given to `use` and gone afterwards: also when it throws, and when the
 * process ends meanwhile. @param parent default: the system's folder for temporary files
 */
export async function withTemporaryFolder<T>(use: (folder: string) => Promise<T>, parent = tmpdir()): Promise<T> {
  const folder = await mkdtemp(join(parent, '.aegis-'));
  open.add(folder);
  if (!watching) process.once('exit', clearAll);
  watching = true;
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
    open.delete(folder);
  }
}

function clearAll(): void {
  for (const folder of open) rmSync(folder, { recursive: true, force: true });
}
