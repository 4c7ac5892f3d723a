import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NOW_MS, seededId } from '../testing/documents.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { recordedLog } from '../testing/log.ts';
import { event } from '../testing/sightings.ts';
import { type Outbox, type OutboxOptions, openOutbox } from './outbox.ts';
import { segmentName } from './segment.ts';

const BOOT = seededId('boot', 1);
const NEXT_BOOT = seededId('boot', 2);

async function open(folder: string, more: Partial<OutboxOptions> = {}): Promise<Outbox> {
  const outbox = await openOutbox({ folder, bootId: BOOT, clock: () => NOW_MS, log: recordedLog().log, ...more });
  onTestFinished(() => outbox.close());
  return outbox;
}

const hosts = (count: number, from = 1) =>
  Array.from({ length: count }, (_, index) => event(`h${from + index}.example.com`));

/** Reads and acknowledges everything, as a registry that takes it all. */
async function drain(outbox: Outbox) {
  const shipped: { bootId: string; seq: number; host: string; kind: string; count: number }[] = [];
  for (let batch = await outbox.nextBatch(); batch !== null; batch = await outbox.nextBatch()) {
    const { bootId, events } = batch;
    shipped.push(...events.map(({ seq, dst, kind, count }) => ({ bootId, seq, host: dst.host, kind, count })));
    await outbox.acknowledge(bootId, events.at(-1)?.seq ?? 0);
  }
  return shipped;
}

