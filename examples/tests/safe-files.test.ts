import { execFileSync } from 'node:child_process';
import { link, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSkill, OPERATIONS, type SafeFilesOptions, SKILL_METADATA } from '../skills/safe-files/lib/safe-files.ts';

let outside: string;
let sandboxDir: string;

beforeEach(async () => {
  const base = await realpath(await mkdtemp(join(tmpdir(), 'safe-files-')));
  outside = join(base, 'outside');
  sandboxDir = join(base, 'sandbox');
  await mkdir(outside);
  await writeFile(join(outside, 'secret.txt'), 'OUTSIDE');
});
afterEach(async () => {
  await rm(join(sandboxDir, '..'), { recursive: true });
});

const make = (options: SafeFilesOptions = {}) => createSkill({ sandboxDir, clock: () => 0, ...options });
const untouched = async () => [await readdir(outside), await readFile(join(outside, 'secret.txt'), 'utf8')];

describe('the operations', () => {
  it('write, read, list and delete, each with an OperationResult (C2, C3, C11)', async () => {
    const files = make();
    expect(await files.writeFile('notes/a.md', 'Grüße')).toEqual({
      success: true,
      data: { size: 7 },
      error: null,
      path: 'notes/a.md',
    });
    expect(await files.readFile('./notes//a.md')).toMatchObject({ success: true, data: { content: 'Grüße', size: 7 } });
    expect(await files.createDirectory('notes/old')).toMatchObject({ success: true });
    expect(await files.createDirectory('notes/old')).toMatchObject({ success: true });
    expect((await files.listDirectory('notes')).data).toEqual({
      entries: [
        { name: 'a.md', type: 'file', size: 7 },
        { name: 'old', type: 'folder', size: null },
      ],
      more: false,
    });
    expect(await files.deleteFile('notes/a.md')).toMatchObject({ success: true, data: { deleted: true } });
    expect(await files.readFile('notes/a.md')).toEqual({
      success: false,
      data: null,
      error: 'the file does not exist',
      path: 'notes/a.md',
    });
    expect(await files.deleteFile('notes/a.md')).toMatchObject({ success: false });
    expect((await files.listDirectory()).data?.entries).toEqual([{ name: 'notes', type: 'folder', size: null }]);
  });

  it('are a closed list (C1, C14)', async () => {
    const files = make();
    expect(SKILL_METADATA.operations).toEqual(['read', 'write', 'list', 'delete', 'create_dir']);
    await files.execute('create_dir', { path: 'a' });
    expect(await files.execute('write', { path: 'a/b.txt', content: 'c' })).toMatchObject({ success: true });
    expect(await files.execute('read', { path: 'a/b.txt' })).toMatchObject({ data: { content: 'c' } });
    expect(await files.execute('list', { path: 'a' })).toMatchObject({ success: true });
    expect(await files.execute('delete', { path: 'a/b.txt' })).toMatchObject({ success: true });
    expect(await files.execute('chmod', { path: 'a' })).toEqual({
      success: false,
      data: null,
      error: 'chmod is no operation; there are read, write, list, delete, create_dir',
      path: 'a',
    });
  });

  it('replace a file as a whole and leave nothing beside it', async () => {
    const files = make();
    await files.writeFile('a.txt', 'a long first version');
    await files.writeFile('a.txt', 'short');
    expect((await files.readFile('a.txt')).data?.content).toBe('short');
    expect(await readdir(sandboxDir)).toEqual(['a.txt']);
    await files.createDirectory('folder');
    expect(await files.writeFile('folder', 'x')).toMatchObject({ success: false, error: 'this is no regular file' });
    expect((await readdir(sandboxDir)).sort()).toEqual(['a.txt', 'folder']);
  });

  it('describe themselves (C9, C10, C12, C13)', () => {
    expect(SKILL_METADATA).toEqual({
      id: 'safe-files',
      name: 'Safe files',
      version: '1.0.0',
      description: expect.any(String),
      operations: OPERATIONS,
      securityLevel: 'high',
      requiresHitl: true,
      sandboxed: true,
    });
    expect(make({ maxFileSize: 5, allowedExtensions: ['.md'] }).getSandboxInfo()).toEqual({
      sandboxDir,
      maxFileSize: 5,
      maxReadSize: 1024 * 1024,
      allowedExtensions: ['.md'],
      operations: ['read', 'write', 'list', 'delete', 'create_dir'],
    });
    expect(createSkill().getSandboxInfo()).toMatchObject({ sandboxDir: 'workspace', maxFileSize: 10 * 1024 * 1024 });
    expect(createSkill({ maxFileSize: 1e9, maxReadSize: 1e9 }).getSandboxInfo()).toMatchObject({
      maxFileSize: 10 * 1024 * 1024,
      maxReadSize: 1024 * 1024,
    });
  });
});

