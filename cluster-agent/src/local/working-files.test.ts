import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import { workingFiles } from './working-files.ts';

let folder = '';
let outside = '';
beforeEach(async () => {
  folder = await temporaryFolder();
  outside = await temporaryFolder();
  await mkdir(join(folder, 'data'));
  await writeFile(join(folder, 'data', 'a.txt'), 'a');
  await writeFile(join(outside, 'secret.txt'), 'secret');
});
const files = (own: Record<string, string> = {}) =>
  workingFiles({
    folder,
    packageFiles: new Map(Object.entries(own).map(([path, text]) => [path, new TextEncoder().encode(text)])),
  });

describe('the files of a tool', () => {
  it('are read, written, listed and removed in the working directory', async () => {
    await files().write('data/deep/b.txt', 'b');
    expect(await files().read('data/deep/b.txt')).toBe('b');
    expect(await files().list('data')).toEqual(['a.txt', 'deep/']);
    expect(await files().list('.')).toEqual(['data/']);
    await files().write('data/a.txt', '');
    expect(await readFile(join(folder, 'data', 'a.txt'), 'utf8')).toBe('');
    await files().remove('data/a.txt');
    await expect(files().read('data/a.txt')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(files().list('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(files().remove('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('come from the package where the working directory has none of that name', async () => {
    const own = files({ 'assets/own.txt': 'own', 'data/a.txt': 'packaged' });
    expect(await own.read('assets/own.txt')).toBe('own');
    expect(await own.read('data/a.txt')).toBe('a');
  });

  it('may be named absolutely, and are then exactly those', async () => {
    expect(await files().read(join(outside, 'secret.txt'))).toBe('secret');
    await files().write(join(outside, 'new.txt'), 'new');
    expect(await readFile(join(outside, 'new.txt'), 'utf8')).toBe('new');
  });

  it.each<[what: string, prepare: () => Promise<void>, path: string]>([
    ['a link to a file', () => symlink(join(outside, 'secret.txt'), join(folder, 'data', 'link')), 'data/link'],
    ['a link to a folder', () => symlink(outside, join(folder, 'data', 'link')), 'data/link/secret.txt'],
    [
      'a link to a folder that has a folder',
      () => symlink(join(outside, '..'), join(folder, 'data', 'link')),
      'data/link/x/secret.txt',
    ],
  ])('never lie behind %s', async (_, prepare, path) => {
    await prepare();
    for (const attempt of [
      () => files().read(path),
      () => files().write(path, 'overwritten'),
      () => files().list(path),
      () => files().remove(`${path}/x`),
    ]) {
      await expect(attempt()).rejects.toThrow();
    }
    expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe('secret');
  });

  it('never lie above the working directory', async () => {
    await expect(files().read('../secret.txt')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
  });

  it('are read up to 16 MiB', async () => {
    await writeFile(join(folder, 'data', 'big'), Buffer.alloc(16 * 1024 * 1024 + 1));
    await expect(files().read('data/big')).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });
});
