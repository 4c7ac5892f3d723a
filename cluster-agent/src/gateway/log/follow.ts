import type { Log } from '@aegis/skill-sdk/log';
import { type Journal, readJournal, writeJournal } from './journal.ts';
import type { Denial } from './line.ts';
import { parseLine } from './line.ts';
import { forget, type Place, readLines } from './tail.ts';

/** So much of the log is read before its place on the disk is given back. */
const FORGET_BYTES = 8 * 1024 * 1024;

/** Counts denials together; the roof hands in the one of the blocked requests. */
export interface Counter<Event, Counted> {
  /** What has to be recorded at once. Unknown sources are counted by the reader alone. */
  add(denial: Denial): Event[];
  flush(nowMs: number): Event[];
  /** Everything that is counted and no event yet, and back. */
  save(): Counted;
  parse: { counted: (value: unknown) => Counted; event: (value: unknown) => Event };
  restore(counted: Counted): void;
}

export interface FollowOptions<Event, Counted> {
  logFile: string;
  journalFile: string;
  newBootId: () => string;
  counter: Counter<Event, Counted>;
  /** Takes events over for good; called again with the same numbers after a crash. */
  handOver: (bootId: string, batch: { firstSeq: number; events: Event[] }) => Promise<void>;
  /** Told every denial as soon as it is read. */
  onDenial: (denial: Denial) => void;
  clock: () => number;
  log: Log;
}

export interface FollowStats {
  /** Lines that were read since the start. */
  lines: number;
  /** Lines that say nothing that can be understood: HAProxy's own words, or a broken one. */
  unreadable: number;
}

/** Reads the gateway's log and hands its denials over, each exactly once, whenever it is killed. */
export interface Follower {
  /** Reads everything that is there now. Calls are done one after the other. */
  read(): Promise<void>;
  readonly bootId: string;
  stats(): FollowStats;
}

export async function openFollower<Event, Counted>(options: FollowOptions<Event, Counted>): Promise<Follower> {
  const { logFile, journalFile, counter, handOver, onDenial, clock, log } = options;
  const stored = await readJournal(journalFile, counter.parse);
  let journal: Journal<Event, Counted> = stored ?? {
    bootId: options.newBootId(),
    place: null,
    nextSeq: 1,
    counted: counter.save(),
    batch: null,
  };
  if (stored !== null) counter.restore(stored.counted);
  // Of an earlier process: perhaps it was handed over, perhaps not; the numbers tell.
  let isOwed = stored?.batch != null;
  const stats: FollowStats = { lines: 0, unreadable: 0 };
  let forgottenAt = journal.place?.offset ?? 0;
  let place: Place | null = journal.place;
  let turn: Promise<unknown> = Promise.resolve();

  const take = (line: string): Event[] => {
    stats.lines++;
    const read = parseLine(line);
    if (read.kind === 'unreadable') stats.unreadable++;
    if (read.kind !== 'denial') return [];
    onDenial(read.denial);
    return counter.add(read.denial);
  };
  const settle = async () => {
    if (!isOwed || journal.batch === null) return;
    await writeJournal(journalFile, journal);
    await handOver(journal.bootId, journal.batch);
    isOwed = false;
  };
  const readNow = async () => {
    await settle();
    for (;;) {
      const { lines, to } = await readLines(logFile, place);
      const events = [...lines.flatMap(take), ...counter.flush(clock())];
      place = to;
      if (events.length > 0) {
        const { nextSeq: firstSeq } = journal;
        const nextSeq = firstSeq + events.length;
        journal = { ...journal, place, nextSeq, counted: counter.save(), batch: { firstSeq, events } };
        isOwed = true;
        await settle();
      }
      if (lines.length === 0) break;
    }
    const done = journal.place;
    if (done !== null && done.offset - forgottenAt > FORGET_BYTES) {
      forgottenAt = done.offset;
      if (!(await forget(logFile, done)))
        log.warn('the log of the gateway grows, because this machine has no fallocate');
    }
  };
  return {
    bootId: journal.bootId,
    read() {
      const next = turn.then(readNow);
      turn = next.catch(() => undefined);
      return next;
    },
    stats: () => ({ ...stats }),
  };
}