describe('paths (C4, C6)', () => {
  it.each([
    ['', 'empty'],
    ['../secret.txt', 'upwards'],
    ['a/../../secret.txt', 'upwards'],
    ['a/..', 'upwards'],
    ['/etc/passwd', 'relative'],
    ['~/a.txt', 'relative'],
    ['a\\b.txt', 'backslash'],
    ['a\u0000.txt', 'control'],
    ['a\n.txt', 'control'],
    ['.hidden', 'hidden'],
    ['a/.git/config', 'hidden'],
    [`${'n'.repeat(256)}`, 'too long'],
    [Array(17).fill('a').join('/'), 'levels'],
  ])('%j is refused by every operation', async (path, word) => {
    const files = make();
    for (const operation of OPERATIONS) {
      const result = await files.execute(operation, { path, content: '' });
      expect(result).toMatchObject({ success: false, data: null, path });
      expect(result.error).toContain(word);
    }
    expect(await untouched()).toEqual([['secret.txt'], 'OUTSIDE']);
  });

  it('the longest and deepest that are allowed work', async () => {
    const files = make();
    expect(await files.writeFile('n'.repeat(255), '')).toMatchObject({ success: true });
    expect(await files.writeFile(Array(16).fill('a').join('/'), '')).toMatchObject({ success: true });
  });

  it.each(['a.exe', 'a.sh', 'a.txt.so', 'a.', 'a.md/'])('%s is no file to read, write or delete', async (path) => {
    const files = make();
    for (const operation of ['read', 'write', 'delete']) {
      expect(await files.execute(operation, { path, content: '' })).toMatchObject({ success: false });
    }
  });

  it.each('.txt .md .json .yaml .yml .csv .py .js .html .css .xml .TXT'.split(' '))('%s is one', async (extension) => {
    expect(await make().writeFile(`a${extension}`, '')).toMatchObject({ success: true });
  });
});

describe('sizes (C5)', () => {
  it('writes 10 MiB and not a byte more', async () => {
    const files = make();
    const content = 'x'.repeat(10 * 1024 * 1024);
    expect(await files.writeFile('a.txt', content)).toMatchObject({ success: true });
    const { error } = await files.writeFile('a.txt', `${content}x`);
    expect(error).toBe('the content has 10485761 bytes, and at most 10485760 may be written');
  });

  it('reads 1 MiB and not a byte more, counted in bytes', async () => {
    const files = make();
    await files.writeFile('a.txt', 'é'.repeat(512 * 1024));
    expect((await files.readFile('a.txt')).data?.size).toBe(1024 * 1024);
    await files.writeFile('a.txt', `${'é'.repeat(512 * 1024)}x`);
    expect((await files.readFile('a.txt')).error).toBe('the file has 1048577 bytes, and at most 1048576 may be read');
  });

  it('lists 1,000 entries and says that there are more', async () => {
    const files = make();
    await files.createDirectory('many');
    await Promise.all([...Array(1001).keys()].map((n) => writeFile(join(sandboxDir, 'many', `${n}.txt`), '')));
    const { data } = await files.listDirectory('many');
    expect([data?.entries.length, data?.more]).toEqual([1000, true]);
    await rm(join(sandboxDir, 'many', '0.txt'));
    expect((await files.listDirectory('many')).data?.more).toBe(false);
  });
});

describe('what is on the disk', () => {
  it('links lead nowhere: not the file, not a folder on the way, not the sandbox itself', async () => {
    const files = make();
    await files.createDirectory('.');
    await symlink(join(outside, 'secret.txt'), join(sandboxDir, 'link.txt'));
    await symlink(outside, join(sandboxDir, 'folder'));
    expect((await files.readFile('link.txt')).error).toBe('this is a link, and links are not followed');
    for (const operation of OPERATIONS) {
      const result = await files.execute(operation, { path: 'folder/secret.txt', content: 'changed' });
      expect(result).toMatchObject({ success: false, error: 'folder is a link' });
    }
    for (const operation of ['write', 'delete']) {
      expect(await files.execute(operation, { path: 'link.txt', content: 'x' })).toMatchObject({ success: false });
    }
    expect(await files.listDirectory('folder')).toMatchObject({ success: false });
    expect((await files.listDirectory()).data?.entries.map(({ type }) => type)).toEqual(['other', 'other']);

    await symlink(outside, join(sandboxDir, '..', 'other'));
    const linked = createSkill({ sandboxDir: join(sandboxDir, '..', 'other') });
    expect(await linked.readFile('secret.txt')).toMatchObject({ error: 'the sandbox is a link' });
    expect(await untouched()).toEqual([['secret.txt'], 'OUTSIDE']);
  });

  it('hard links, FIFOs, folders and binary files are not read', async () => {
    const files = make();
    await files.createDirectory('folder');
    await link(join(outside, 'secret.txt'), join(sandboxDir, 'hard.txt'));
    execFileSync('mkfifo', [join(sandboxDir, 'pipe')]);
    await writeFile(join(sandboxDir, 'binary'), Buffer.from([0xff, 0xfe, 0x00]));
    expect((await files.readFile('hard.txt')).error).toContain('hard link');
    expect((await files.readFile('pipe')).error).toBe('this is no regular file');
    expect((await files.readFile('folder')).error).toBe('this is no regular file');
    expect((await files.readFile('binary')).error).toBe('the file is no UTF-8 text');
    // Written over, a hard link loses its second name, and the other one keeps its content.
    expect(await files.writeFile('hard.txt', 'mine')).toMatchObject({ success: true });
    expect(await untouched()).toEqual([['secret.txt'], 'OUTSIDE']);
  });

  it('errors name no path of the machine', async () => {
    const files = make();
    await writeFile(sandboxDir, 'a file where the sandbox should be');
    const { error } = await files.readFile('a.txt');
    expect(error).not.toContain(sandboxDir);
    expect(error).toBe('the operating system refused (EEXIST)');
  });
});

