import { AegisError } from '@aegis/skill-sdk/errors';
import { BLOCKED_BATCH_MAX } from '@aegis/skill-sdk/limits';
import type { Log } from '@aegis/skill-sdk/log';
import type { BlockedBatch } from '@aegis/skill-sdk/wire/blocked';
import { type Bell, backoffMs, pause, type Random } from '../every.ts';
import { type Registry, retryAfterMs } from '../registry.ts';
import type { Outbox } from './outbox.ts';

/** A look at the spool even if nobody rang. */
const IDLE_MS = 30_000;

export interface ShipOptions {
  outbox: Outbox;
  registry: Pick<Registry, 'shipBlocked'>;
  /** Rung by the outbox. */
  bell: Bell;
  random: Random;
  log: Log;
}

/** Ships the spool to the registry until the signal aborts. Only what the registry acknowledged leaves the spool. */
export async function ship(options: ShipOptions, signal: AbortSignal): Promise<void> {
  const { outbox, bell, random, log } = options;
  let failures = 0;
  let eventsMax = BLOCKED_BATCH_MAX;
  while (!signal.aborted) {
    let batch: BlockedBatch | null = null;
    try {
      batch = await outbox.nextBatch(eventsMax);
      if (batch === null) {
        await bell.wait(IDLE_MS, signal);
        continue;
      }
      await shipBatch(options, batch, signal);
      failures = 0;
      eventsMax = Math.min(BLOCKED_BATCH_MAX, eventsMax * 2);
    } catch (error) {
      if (signal.aborted) return;
      failures++;
      log.warn('blocked requests not shipped', { error, failures, events: batch?.events.length ?? 0 });
      if (batch !== null && isContentRefused(error)) {
        eventsMax = await narrow(options, batch, error);
        // The registry is there and answers, so the search for what it refuses need not wait.
        if (batch.events.length > 1) continue;
      }
      await pause(backoffMs(failures, random, retryAfterMs(error)), signal);
    }
  }
}

/** Ships everything once, for the end of the process; stops at the first failure, because the spool keeps the rest. */
export async function flush(options: Omit<ShipOptions, 'bell' | 'random'>, signal: AbortSignal): Promise<void> {
  for (
    let batch = await options.outbox.nextBatch();
    batch !== null && !signal.aborted;
    batch = await options.outbox.nextBatch()
  ) {
    await shipBatch(options, batch, signal);
  }
}

async function shipBatch(
  { outbox, registry, log }: Pick<ShipOptions, 'outbox' | 'registry' | 'log'>,
  batch: BlockedBatch,
  signal: AbortSignal,
): Promise<void> {
  const { ackedSeq, refused } = await registry.shipBlocked(batch, signal);
  const firstSeq = batch.events[0]?.seq ?? 0;
  const lastSeq = batch.events.at(-1)?.seq ?? 0;
  if (ackedSeq < firstSeq) {
    throw new AegisError('STATE_CONFLICT', {
      detail: `The registry acknowledged ${ackedSeq} of a batch that begins at ${firstSeq}.`,
    });
  }
  if (refused.length > 0)
    log.warn('blocked requests of tenants that are not placed here', { bootId: batch.bootId, seqs: refused });
  // Whatever it says, it cannot have stored what it was not sent.
  await outbox.acknowledge(batch.bootId, Math.min(ackedSeq, lastSeq));
}

/** True when the registry will never take these bytes, however often it gets them. */
function isContentRefused(error: unknown): boolean {
  return (
    error instanceof AegisError &&
    (error.code === 'VALIDATION_FAILED' || error.code === 'INVALID_REQUEST' || error.code === 'PAYLOAD_TOO_LARGE')
  );
}

/** Halves the batch until the one event that is refused stands alone, and lets that one go, counted. */
async function narrow({ outbox, log }: ShipOptions, { bootId, events }: BlockedBatch, error: unknown): Promise<number> {
  const [event] = events;
  if (events.length > 1 || event === undefined) return Math.ceil(events.length / 2);
  log.error('blocked request refused for good', { bootId, seq: event.seq, kind: event.kind, error });
  await outbox.discard(bootId, event);
  return 1;
}
