import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import { openCursor } from './cursor.ts';

describe('the cursor', () => {
  it('is nowhere at first, and where it was moved to after every restart', async () => {
    const path = join(await temporaryFolder(), 'cursor.json');
    const cursor = await openCursor(path);
    expect(cursor.position).toBeNull();
    await cursor.move({ epoch: 2, sequence: 7 });
    await cursor.move({ epoch: 2, sequence: 7 });
    expect(cursor.position).toEqual({ epoch: 2, sequence: 7 });
    expect((await openCursor(path)).position).toEqual({ epoch: 2, sequence: 7 });
  });

  it.each(['', '{"epoch":1', '{"epoch":"1","sequence":2}'])('starts over from a damaged file (%j)', async (content) => {
    const path = join(await temporaryFolder(), 'cursor.json');
    await writeFile(path, content);
    expect((await openCursor(path)).position).toBeNull();
  });

  it('stays where it was when it cannot be written', async () => {
    const folder = join(await temporaryFolder(), 'state');
    const cursor = await openCursor(join(folder, 'cursor.json'));
    await writeFile(folder, 'in the way');
    await expect(cursor.move({ epoch: 1, sequence: 1 })).rejects.toThrow();
    expect(cursor.position).toBeNull();
  });
});
