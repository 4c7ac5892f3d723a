import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../testing/test-io.ts';
import { nodeFiles } from './node-files.ts';

async function world() {
  const outside = await temporaryFolder();
  const folder = await temporaryFolder();
  await writeFiles(outside, { 'secret.txt': 'secret' });
  await writeFiles(folder, { 'in/a.txt': 'A', 'in/deep/b.txt': 'B' });
  return { outside, folder, files: nodeFiles(folder) };
}

describe('the files behind a context', () => {
  it('are read, written, listed and removed from the working folder', async () => {
    const { folder, files } = await world();
    expect(await files.read('in/a.txt')).toBe('A');
    expect(await files.list('in')).toEqual(['a.txt', 'deep/']);
    await files.write('out/new/c.txt', 'C');
    expect(await readFile(join(folder, 'out/new/c.txt'), 'utf8')).toBe('C');
    await files.write('out/new/c.txt', '');
    expect(await files.read(join(folder, 'out/new/c.txt'))).toBe('');
    await files.remove('in/a.txt');
    await expect(files.read('in/a.txt')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('cannot be reached through a link, neither file nor folder, neither to read nor to write', async () => {
    const { folder, outside, files } = await world();
    await symlink(join(outside, 'secret.txt'), join(folder, 'link.txt'));
    await symlink(outside, join(folder, 'linked'));
    await mkdir(join(folder, 'real'));
    await symlink(join(folder, 'real'), join(folder, 'inside'));
    await symlink('/nowhere/at/all', join(folder, 'dangling'));
    for (const path of ['link.txt', 'linked/secret.txt', 'inside/x']) {
      await expect(files.read(path), path).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
      await expect(files.write(path, 'x'), path).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
      await expect(files.remove(path), path).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    }
    await expect(files.list('linked')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    await expect(files.write('dangling', 'x')).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe('secret');
  });
});
