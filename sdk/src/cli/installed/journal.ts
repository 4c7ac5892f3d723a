import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { AegisError } from '../../errors.ts';
import { INSTALLED_SKILLS_MAX } from '../../limits.ts';
import { skillNameComplaint } from '../../manifest-rules.ts';
import { writeWhole } from '../write-whole.ts';
import { LockedDir } from './lock-file.ts';

// One change of a folder of skills, all of it or nothing, also when the process is killed (SIGKILL) at any moment:
//
//   stage     new files are written to DIR/.aegis-<pid>-<random>/new/NAME      killed here: the old state, and litter
//   begin     .aegis-journal.json is written beside the lock                  killed here: recovery ends what was begun
//   move      per skill: DIR/NAME → stage/old/NAME, stage/new/NAME → DIR/NAME
//   lock      aegis.lock is replaced by a rename
//   end       the journal is removed, then the stages                         killed here: the new state, and litter
//
// From `begin` to `end` nothing is awaited and no signal is looked at. Every command that reads a lock calls `recover`
// first, so that none of them ever sees a mix.

/** What happens to one skill in one folder. */
const Move = z.object({
  dir: LockedDir,
  name: z.string().refine((name) => skillNameComplaint(name) === null),
  /** Folder below `dir` with `new/NAME` and room for `old/NAME`. */
  stage: z.string().regex(/^\.aegis-[A-Za-z0-9-]+$/),
  /** True when there is a new skill; false when it is only taken away. */
  fresh: z.boolean(),
});
export type Move = z.infer<typeof Move>;

const Journal = z.object({
  v: z.literal(1),
  pid: z.int(),
  moves: z.array(Move).max(4 * INSTALLED_SKILLS_MAX),
  /** The new text of the lock; null when it stays as it is. */
  lock: z.string().nullable(),
});
type Journal = z.infer<typeof Journal>;

/** Where a set of installed skills lies. */
export interface Home {
  /** Absolute; every folder of skills lies in it or below. */
  home: string;
  lockPath: string;
}

const JOURNAL_NAME = '.aegis-journal.json';
/** The moves of another process take milliseconds; one that takes longer is dead, whatever its number says. */
const OTHER_MS = 2000;
const POLL_MS = 50;

/** Carries out moves whose new files are staged, and the new lock, as one step. Throws with the old state in place. */
export function commit(place: Home, change: { moves: readonly Move[]; lock: string | null }): void {
  const journal: Journal = { v: 1, pid: process.pid, moves: [...change.moves], lock: change.lock };
  try {
    writeFileSync(journalPath(place), JSON.stringify(journal), { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      rmSync(journalPath(place), { force: true });
      throw error;
    }
    throw new AegisError('STATE_CONFLICT', {
      detail: `Another aegis is changing the skills in ${place.home} at this moment. Nothing was written; try again.`,
    });
  }
  finish(place, journal);
}

/**
 * Ends what a killed process had begun, and clears away what it left. Waits for one that is still at it.
 * @throws AegisError STATE_CONFLICT when neither the old nor the new state can be reached without a person
 */
export async function recover(place: Home, wait: (delayMs: number) => Promise<void>): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const journal = readJournal(place);
    if (journal === null) return;
    if (waitedMs >= OTHER_MS || (journal !== 'torn' && !isRunning(journal.pid))) {
      // A torn journal was never begun: nothing had moved when its writer ended.
      if (journal === 'torn') rmSync(journalPath(place), { force: true });
      else finish(place, journal);
      return;
    }
    await wait(POLL_MS);
  }
}

/** Removes the stages in these folders whose process has ended. */
export function clearStages(folders: readonly string[]): void {
  for (const folder of folders) {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const pid = /^\.aegis-(\d+)-[A-Za-z0-9]{6}$/.exec(name)?.[1];
      if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

function finish(place: Home, journal: Journal): void {
  try {
    for (const move of journal.moves) forward(place, move);
    if (journal.lock !== null) {
      mkdirSync(dirname(place.lockPath), { recursive: true });
      writeWhole(place.lockPath, journal.lock);
    }
  } catch (cause) {
    undo(place, journal, cause);
    throw cause;
  }
  rmSync(journalPath(place), { force: true });
  for (const folder of stagesOf(place, journal)) rmSync(folder, { recursive: true, force: true });
}

/** Any part of it may have happened before. */
function forward(place: Home, move: Move): void {
  const { target, fresh, old } = pathsOf(place, move);
  if (move.fresh && !existsSync(fresh)) {
    if (existsSync(target)) return;
    throw new AegisError('STATE_CONFLICT', { detail: `${fresh} is gone, so ${move.name} cannot be put in its place.` });
  }
  if (!existsSync(old) && existsSync(target)) {
    mkdirSync(dirname(old), { recursive: true });
    renameSync(target, old);
  }
  if (move.fresh) renameSync(fresh, target);
}

function undo(place: Home, journal: Journal, cause: unknown): void {
  try {
    for (const move of [...journal.moves].reverse()) {
      const { target, fresh, old } = pathsOf(place, move);
      if (move.fresh && !existsSync(fresh) && existsSync(target)) renameSync(target, fresh);
      if (existsSync(old)) renameSync(old, target);
    }
    rmSync(journalPath(place), { force: true });
  } catch (error) {
    throw new AegisError('STATE_CONFLICT', {
      detail: `A change in ${place.home} could be neither finished (${words(cause)}) nor undone (${words(error)}). Mend that and run the command again: ${JOURNAL_NAME} knows what is left to do.`,
      cause: error,
    });
  }
}

function pathsOf({ home }: Home, { dir, name, stage }: Move) {
  const folder = join(home, dir);
  return {
    target: join(folder, name),
    fresh: join(folder, stage, 'new', name),
    old: join(folder, stage, 'old', name),
  };
}

function stagesOf({ home }: Home, { moves }: Journal): Set<string> {
  return new Set(moves.map(({ dir, stage }) => join(home, dir, stage)));
}

function journalPath({ home }: Home): string {
  return join(home, JOURNAL_NAME);
}

function readJournal(place: Home): Journal | 'torn' | null {
  let text: string;
  try {
    text = readFileSync(journalPath(place), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw error;
  }
  try {
    return Journal.parse(JSON.parse(text));
  } catch {
    // Written in one piece by a living process; half of it was left by a dead one.
    return 'torn';
  }
}

/** True when a process of that number runs, though it may be another one by now. */
function isRunning(pid: number): boolean {
  // A number comes again: after a restart of a container, our own may be that of the dead one.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
