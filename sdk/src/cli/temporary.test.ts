import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../testing/test-io.ts';
import { withTemporaryFolder } from './temporary.ts';

describe('a temporary folder', () => {
  it('belongs to this user only, and is gone afterwards, also after an error', async () => {
    const parent = await temporaryFolder();
    const result = await withTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'x'), '1');
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
      return folder;
    }, parent);
    expect(result.startsWith(parent)).toBe(true);
    await expect(
      withTemporaryFolder(async () => {
        throw new Error('broken');
      }, parent),
    ).rejects.toThrow('broken');
    expect(await readdir(parent)).toEqual([]);
  });
});
