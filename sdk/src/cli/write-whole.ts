import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a file so that nobody ever sees half of it under its name. Without a pause in which Ctrl-C could end the process,
 * and with nothing left behind when the disk is full.
 */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const part = `${path}.part`;
  try {
    writeFileSync(part, content);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}
