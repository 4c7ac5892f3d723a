import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { onOddDisk } from '../../testing/odd-disk.ts';
import { temporaryFolder, testIo } from '../../testing/test-io.ts';
import { AegisError, type ErrorCode } from '../errors.ts';
import { Interrupted } from './io.ts';
import { showError } from './show-error.ts';

const WORDS = { json: false, page: null };
const JSON_FORM = { json: true, page: null };
const system = (code: string) => Object.assign(new Error(code), { code, syscall: 'open', path: '/somewhere/file' });

describe('the exit code', () => {
  it.each<[ErrorCode, number]>([
    ['USAGE', 2],
    ['NETWORK', 3],
    ['TIMEOUT', 3],
    ['NOT_A_REGISTRY', 3],
    ['UNAVAILABLE', 3],
    ['UNAUTHENTICATED', 4],
    ['NOT_FOUND', 1],
    ['FORBIDDEN', 1],
    ['ARCHIVE_INVALID', 1],
    ['SIGNATURE_INVALID', 1],
  ])('of %s is %i', async (code, exit) => {
    expect(showError(new AegisError(code), await testIo(), WORDS)).toBe(exit);
  });

  it('of a bug is 70, with its stack and its cause', async () => {
    const io = await testIo();
    expect(showError(new TypeError('x is no function', { cause: new Error('deep') }), io, WORDS)).toBe(70);
    expect(io.err()).toMatch(/This is a bug in aegis[\s\S]*TypeError: x is no function[\s\S]*caused by Error: deep/);
    expect(showError('a text', io, WORDS)).toBe(70);
  });

  it('of Ctrl-C is 130, whatever broke because of it', async () => {
    const io = await testIo();
    expect(showError(new Interrupted(), io, WORDS)).toBe(130);
    io.stop.abort();
    expect(showError(new AegisError('NETWORK'), io, WORDS)).toBe(130);
  });
});

describe('an error', () => {
  it('of the whole is told once, one of a place again there', async () => {
    const io = await testIo();
    const detail = 'The file is empty.';
    const errors = [
      { pointer: '', detail },
      { pointer: '', detail, file: 'a' },
    ];
    showError(new AegisError('ARCHIVE_INVALID', { detail, errors }), io, WORDS);
    expect(io.err()).toBe(
      '✗ The package is not a valid skill archive\n  The file is empty.\n  a\n    The file is empty.\n  (ARCHIVE_INVALID)\n',
    );
  });

  it('tells title, detail, each field with its place and fix, code and request', async () => {
    const io = await testIo();
    const errors = [
      { pointer: '/name', detail: 'is too long', file: 'manifest.yaml', line: 2, column: 7, fix: 'Shorten it.' },
      { pointer: '/x', detail: 'is unknown' },
    ];
    showError(new AegisError('MANIFEST_INVALID', { detail: 'two fields', errors, requestId: 'req-1' }), io, WORDS);
    expect(io.err()).toBe(
      '✗ The manifest is not valid\n  two fields\n  manifest.yaml:2:7  /name\n    is too long\n    fix: Shorten it.\n  /x\n    is unknown\n  (MANIFEST_INVALID, request req-1)\n',
    );
  });

  it('is a problem for programs', async () => {
    const io = await testIo();
    showError(new AegisError('VERSION_EXISTS', { detail: 'x', requestId: 'req-1' }), io, JSON_FORM);
    expect(JSON.parse(io.err()).error).toMatchObject({
      code: 'VERSION_EXISTS',
      status: 409,
      detail: 'x',
      requestId: 'req-1',
    });
  });

  it('cannot play with the terminal', async () => {
    const io = await testIo();
    showError(new AegisError('NOT_FOUND', { detail: '\u001b[2Jgone' }), io, WORDS);
    expect(io.err()).not.toContain('\u001b');
  });
});

describe('what the operating system refuses', () => {
  it.each([
    ['ENOSPC', 'The disk is full'],
    ['EROFS', 'read-only'],
    ['EACCES', 'may not be opened'],
    ['ENOENT', 'does not exist'],
    ['EISDIR', 'is a folder'],
  ])('%s is told in words', async (code, words) => {
    const io = await testIo();
    expect(showError(system(code), io, WORDS)).toBe(2);
    expect(io.err()).toContain(words);
    expect(io.err()).not.toContain('bug');
  });

  it('and nobody foresaw is a bug', async () => {
    expect(showError(system('EXOTIC'), await testIo(), WORDS)).toBe(70);
  });
});

describe('a real disk', () => {
  const BIN = fileURLToPath(new URL('../../bin/aegis.js', import.meta.url));

  it.each([
    [0, 'lies on a file system that is read-only. Choose another folder.'],
    [8192, 'The disk is full'],
  ])('of %i bytes is told in words, and nothing is left half done', async (bytes, words) => {
    const folder = await temporaryFolder();
    const env = { PATH: process.env.PATH ?? '', HOME: folder };
    const command = [process.execPath, BIN, 'init', 'my-skill', '--yes'];
    const { code, out, error } = await onOddDisk({ folder, bytes }, command, { cwd: folder, env, after: 'ls -A' });
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(words);
    expect(error.trim().split('\n')).toHaveLength(1);
  });
});
