import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';

/** Takes the state folder for this process alone; the returned function gives it back. USAGE while another has it. */
export function takeForSoleUse(dir: string): () => void {
  const path = join(dir, 'lock');
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (cause) {
      if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'EEXIST') throw cause;
    }
    const holder = Number(readFileSync(path, 'utf8'));
    if (isAlive(holder)) {
      throw new AegisError('USAGE', {
        detail: `${dir} is in use by process ${holder}. Stop that Aegis, or choose another folder: npm start -- --state DIR`,
      });
    }
    // Its holder was killed.
    rmSync(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    // The number may have been given to another program since.
    return process.platform !== 'linux' || readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('node');
  } catch {
    // No such process, or one of somebody else: not ours in either case.
    return false;
  }
}
