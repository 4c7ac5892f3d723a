import { mkdir, symlink, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GREETER, temporaryFolder, writeFiles } from '../../testing/test-io.ts';
import { pack } from '../archive.ts';
import { readScanTarget } from './scan-target.ts';

const archive = pack(
  Object.entries(GREETER).map(([path, content]) => ({
    path,
    bytes: new TextEncoder().encode(content),
    mode: '0644' as const,
  })),
);

describe('what a scan looks at', () => {
  it('is of a skill’s folder what goes into its package; the rest is named and counted', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, {
      ...GREETER,
      '.env': '12345',
      'dist/x': '1',
      'node_modules/y/z.js': '1',
      '.aegisignore': 'notes.md',
      'notes.md': '123',
    });
    const target = await readScanTarget('.', folder);
    expect(target.files.map(({ path }) => path)).toEqual(Object.keys(GREETER).sort());
    expect(target.notInspected).toEqual([
      { file: '.aegisignore', reason: 'not part of the package (dot file)' },
      { file: '.env', reason: 'not part of the package (dot file)' },
      { file: 'dist/', reason: 'not part of the package (dist/)' },
      { file: 'node_modules/', reason: 'not part of the package (node_modules/)' },
      { file: 'notes.md', reason: 'not part of the package (.aegisignore)' },
    ]);
    expect(target.bytes).toBe(Object.values(GREETER).join('').length + 5 + 8 + 3);
  });

  it('is of any other folder everything but the history of Git', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, {
      'SKILL.md': '# x',
      '.hidden/run.sh': 'x',
      'node_modules/y/z.js': 'y',
      'dist/a.js': 'z',
      '.git/HEAD': 'h',
    });
    const target = await readScanTarget(folder, '/');
    expect(target.files.map(({ path }) => path)).toEqual([
      '.hidden/run.sh',
      'SKILL.md',
      'dist/a.js',
      'node_modules/y/z.js',
    ]);
    expect(target.notInspected).toEqual([{ file: '.git/', reason: 'not part of the package (history of Git)' }]);
  });

  it('is one file, or the files of an archive whatever its name', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'a.js': 'x', 'b.tar.gz': archive, 'c.bin': archive, 'd.zip': 'PK' });
    expect(await readScanTarget('a.js', folder)).toMatchObject({ files: [{ path: 'a.js' }], problems: [], bytes: 1 });
    for (const name of ['b.tar.gz', 'c.bin']) expect((await readScanTarget(name, folder)).files).toHaveLength(3);
    expect((await readScanTarget('d.zip', folder)).problems).toMatchObject([{ reason: 'not-gzip' }]);
  });

  it('names links and special files instead of following them', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'a.js': 'x' });
    await symlink('/etc/hostname', join(folder, 'link'));
    await symlink('/etc', join(folder, 'folder-link'));
    const target = await readScanTarget(folder, '/');
    expect(target.files.map(({ path }) => path)).toEqual(['a.js']);
    expect(target.problems.map(({ path, reason }) => `${path} ${reason}`)).toEqual([
      'folder-link symlink',
      'link symlink',
    ]);
    const linked = join(await temporaryFolder(), 'to');
    await symlink(folder, linked);
    expect((await readScanTarget(linked, '/')).files).toHaveLength(1);
  });

  it('stays bounded: what is too large is named, not read', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'huge.bin': '', 'small.js': 'x' });
    await truncate(join(folder, 'huge.bin'), 257 * 1024 * 1024);
    const target = await readScanTarget(folder, '/');
    expect(target.files.map(({ path }) => path)).toEqual(['small.js']);
    expect(target.notInspected).toMatchObject([{ file: 'huge.bin', reason: expect.stringContaining('256.0 MiB') }]);
    expect(target.bytes).toBe(257 * 1024 * 1024 + 1);
    expect(await readScanTarget(join(folder, 'huge.bin'), '/')).toMatchObject({
      files: [],
      notInspected: [{ file: 'huge.bin' }],
    });
    const deep = await temporaryFolder();
    await mkdir(join(deep, ...Array.from({ length: 70 }, () => 'd')), { recursive: true });
    expect((await readScanTarget(deep, '/')).notInspected).toMatchObject([{ reason: 'deeper than 64 folders' }]);
  });

  it('must be there', async () => {
    await expect(readScanTarget('nothing', '/')).rejects.toMatchObject({
      code: 'USAGE',
      message: 'nothing does not exist.',
    });
  });
});
