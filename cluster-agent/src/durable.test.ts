import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ignoreMissing, missingIsEmpty, readIfThere, removeIfThere, sweepTemporary, writeDurably } from './durable.ts';
import { temporaryFolder } from './testing/folder.ts';

describe('files that survive', () => {
  it('are replaced as a whole, readable by their owner only, and leave nothing beside them', async () => {
    const folder = join(await temporaryFolder(), 'deep', 'er');
    const path = join(folder, 'state.json');
    await writeDurably(path, 'one');
    await writeDurably(path, 'two');
    expect(await readFile(path, 'utf8')).toBe('two');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it('keep their old content when the new one cannot be put in place', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'state.json');
    await mkdir(join(path, 'in-the-way'), { recursive: true });
    await expect(writeDurably(path, 'new')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['state.json']);
  });

  it('can be written at the same time without mixing', async () => {
    const path = join(await temporaryFolder(), 'state.json');
    const texts = Array.from({ length: 20 }, (_, index) => String(index).repeat(1000));
    await Promise.all(texts.map((text) => writeDurably(path, text)));
    expect(texts).toContain(await readFile(path, 'utf8'));
  });

  it('swept are only those that a killed write has left', async () => {
    const folder = await temporaryFolder();
    await Promise.all(
      ['.state.json.12-3.tmp', '.hidden', 'state.json', 'a.tmp'].map((name) => writeFile(join(folder, name), '')),
    );
    await sweepTemporary(folder);
    expect((await readdir(folder)).sort()).toEqual(['.hidden', 'a.tmp', 'state.json']);
    await sweepTemporary(join(folder, 'not-there'));
  });

  it('that are missing are null, empty or already removed; any other error is thrown', async () => {
    const folder = await temporaryFolder();
    expect(await readIfThere(join(folder, 'no'))).toBeNull();
    await removeIfThere(join(folder, 'no'));
    expect(await readdir(join(folder, 'no')).catch(missingIsEmpty)).toEqual([]);
    await writeFile(join(folder, 'file'), '');
    await expect(readIfThere(join(folder, 'file', 'below'))).rejects.toThrow('ENOTDIR');
    expect(() => ignoreMissing(new Error('other'))).toThrow('other');
    await chmod(folder, 0o700);
  });
});
