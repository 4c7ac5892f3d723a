import { open, readFile } from 'node:fs/promises';
import { idPattern } from '@aegis/skill-sdk/ids';
import { BlockedEvent } from '@aegis/skill-sdk/wire/blocked';

/** `<bootId>-<number of the first event, 12 digits>.jsonl`: sorted by name, segments are sorted by age. */
const NAME = /^(bot-[0-9a-z]{26})-([0-9]{12})\.jsonl$/;

/** One file of the spool: events of one boot, one JSON line each, in rising order of `seq`. */
export interface Segment {
  path: string;
  bootId: string;
  /** Bytes that are known to be on the disk; what lies behind them is not there for a reader. */
  bytes: number;
  events: number;
  lastSeq: number;
}

export function segmentName(bootId: string, firstSeq: number): string {
  return `${bootId}-${String(firstSeq).padStart(12, '0')}.jsonl`;
}

/** The boot of a segment's file name, or null when the name is no segment's. */
export function bootOfName(name: string): string | null {
  const bootId = NAME.exec(name)?.[1] ?? null;
  return bootId !== null && idPattern('boot').test(bootId) ? bootId : null;
}

/**
 * The events of a segment. A last line without its end was torn by a crash before anybody was told that it is kept,
 * so it is left out; any other line that does not read is damage and counted.
 */
export async function readSegment(
  path: string,
  bytesMax: number,
): Promise<{ events: BlockedEvent[]; damaged: number }> {
  const text = await readText(path, bytesMax);
  const lines = text.split('\n').slice(0, -1);
  const events: BlockedEvent[] = [];
  let damaged = 0;
  for (const line of lines) {
    const event = parseLine(line);
    if (event === null) damaged++;
    else events.push(event);
  }
  return { events, damaged };
}

async function readText(path: string, bytesMax: number): Promise<string> {
  if (bytesMax === Number.POSITIVE_INFINITY) return readFile(path, 'utf8');
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(bytesMax);
    const { bytesRead } = await file.read(buffer, 0, bytesMax, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function parseLine(line: string): BlockedEvent | null {
  try {
    return BlockedEvent.parse(JSON.parse(line));
  } catch {
    return null;
  }
}