describe('the outbox (A139)', () => {
  it('numbers events from 1, gives the oldest first, and keeps them until they are acknowledged', async () => {
    const outbox = await open(await temporaryFolder());
    await outbox.append(hosts(3));
    expect(await outbox.nextBatch(2)).toMatchObject({
      bootId: BOOT,
      events: [{ seq: 1, dst: { host: 'h1.example.com' } }, { seq: 2 }],
    });
    expect(await outbox.nextBatch(2)).toMatchObject({ events: [{ seq: 1 }, { seq: 2 }] });
    await outbox.acknowledge(BOOT, 2);
    expect(await outbox.nextBatch()).toMatchObject({ events: [{ seq: 3 }] });
    expect(outbox.stats()).toMatchObject({ events: 1, droppedRequests: 0 });
    await outbox.acknowledge(BOOT, 3);
    expect(await outbox.nextBatch()).toBeNull();
    expect(outbox.stats()).toMatchObject({ events: 0, bytes: 0 });
  });

  it('leaves no file behind once all is acknowledged, and goes on with the next number', async () => {
    const folder = await temporaryFolder();
    const outbox = await open(folder);
    await outbox.append(hosts(2));
    await drain(outbox);
    expect(await readdir(folder)).toEqual([]);
    await outbox.append(hosts(1, 3));
    expect(await drain(outbox)).toMatchObject([{ seq: 3, host: 'h3.example.com' }]);
  });

  it('ships what an earlier process left, under its boot, before its own', async () => {
    const folder = await temporaryFolder();
    const before = await open(folder);
    await before.append(hosts(2));
    await before.close();
    const outbox = await open(folder, { bootId: NEXT_BOOT });
    await outbox.append(hosts(1, 3));
    expect((await drain(outbox)).map(({ bootId, seq }) => [bootId, seq])).toEqual([
      [BOOT, 1],
      [BOOT, 2],
      [NEXT_BOOT, 1],
    ]);
  });

  it('sends again what was sent and not removed before a crash: the same numbers, so twice is once', async () => {
    const folder = await temporaryFolder();
    const first = await open(folder);
    await first.append(hosts(3));
    const sent = await first.nextBatch();
    expect(await (await open(folder, { bootId: NEXT_BOOT })).nextBatch()).toEqual(sent);
  });

  it('survives a file that is cut off at any byte: whole events stay, the torn one was never promised', async () => {
    const source = await temporaryFolder();
    const outbox = await open(source);
    await outbox.append(hosts(2));
    await outbox.close();
    const [name = ''] = await readdir(source);
    const bytes = await readFile(join(source, name));
    const firstLine = bytes.indexOf('\n') + 1;
    for (const length of [0, 1, firstLine - 1, firstLine, firstLine + 1, bytes.length - 1, bytes.length]) {
      const folder = await temporaryFolder();
      await writeFile(join(folder, name), bytes.subarray(0, length));
      const reopened = await open(folder, { bootId: NEXT_BOOT });
      await reopened.append(hosts(1, 9));
      const expected = length === bytes.length ? ['h1', 'h2', 'h9'] : length >= firstLine ? ['h1', 'h9'] : ['h9'];
      expect((await drain(reopened)).map(({ host }) => host.replace('.example.com', ''))).toEqual(expected);
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('keeps its order over several segments and acknowledgements in the middle of them', async () => {
    const outbox = await open(await temporaryFolder(), { segmentBytesMax: 1500 });
    for (let index = 1; index <= 30; index++) await outbox.append(hosts(1, index));
    await outbox.acknowledge(BOOT, 7);
    expect((await drain(outbox)).map(({ seq }) => seq)).toEqual(Array.from({ length: 23 }, (_, index) => index + 8));
  });

  it('writes what many hand in at once, each exactly once and in the order of handing in', async () => {
    const outbox = await open(await temporaryFolder());
    await Promise.all(Array.from({ length: 50 }, (_, index) => outbox.append(hosts(2, index * 2 + 1))));
    const shipped = await drain(outbox);
    expect(shipped.map(({ host }) => host)).toEqual(hosts(100).map(({ dst }) => dst.host));
    expect(shipped.map(({ seq }) => seq)).toEqual(shipped.map((_, index) => index + 1));
  });

  it('over its size drops the oldest, and ships how many of whom were lost', async () => {
    const outbox = await open(await temporaryFolder(), { bytesMax: 20_000, segmentBytesMax: 1000 });
    const events = Array.from({ length: 100 }, (_, index) =>
      event(`h${index + 1}.example.com`, { count: 2, tenantId: seededId('tenant', 1 + (index % 2)) }),
    );
    for (const one of events) await outbox.append([one]);
    expect(outbox.stats().bytes).toBeLessThanOrEqual(20_000);
    const { droppedRequests } = outbox.stats();
    const shipped = await drain(outbox);
    const requests = shipped.filter(({ kind }) => kind === 'request');
    const dropped = shipped.filter(({ kind }) => kind === 'dropped');
    expect(requests.at(-1)?.host).toBe('h100.example.com');
    expect(dropped.length).toBeGreaterThan(0);
    const sum = (rows: { count: number }[]) => rows.reduce((total, { count }) => total + count, 0);
    // Drops of drop records are counted as what they stood for.
    expect(sum(requests) + sum(dropped)).toBe(200);
    expect(droppedRequests).toBeGreaterThanOrEqual(sum(dropped));
  });

  it('refuses an event that the wire would refuse, and nothing else with it', async () => {
    const outbox = await open(await temporaryFolder());
    await expect(outbox.append([event('x', { tenantId: 'nobody' })])).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    await outbox.append([]);
    await outbox.append(hosts(1));
    expect(await drain(outbox)).toMatchObject([{ seq: 1 }]);
  });

  it('says that an event was not kept when it cannot be written, counts it, and says so in a record afterwards', async () => {
    const folder = join(await temporaryFolder(), 'spool');
    const outbox = await open(folder);
    await rm(folder, { recursive: true });
    await writeFile(folder, 'in the way');
    await expect(outbox.append(hosts(2))).rejects.toThrow();
    expect(outbox.stats().droppedRequests).toBe(2);
    await rm(folder);
    await mkdir(folder);
    await outbox.append(hosts(1, 3));
    expect((await drain(outbox)).map(({ seq, kind, count }) => [seq, kind, count])).toEqual([
      [1, 'dropped', 2],
      [2, 'request', 1],
    ]);
  });

  it('lets one event go that the registry refuses for good, and records that', async () => {
    const outbox = await open(await temporaryFolder());
    await outbox.append(hosts(2));
    const batch = await outbox.nextBatch(1);
    const [refused] = batch?.events ?? [];
    if (refused === undefined) throw new Error('no event');
    await outbox.discard(BOOT, refused);
    const [second, dropped] = await drain(outbox);
    expect([second?.host, dropped?.kind, dropped?.count]).toEqual(['h2.example.com', 'dropped', 1]);
  });

  it('lets a refused drop record go without another one, so that it ends', async () => {
    const outbox = await open(await temporaryFolder());
    await outbox.append([event('*', { kind: 'dropped', lost: {} })]);
    const [refused] = (await outbox.nextBatch())?.events ?? [];
    if (refused === undefined) throw new Error('no event');
    await outbox.discard(BOOT, refused);
    expect(await outbox.nextBatch()).toBeNull();
  });

  it('counts damaged lines, and removes a segment in which nothing can be read', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, segmentName(BOOT, 1)), 'garbage\nmore\n');
    await writeFile(join(folder, 'README'), 'not ours');
    const outbox = await open(folder, { bootId: NEXT_BOOT });
    expect(outbox.stats().damagedLines).toBe(2);
    expect(await outbox.nextBatch()).toBeNull();
    expect(await readdir(folder)).toEqual(['README']);
  });

  it('bounds a batch by bytes too, and always gives at least one event', async () => {
    const outbox = await open(await temporaryFolder());
    const large = Array.from({ length: 5 }, () =>
      event('x.example.com', { source: 'gateway', pod: { namespace: 'n', name: 'p'.repeat(300_000) } }),
    );
    await outbox.append(large);
    expect((await outbox.nextBatch())?.events).toHaveLength(1);
  });

  it('takes a finished segment of another process over, once', async () => {
    const inbox = await temporaryFolder();
    const outbox = await open(await temporaryFolder(), { bootId: NEXT_BOOT });
    const name = segmentName(BOOT, 1);
    const lines = hosts(2).map((one, index) => `${JSON.stringify({ ...one, seq: index + 1 })}\n`);
    await writeFile(join(inbox, name), lines.join(''));
    expect(await outbox.adopt(join(inbox, name))).toBe(true);
    expect(await readdir(inbox)).toEqual([]);
    await writeFile(join(inbox, name), lines.join(''));
    expect(await outbox.adopt(join(inbox, name))).toBe(false);
    expect(await outbox.adopt(join(inbox, 'README'))).toBe(false);
    expect(await drain(outbox)).toMatchObject([
      { bootId: BOOT, seq: 1 },
      { bootId: BOOT, seq: 2 },
    ]);
  });

  it('wakes the shipper after each append', async () => {
    let rings = 0;
    const outbox = await open(await temporaryFolder(), { onAppend: () => rings++ });
    await outbox.append(hosts(1));
    await outbox.append(hosts(1));
    expect(rings).toBe(2);
  });
});

