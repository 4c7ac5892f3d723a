import { AegisError } from '@aegis/skill-sdk/errors';
import type { BlockedAck, BlockedBatch } from '@aegis/skill-sdk/wire/blocked';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createBell } from '../every.ts';
import { NOW_MS, seededId } from '../testing/documents.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { recordedLog } from '../testing/log.ts';
import { event } from '../testing/sightings.ts';
import { openOutbox } from './outbox.ts';
import { flush, ship } from './ship.ts';

const BOOT = seededId('boot', 1);
const never = new AbortController().signal;

/** A spool with so many events, and a registry that answers as told. */
async function world(events: number, answer: (batch: BlockedBatch) => BlockedAck) {
  const { log, lines } = recordedLog();
  const bell = createBell();
  const outbox = await openOutbox({
    folder: await temporaryFolder(),
    bootId: BOOT,
    clock: () => NOW_MS,
    onAppend: bell.ring,
    log,
  });
  onTestFinished(() => outbox.close());
  await outbox.append(Array.from({ length: events }, (_, index) => event(`h${index + 1}.example.com`)));
  const batches: BlockedBatch[] = [];
  const registry = {
    shipBlocked: async (batch: BlockedBatch) => {
      batches.push(batch);
      return answer(batch);
    },
  };
  return {
    outbox,
    batches,
    lines,
    options: { outbox, registry, log },
    loop: { outbox, registry, log, bell, random: () => 0 },
  };
}

const all = ({ events }: BlockedBatch): BlockedAck => ({ ackedSeq: events.at(-1)?.seq ?? 0, refused: [] });

describe('shipping', () => {
  it('sends batches of 500 at most and empties the spool', async () => {
    const { outbox, batches, options } = await world(1100, all);
    await flush(options, never);
    expect(batches.map(({ events }) => events.length)).toEqual([500, 500, 100]);
    expect(outbox.stats().events).toBe(0);
  });

  it('removes only what was acknowledged, and sends the rest again', async () => {
    const { batches, options } = await world(10, ({ events }) => ({
      ackedSeq: Math.min(events[0]?.seq ?? 0, 10) + 3,
      refused: [],
    }));
    await flush(options, never);
    expect(batches.map(({ events }) => events[0]?.seq)).toEqual([1, 5, 9]);
  });

  it('believes no acknowledgement of what was never sent', async () => {
    const { outbox, options } = await world(600, () => ({ ackedSeq: 1_000_000, refused: [] }));
    const [first] = [await outbox.nextBatch(1)];
    expect(first?.events).toHaveLength(1);
    await flush(options, never);
    await outbox.append([event('later.example.com')]);
    expect(await outbox.nextBatch()).toMatchObject({ events: [{ seq: 601 }] });
  });

  it('does not spin when nothing of a batch is acknowledged', async () => {
    const { outbox, options, batches } = await world(3, () => ({ ackedSeq: 0, refused: [] }));
    await expect(flush(options, never)).rejects.toThrow('acknowledged 0');
    expect([batches.length, outbox.stats().events]).toEqual([1, 3]);
  });

  it('says which events were of tenants that are not placed here, and lets them go', async () => {
    const { outbox, options, lines } = await world(2, ({ events }) => ({
      ackedSeq: 2,
      refused: [events[1]?.seq ?? 0],
    }));
    await flush(options, never);
    expect(lines).toMatchObject([{ level: 'warn', seqs: [2] }]);
    expect(outbox.stats().events).toBe(0);
  });

  it('keeps everything when the registry is away', async () => {
    const away = () => {
      throw new AegisError('NETWORK');
    };
    const { outbox, options } = await world(3, away);
    await expect(flush(options, never)).rejects.toMatchObject({ code: 'NETWORK' });
    expect(outbox.stats().events).toBe(3);
  });
});

describe('the shipping loop', () => {
  const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
  const run = (options: Parameters<typeof ship>[0]) => {
    const stop = new AbortController();
    const running = ship(options, stop.signal);
    onTestFinished(async () => {
      stop.abort();
      await running;
    });
  };

  it('sends what is there, then what comes, each within moments', async () => {
    const { outbox, batches, loop } = await world(2, all);
    run(loop);
    await until(() => expect(batches).toHaveLength(1));
    await outbox.append([event('later.example.com')]);
    await until(() => expect(batches.at(-1)?.events).toMatchObject([{ seq: 3, dst: { host: 'later.example.com' } }]));
    await until(() => expect(outbox.stats().events).toBe(0));
  });

  it('goes on where it was when the registry comes back', async () => {
    let failures = 1;
    const { outbox, batches, loop } = await world(3, (batch) => {
      if (failures-- > 0) throw new AegisError('UNAVAILABLE');
      return all(batch);
    });
    run(loop);
    await until(() => expect(outbox.stats().events).toBe(0));
    expect(batches[1]).toEqual(batches[0]);
  });

  it('finds the one event that the registry refuses, counts it as lost, and delivers all others', async () => {
    const stored: string[] = [];
    const { outbox, loop } = await world(9, (batch) => {
      const hosts = batch.events.map(({ dst, kind }) => `${kind} ${dst.host}`);
      if (hosts.includes('request h6.example.com')) throw new AegisError('VALIDATION_FAILED');
      stored.push(...hosts);
      return all(batch);
    });
    run(loop);
    await until(() => expect(outbox.stats()).toMatchObject({ events: 0, droppedRequests: 1 }));
    expect(stored).toEqual(
      [1, 2, 3, 4, 5, 7, 8, 9].map((index) => `request h${index}.example.com`).concat('dropped *'),
    );
  });
});
