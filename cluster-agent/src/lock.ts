import { link, readFile, rename } from 'node:fs/promises';
import { AegisError } from '@aegis/skill-sdk/errors';
import { ignoreMissing, readIfThere, removeIfThere, writeDurably } from './durable.ts';

interface Holder {
  pid: number;
  /** When the process started, in the kernel's ticks; null where the machine does not tell. Guards against a reused pid. */
  startedAtTicks: string | null;
}

/**
 * Takes the state folder for this process, because two agents on one spool would remove each other's segments.
 * Returns what gives it back. A lock whose process is gone is taken over. Throws STATE_CONFLICT.
 */
export async function takeLock(path: string, pid: number = process.pid): Promise<() => Promise<void>> {
  const mine: Holder = { pid, startedAtTicks: await startedAtTicks(pid) };
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await linkNew(path, mine)) return () => removeIfThere(path);
    const holder = await readHolder(path);
    if (holder !== null && holder.pid !== pid && (await isAlive(holder))) {
      throw new AegisError('STATE_CONFLICT', {
        detail: `Another agent (process ${holder.pid}) works on this state folder. Stop it, or give this one its own AEGIS_STATE_DIR.`,
      });
    }
    await moveAside(path, `${path}.${pid}.stale`, holder);
  }
  throw new AegisError('STATE_CONFLICT', {
    detail: 'The state folder could not be locked: another agent starts on it right now.',
  });
}

/** True while an agent works on the state folder. */
export async function isHeld(path: string): Promise<boolean> {
  const holder = await readHolder(path);
  return holder !== null && (await isAlive(holder));
}

/** A link appears with its content or not at all, so that nobody ever reads a lock that is half written. */
async function linkNew(path: string, mine: Holder): Promise<boolean> {
  const own = `${path}.${mine.pid}`;
  await writeDurably(own, JSON.stringify(mine));
  try {
    await link(own, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await removeIfThere(own);
  }
}

/** Removes a dead holder's lock. Should it have become another's since it was read, that one is put back. */
async function moveAside(path: string, aside: string, dead: Holder | null): Promise<void> {
  await rename(path, aside).catch(ignoreMissing);
  const moved = await readHolder(aside);
  const isOther = moved !== null && (moved.pid !== dead?.pid || moved.startedAtTicks !== dead.startedAtTicks);
  if (isOther) await link(aside, path).catch(() => undefined);
  await removeIfThere(aside);
}

async function readHolder(path: string): Promise<Holder | null> {
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  try {
    const { pid, startedAtTicks: ticks } = JSON.parse(bytes.toString('utf8'));
    return Number.isInteger(pid) ? { pid, startedAtTicks: typeof ticks === 'string' ? ticks : null } : null;
  } catch {
    // Not written by an agent, so no agent holds it.
    return null;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: the process is there and belongs to somebody else.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  return holder.startedAtTicks === (await startedAtTicks(holder.pid));
}

/** Field 22 of /proc/PID/stat; the name in field 2 may hold spaces and parentheses, so count from its end. */
async function startedAtTicks(pid: number): Promise<string | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    // No /proc (not Linux), or the process ended meanwhile.
    return null;
  }
}
