import type { PackageFile } from '@aegis/skill-sdk/archive';
import { describe, expect, it } from 'vitest';
import { compareFile, listFiles } from './package-files.ts';

const file = (path: string, content: string | number[]): PackageFile => ({
  path,
  bytes: typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content),
  mode: '0644',
});

describe('a file of a package', () => {
  it.each<[string, PackageFile, PackageFile[] | null, object]>([
    [
      'without an approved version is new',
      file('a', 'x'),
      null,
      { content: 'x', approvedContent: null, change: 'added' },
    ],
    [
      'that the approved version lacks is new',
      file('a', 'x'),
      [file('b', 'x')],
      { approvedContent: null, change: 'added' },
    ],
    [
      'with other bytes changed',
      file('a', 'x'),
      [file('a', 'y')],
      { content: 'x', approvedContent: 'y', change: 'changed' },
    ],
    ['with more bytes changed', file('a', 'xx'), [file('a', 'x')], { change: 'changed' }],
    ['with the same bytes did not', file('a', 'x'), [file('a', 'x')], { approvedContent: 'x', change: 'same' }],
    [
      'that is empty is text',
      file('a', ''),
      [file('a', '')],
      { size: 0, content: '', approvedContent: '', change: 'same' },
    ],
    ['with a NUL is no text', file('a', [104, 0]), [file('a', 'h')], { size: 2, content: null, approvedContent: 'h' }],
    ['that is not UTF-8 is no text', file('a', [0xff, 0xfe]), null, { content: null }],
  ])('%s', (_, now, before, expected) => expect(compareFile([now], before, 'a')).toMatchObject(expected));

  it('keeps a byte order mark, so that the reviewer reads every byte', () => {
    expect(compareFile([file('a', [0xef, 0xbb, 0xbf, 120])], null, 'a').content).toBe('\ufeffx');
  });

  it('that is not in the package is not found', () => {
    expect(() => compareFile([file('a', 'x')], [file('b', 'x')], 'b')).toThrow(
      expect.objectContaining({ code: 'NOT_FOUND' }),
    );
  });

  it('is listed with its digest, and whether it is text', async () => {
    const digest = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881';
    expect(await listFiles([file('a', 'x'), file('b', [0])])).toEqual([
      { path: 'a', size: 1, mode: '0644', sha256: digest, text: true },
      expect.objectContaining({ path: 'b', text: false }),
    ]);
  });
});
