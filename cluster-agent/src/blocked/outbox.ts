import { type FileHandle, mkdir, open, readdir, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import { BLOCKED_BATCH_MAX, OUTBOX_BYTES_MAX } from '@aegis/skill-sdk/limits';
import type { Log } from '@aegis/skill-sdk/log';
import { type BlockedBatch, BlockedEvent } from '@aegis/skill-sdk/wire/blocked';
import { removeIfThere, sweepTemporary, syncFolder } from '../durable.ts';
import type { Unnumbered } from './collect.ts';
import { addLosses, createLosses, type Losses, toDropped } from './losses.ts';
import { bootOfName, readSegment, type Segment, segmentName } from './segment.ts';

/** Small enough that dropping the oldest loses little, large enough that a million events are few files. */
const SEGMENT_BYTES_MAX = 1024 * 1024;
/** So full is the spool after a drop: room for the records of the drop, and not one drop for each append. */
const CAP_REFILL = 7 / 8;
/** Below the registry's limit for a JSON body. */
const BATCH_BYTES_MAX = 512 * 1024;

export interface OutboxOptions {
  folder: string;
  /** Of this process; events of earlier ones keep theirs. */
  bootId: string;
  bytesMax?: number;
  segmentBytesMax?: number;
  clock: () => number;
  /** Told after each append, so that a shipper can wake. */
  onAppend?: () => void;
  log: Log;
}

export interface OutboxStats {
  /** Events that wait to be shipped. */
  events: number;
  bytes: number;
  /** Requests that were lost since the start, each in a `dropped` record or about to be. */
  droppedRequests: number;
  /** Lines that could not be read: their tenants are not known, so no record can name them. */
  damagedLines: number;
}

/**
 * Write-ahead spool of blocked requests (A139): segments on disk, numbered per boot, at-least-once.
 *
 *   append ─► line + fdatasync ─► resolves: from here on only an acknowledgement or a counted drop removes it
 *   nextBatch ─► registry ─► acknowledge ─► a segment that is acknowledged as a whole is removed
 *
 * A crash anywhere sends something twice at worst, and the registry knows (clusterId, bootId, seq). Over `bytesMax`
 * the oldest segment goes; what was in it is counted per tenant and shipped as a `dropped` record.
 */
export interface Outbox {
  /** Resolves when the events are on the disk. Throws when they could not be written; then they are counted as dropped. */
  append(events: readonly Unnumbered[]): Promise<void>;
  /** Takes a finished segment of another process over by renaming it; false when its name is no segment's or taken. */
  adopt(path: string): Promise<boolean>;
  /** The oldest events that are not acknowledged, of one boot; null when there are none. */
  nextBatch(eventsMax?: number): Promise<BlockedBatch | null>;
  /** Everything of the boot up to and with `ackedSeq` is stored at the registry. */
  acknowledge(bootId: string, ackedSeq: number): Promise<void>;
  /** The oldest event of a boot that the registry refuses for good: counted as dropped and removed. */
  discard(bootId: string, event: BlockedEvent): Promise<void>;
  stats(): OutboxStats;
  close(): Promise<void>;
}

interface Spooled extends Segment {
  ackedSeq: number;
}
interface Waiting {
  events: readonly Unnumbered[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Opens the spool and finds what earlier processes left in it. One process at a time (see lock.ts). */
export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const { folder } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await sweepTemporary(folder);
  const spool = new Spool(options);
  for (const name of (await readdir(folder)).sort()) {
    const bootId = bootOfName(name);
    if (bootId !== null) await spool.found(join(folder, name), bootId);
  }
  return spool;
}

class Spool implements Outbox {
  readonly #options: Required<Pick<OutboxOptions, 'bytesMax' | 'segmentBytesMax'>> & OutboxOptions;
  /** Oldest first; the active one is among them. */
  #segments: Spooled[] = [];
  #active: { segment: Spooled; file: FileHandle } | null = null;
  #nextSeq = 1;
  #waiting: Waiting[] = [];
  #losses: Losses = createLosses();
  #droppedRequests = 0;
  #damagedLines = 0;
  /** Of the segment that is being shipped, so that each is read about once. */
  #loaded: { path: string; bytes: number; events: BlockedEvent[] } | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: OutboxOptions) {
    const bytesMax = options.bytesMax ?? OUTBOX_BYTES_MAX;
    this.#options = {
      ...options,
      bytesMax,
      segmentBytesMax: options.segmentBytesMax ?? Math.min(SEGMENT_BYTES_MAX, Math.ceil(bytesMax / 8)),
    };
  }

  append(events: readonly Unnumbered[]): Promise<void> {
    for (const event of events) {
      const parsed = BlockedEvent.safeParse({ ...event, seq: 1 });
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        return Promise.reject(
          new AegisError('VALIDATION_FAILED', {
            detail: `A blocked request has a wrong ${issue?.path.join('.')}: ${issue?.message}.`,
          }),
        );
      }
    }
    if (events.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject });
      // One write and one sync for all that wait by then.
      void this.#alone(() => this.#writeWaiting());
    });
  }

  adopt(path: string): Promise<boolean> {
    return this.#alone(async () => {
      const bootId = bootOfName(basename(path));
      if (bootId === null) return false;
      const here = join(this.#options.folder, basename(path));
      if (this.#segments.some((segment) => segment.path === here)) return false;
      // A rename happens as a whole: after a crash the segment lies in one of the two folders, never in both.
      await rename(path, here);
      await syncFolder(dirname(path));
      await syncFolder(this.#options.folder);
      await this.found(here, bootId);
      await this.#enforceCap();
      this.#options.onAppend?.();
      return true;
    });
  }

  nextBatch(eventsMax = BLOCKED_BATCH_MAX): Promise<BlockedBatch | null> {
    return this.#alone(async () => {
      for (const segment of [...this.#segments]) {
        const open = (await this.#load(segment)).filter((event) => event.seq > segment.ackedSeq);
        if (open.length > 0) return { bootId: segment.bootId, events: takeBatch(open, eventsMax) };
        // Nothing readable is left in it.
        if (segment !== this.#active?.segment) await this.#remove(segment);
      }
      return null;
    });
  }

  acknowledge(bootId: string, ackedSeq: number): Promise<void> {
    return this.#alone(async () => {
      for (const segment of this.#segments.filter((one) => one.bootId === bootId)) {
        segment.ackedSeq = Math.max(segment.ackedSeq, ackedSeq);
        if (segment.lastSeq > segment.ackedSeq || segment.lastSeq === 0) continue;
        if (segment === this.#active?.segment) await this.#roll();
        await this.#remove(segment);
      }
    });
  }

  async discard(bootId: string, event: BlockedEvent): Promise<void> {
    // A refused drop record is not turned into another one, or the two would follow each other for ever.
    if (event.kind !== 'dropped') {
      await this.#alone(async () => {
        this.#lose([event]);
        await this.#write([]);
      });
    }
    await this.acknowledge(bootId, event.seq);
  }

  stats(): OutboxStats {
    const events = this.#segments.reduce(
      (sum, segment) => sum + Math.min(segment.events, segment.lastSeq - segment.ackedSeq),
      0,
    );
    return { events, bytes: this.#bytes(), droppedRequests: this.#droppedRequests, damagedLines: this.#damagedLines };
  }

  close(): Promise<void> {
    return this.#alone(() => this.#roll());
  }

  /** Registers a segment that is on the disk. */
  async found(path: string, bootId: string): Promise<void> {
    const { size } = await stat(path);
    const { events, damaged } = await readSegment(path, Number.POSITIVE_INFINITY);
    if (damaged > 0) this.#options.log.error('spool damaged', { path, damaged });
    this.#damagedLines += damaged;
    const lastSeq = events.reduce((last, event) => Math.max(last, event.seq), 0);
    this.#segments.push({ path, bootId, bytes: size, events: events.length, lastSeq, ackedSeq: 0 });
    this.#segments.sort((left, right) => (basename(left.path) < basename(right.path) ? -1 : 1));
  }

  /** One step at a time, whoever asks. */
  #alone<T>(step: () => Promise<T>): Promise<T> {
    const next = this.#last.then(step, step);
    this.#last = next.catch(() => undefined);
    return next;
  }

  async #writeWaiting(): Promise<void> {
    const taken = this.#waiting.splice(0);
    if (taken.length === 0) return;
    const events = taken.flatMap((one) => one.events);
    try {
      await this.#write(events);
      for (const one of taken) one.resolve();
      this.#options.onAppend?.();
    } catch (error) {
      this.#lose(events);
      for (const one of taken) one.reject(error);
      return;
    }
    await this.#enforceCap().catch((error) => this.#options.log.error('spool cap not kept', { error }));
  }

  /** Writes losses that are not recorded yet, then the events. A full disk costs the oldest segment, once. */
  async #write(events: readonly Unnumbered[]): Promise<void> {
    try {
      await this.#writeOnce(events);
    } catch (error) {
      const oldest = this.#segments.find((segment) => segment !== this.#active?.segment);
      if (oldest === undefined) throw error;
      this.#options.log.error('spool write failed, the oldest segment makes room', { error });
      this.#lose(await this.#unacknowledged(oldest));
      await this.#remove(oldest);
      await this.#writeOnce(events);
    }
  }

  async #writeOnce(events: readonly Unnumbered[]): Promise<void> {
    const dropped = toDropped(this.#losses, this.#options.clock());
    const numbered = [...dropped, ...events].map(
      (event, index): BlockedEvent => ({ ...event, seq: this.#nextSeq + index }),
    );
    const [first] = numbered;
    if (first === undefined) return;
    const { segment, file } = await this.#open(first.seq);
    const bytes = Buffer.from(numbered.map((event) => `${JSON.stringify(event)}\n`).join(''));
    try {
      await file.appendFile(bytes);
      await file.datasync();
    } catch (error) {
      await this.#undo(segment, file, numbered.length);
      throw error;
    }
    this.#losses = createLosses();
    this.#nextSeq += numbered.length;
    segment.bytes += bytes.byteLength;
    segment.events += numbered.length;
    segment.lastSeq = this.#nextSeq - 1;
    if (segment.bytes >= this.#options.segmentBytesMax) await this.#roll();
  }

  /** A part of a write may be there: cut it off, and where that fails as well, leave segment and numbers for good. */
  async #undo(segment: Spooled, file: FileHandle, numbers: number): Promise<void> {
    try {
      await file.truncate(segment.bytes);
    } catch {
      this.#nextSeq += numbers;
      await this.#roll();
    }
  }

  async #open(firstSeq: number) {
    if (this.#active !== null) return this.#active;
    const { folder, bootId } = this.#options;
    const path = join(folder, segmentName(bootId, firstSeq));
    const file = await open(path, 'ax', 0o600);
    await syncFolder(folder);
    const segment: Spooled = { path, bootId, bytes: 0, events: 0, lastSeq: 0, ackedSeq: 0 };
    this.#segments.push(segment);
    this.#active = { segment, file };
    return this.#active;
  }

  /** Ends the active segment; the next write begins a new one. */
  async #roll(): Promise<void> {
    const active = this.#active;
    this.#active = null;
    await active?.file.close();
    if (active !== null && active.segment.events === 0) await this.#remove(active.segment);
  }

  async #enforceCap(): Promise<void> {
    const { bytesMax, log } = this.#options;
    if (this.#bytes() <= bytesMax) return;
    await this.#roll();
    const oldest: Spooled[] = [];
    let events = 0;
    for (let bytes = this.#bytes(); bytes > bytesMax * CAP_REFILL; bytes -= oldest.at(-1)?.bytes ?? bytes) {
      const segment = this.#segments[oldest.length];
      if (segment === undefined) break;
      const lost = await this.#unacknowledged(segment);
      this.#lose(lost);
      events += lost.length;
      oldest.push(segment);
    }
    log.error('spool full, the oldest blocked requests are dropped', { events });
    // The records first: a crash in between counts too many rather than too few.
    await this.#writeOnce([]);
    for (const segment of oldest) await this.#remove(segment);
  }

  #lose(events: readonly (BlockedEvent | Unnumbered)[]): void {
    addLosses(this.#losses, events);
    this.#droppedRequests += events.reduce((sum, event) => sum + event.count, 0);
  }

  async #unacknowledged(segment: Spooled): Promise<BlockedEvent[]> {
    return (await this.#load(segment)).filter((event) => event.seq > segment.ackedSeq);
  }

  async #load(segment: Spooled): Promise<BlockedEvent[]> {
    if (this.#loaded?.path !== segment.path || this.#loaded.bytes !== segment.bytes) {
      const { events } = await readSegment(segment.path, segment.bytes);
      this.#loaded = { path: segment.path, bytes: segment.bytes, events };
    }
    return this.#loaded.events;
  }

  async #remove(segment: Spooled): Promise<void> {
    this.#segments = this.#segments.filter((one) => one !== segment);
    await removeIfThere(segment.path);
    await syncFolder(this.#options.folder);
  }

  #bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }
}

function takeBatch(events: readonly BlockedEvent[], eventsMax: number): BlockedEvent[] {
  const taken: BlockedEvent[] = [];
  let bytes = 0;
  for (const event of events.slice(0, eventsMax)) {
    bytes += Buffer.byteLength(JSON.stringify(event));
    if (taken.length > 0 && bytes > BATCH_BYTES_MAX) break;
    taken.push(event);
  }
  return taken;
}