const WRITER = fileURLToPath(new URL('../testing/spool-writer.ts', import.meta.url));

/** Lets a writer append until it has promised so many events, kills it with SIGKILL, and returns what it promised. */
async function writeAndKill(folder: string, bootId: string, promises: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--conditions=aegis-source', WRITER, folder, bootId], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.split('\n').length > promises) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return text.split('\n').slice(0, -1);
}

describe('kill -9 at any moment', () => {
  it('loses nothing that was promised, over several lives of the process, and gives no number twice', {
    timeout: 60_000,
  }, async () => {
    const folder = await temporaryFolder();
    const promised: string[] = [];
    for (const [life, promises] of [1, 2, 7, 40, 111, 200].entries()) {
      promised.push(...(await writeAndKill(folder, seededId('boot', life + 1), promises)));
    }
    const outbox = await openOutbox({
      folder,
      bootId: seededId('boot', 30),
      clock: () => NOW_MS,
      log: recordedLog().log,
    });
    const hosts = new Set<string>();
    const numbers = new Set<string>();
    let events = 0;
    for (let batch = await outbox.nextBatch(); batch !== null; batch = await outbox.nextBatch()) {
      for (const { seq, dst } of batch.events) {
        hosts.add(dst.host);
        numbers.add(`${batch.bootId} ${seq}`);
        events++;
      }
      await outbox.acknowledge(batch.bootId, batch.events.at(-1)?.seq ?? 0);
    }
    expect(promised.length).toBeGreaterThan(360);
    expect(promised.filter((host) => !hosts.has(host))).toEqual([]);
    expect([hosts.size, numbers.size]).toEqual([events, events]);
    expect(outbox.stats().damagedLines).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });
});