describe('the audit log (C7, C8)', () => {
  it('has an entry for each operation, refused ones too', async () => {
    const heard: string[] = [];
    const files = make({ onAudit: ({ operation }) => heard.push(operation) });
    await files.writeFile('a.txt', 'abc');
    await files.readFile('../a.txt');
    expect(files.getAuditLog()).toEqual([
      { at: '1970-01-01T00:00:00.000Z', operation: 'write', path: 'a.txt', success: true, details: '3 bytes' },
      {
        at: '1970-01-01T00:00:00.000Z',
        operation: 'read',
        path: '../a.txt',
        success: false,
        details: 'the path leads upwards with ".."',
      },
    ]);
    expect(heard).toEqual(['write', 'read']);
  });

  it('keeps the latest 1,000 entries', async () => {
    const files = make();
    for (let n = 0; n < 1001; n++) await files.readFile(`/${n}`);
    const paths = files.getAuditLog().map(({ path }) => path);
    expect([paths.length, paths[0], paths.at(-1)]).toEqual([1000, '/1', '/1000']);
  });
});

/** Swaps `inner` between a folder and a link to `target` until told to stop; counts the swaps. */
const SWAPPER = `
const { existsSync, renameSync, rmSync, symlinkSync, unlinkSync } = require('node:fs');
const { inner, parked, target, shared } = require('node:worker_threads').workerData;
while (Atomics.load(shared, 0) === 0) {
  renameSync(inner, parked);
  try {
    symlinkSync(target, inner);
    unlinkSync(inner);
  } catch {
    // A write has made the folder anew in between.
  }
  while (existsSync(parked)) {
    try {
      rmSync(inner, { recursive: true, force: true });
      renameSync(parked, inner);
    } catch {
      // Another write came in between.
    }
  }
  Atomics.add(shared, 1, 1);
}`;

it('a folder swapped for a link between check and use leads nowhere, in 1,200 raced operations (C4)', async () => {
  const files = make();
  await files.writeFile('inner/secret.txt', 'inside');
  await writeFile(join(outside, 'keep.txt'), 'OUTSIDE');
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const inner = join(sandboxDir, 'inner');
  const workerData = { inner, parked: join(sandboxDir, 'parked'), target: outside, shared };
  const swapper = new Worker(SWAPPER, { eval: true, workerData });
  const stopped = new Promise((resolve, reject) => swapper.once('exit', resolve).once('error', reject));
  const reads = { inside: 0, refused: 0 };
  while (Atomics.load(shared, 1) === 0) await files.listDirectory();
  for (let round = 0; round < 300; round++) {
    const read = await files.readFile('inner/secret.txt');
    expect([null, 'inside']).toContain(read.data?.content ?? null);
    reads[read.success ? 'inside' : 'refused'] += 1;
    await files.writeFile('inner/written.txt', 'inside');
    await files.deleteFile('inner/keep.txt');
    const listed = await files.listDirectory('inner');
    expect(listed.data?.entries.map(({ name }) => name) ?? []).not.toContain('keep.txt');
  }
  Atomics.store(shared, 0, 1);
  await stopped;
  expect((await readdir(outside)).sort()).toEqual(['keep.txt', 'secret.txt']);
  expect(await readFile(join(outside, 'keep.txt'), 'utf8')).toBe('OUTSIDE');
  // The race was one: swaps happened all the while.
  expect(Atomics.load(shared, 1)).toBeGreaterThan(10);
});
