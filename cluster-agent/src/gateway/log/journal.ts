import { z } from 'zod';
import { readIfThere, writeDurably } from '../../durable.ts';
import type { Place } from './tail.ts';

/** Events that were made of lines, with the numbers that they have for ever. */
export interface Batch<Event> {
  firstSeq: number;
  events: Event[];
}

/**
 * How far the log has been read, what is counted and not yet an event, and the events of the last step. Written as a
 * whole before the events go on: whoever dies in between sends them again with the same numbers, which the registry
 * knows; and the lines behind the place are read again onto the same counts. So nothing is lost or counted twice.
 */
export interface Journal<Event, Counted> {
  /** Numbers of this log's events belong to this boot, over all restarts of the reader. */
  bootId: string;
  place: Place | null;
  nextSeq: number;
  counted: Counted;
  batch: Batch<Event> | null;
}

const Stored = z.object({
  v: z.literal(1),
  bootId: z.string(),
  place: z.object({ inode: z.number(), offset: z.number() }).nullable(),
  nextSeq: z.number(),
  counted: z.unknown(),
  batch: z.object({ firstSeq: z.number(), events: z.array(z.unknown()) }).nullable(),
});

/** The stored journal, or null when there is none, or none that reads. `parse` checks what only the caller knows. */
export async function readJournal<Event, Counted>(
  path: string,
  parse: { counted: (value: unknown) => Counted; event: (value: unknown) => Event },
): Promise<Journal<Event, Counted> | null> {
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  const { bootId, place, nextSeq, counted, batch } = Stored.parse(JSON.parse(bytes.toString('utf8')));
  return {
    bootId,
    place,
    nextSeq,
    counted: parse.counted(counted),
    batch: batch === null ? null : { firstSeq: batch.firstSeq, events: batch.events.map(parse.event) },
  };
}

export async function writeJournal<Event, Counted>(path: string, journal: Journal<Event, Counted>): Promise<void> {
  await writeDurably(path, JSON.stringify({ v: 1, ...journal }));
}
