import { symlink, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../testing/test-io.ts';
import { readSkillFolder, ruleFor, textOf } from './skill-folder.ts';

describe('the files of a skill', () => {
  it('come sorted, with names composed, through a link to the folder too', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'b/x.txt': '2', 'a.txt': '1', 'cafe\u0301.txt': '3' });
    const link = join(await temporaryFolder(), 'link');
    await symlink(folder, link);
    const { files, leftOut } = await readSkillFolder(link, '/');
    expect(files.map(({ path }) => path)).toEqual(['a.txt', 'b/x.txt', 'caf\u00e9.txt']);
    expect(leftOut).toEqual([]);
    expect(textOf(files, 'b/x.txt')).toBe('2');
    expect(textOf(files, 'b')).toBeNull();
  });

  it('are refused beyond the limits of a package, before they are read', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, Object.fromEntries(Array.from({ length: 512 }, (_, index) => [`f${index}`, ''])));
    expect((await readSkillFolder(folder, '/')).files).toHaveLength(512);
    await writeFiles(folder, { one: '' });
    await expect(readSkillFolder(folder, '/')).rejects.toThrow(/more than 512 files/);
    const large = await temporaryFolder();
    await writeFiles(large, { 'data.bin': '' });
    await truncate(join(large, 'data.bin'), 16 * 1024 * 1024 + 1);
    await expect(readSkillFolder(large, '/')).rejects.toThrow(/With data\.bin \(16\.0 MiB\).*more than 16\.0 MiB/);
  });

  it('need a folder', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { file: '' });
    await expect(readSkillFolder('file', folder)).rejects.toThrow(/is no folder/);
    await expect(readSkillFolder('nothing', folder)).rejects.toThrow(/does not exist/);
    await expect(readSkillFolder('file/below', folder)).rejects.toThrow(/does not exist/);
  });
});

describe('what stays out', () => {
  const nothing = () => false;
  it.each<[string, boolean, string | null]>([
    ['dist', true, 'dist/'],
    ['dist', false, null],
    ['lib/dist', true, null],
    ['lib/node_modules', true, 'node_modules/'],
    ['node_modules', false, null],
    ['.env', false, 'dot file'],
    ['lib/.git', true, 'dot file'],
    ['index.ts', false, null],
  ])('%s (folder: %s): %s', (path, isFolder, rule) => {
    expect(ruleFor(nothing, path, path.split('/').at(-1) ?? '', isFolder)).toBe(rule);
  });
});
