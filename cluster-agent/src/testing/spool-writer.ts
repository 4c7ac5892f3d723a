import { openOutbox } from '../blocked/outbox.ts';
import { NOW_MS } from './documents.ts';
import { recordedLog } from './log.ts';
import { event } from './sightings.ts';

// A process that appends without end and says after each append what is promised; its parent kills it at any time.
const [, , folder = '', bootId = ''] = process.argv;
const outbox = await openOutbox({ folder, bootId, segmentBytesMax: 4000, clock: () => NOW_MS, log: recordedLog().log });
let next = 1;
const writer = async () => {
  for (;;) {
    const name = `${bootId}-${next++}.example.com`;
    await outbox.append([event(name)]);
    process.stdout.write(`${name}\n`);
  }
};
await Promise.all([writer(), writer(), writer()]);
