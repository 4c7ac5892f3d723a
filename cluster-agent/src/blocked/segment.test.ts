import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededId } from '../testing/documents.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { event } from '../testing/sightings.ts';
import { bootOfName, readSegment, segmentName } from './segment.ts';

const bootId = seededId('boot', 1);

describe('the name of a segment', () => {
  it('says its boot, and sorts by boot and then by number', () => {
    expect(bootOfName(segmentName(bootId, 7))).toBe(bootId);
    expect([segmentName(bootId, 10), segmentName(bootId, 9)].sort()).toEqual([
      segmentName(bootId, 9),
      segmentName(bootId, 10),
    ]);
  });

  it.each([
    '',
    'x.jsonl',
    `${bootId}.jsonl`,
    `.${segmentName(bootId, 1)}.1-1.tmp`,
    `${segmentName(bootId, 1)}.tmp`,
    `../${segmentName(bootId, 1)}`,
  ])('%j is none', (name) => {
    expect(bootOfName(name)).toBeNull();
  });
});

describe('a segment', () => {
  const line = (seq: number) => `${JSON.stringify({ ...event(), seq })}\n`;
  const read = async (text: string, bytesMax = Number.POSITIVE_INFINITY, folder?: string) => {
    const path = join(folder ?? (await temporaryFolder()), segmentName(bootId, 1));
    await writeFile(path, text);
    const { events, damaged } = await readSegment(path, bytesMax);
    return { seqs: events.map(({ seq }) => seq), damaged };
  };

  it('cut off at any byte has every line that was whole, and no damage', async () => {
    const text = line(1) + line(2);
    const folder = await temporaryFolder();
    const boundaries = [0, line(1).length - 1, line(1).length, line(1).length + 1, text.length - 1, text.length];
    const between = Array.from({ length: 40 }, (_, index) => Math.floor((index * text.length) / 40));
    for (const length of [...boundaries, ...between]) {
      const whole = length === text.length ? [1, 2] : length >= line(1).length ? [1] : [];
      expect(await read(text.slice(0, length), undefined, folder)).toEqual({ seqs: whole, damaged: 0 });
    }
  });

  it('counts whole lines that do not read, and keeps the others', async () => {
    expect(await read(`${line(1)}garbage\n${line(3)}{"seq":4}\n`)).toEqual({ seqs: [1, 3], damaged: 2 });
  });

  it('is read up to what is known to be on the disk', async () => {
    expect(await read(line(1) + line(2), line(1).length)).toEqual({ seqs: [1], damaged: 0 });
  });
});
