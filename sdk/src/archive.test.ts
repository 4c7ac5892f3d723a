import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { archiveOf, bytesOf, concat, type Member, pax, writeMembers } from '../testing/tar-writer.ts';
import { contentDigest, fileTable, inspectArchive, type PackageFile, pack, unpack } from './archive.ts';
import { digestOf } from './digest.ts';
import { AegisError } from './errors.ts';
import { ARCHIVE_BYTES_MAX, FILES_MAX, FOLDERS_MAX, PATH_BYTES_MAX, UNPACKED_BYTES_MAX } from './limits.ts';

const MANIFEST: Member = { name: 'manifest.yaml', data: 'name: x\n' };

function file(path: string, data: string | Uint8Array = 'x', mode: PackageFile['mode'] = '0644'): PackageFile {
  return { path, bytes: bytesOf(data), mode };
}

/** The reasons that `unpack` and `inspectArchive` give; the first must be refused, the second must never throw. */
function reasons(bytes: Uint8Array): { refused: string[]; seen: string[] } {
  const seen = inspectArchive(bytes).problems.map(({ reason }) => reason);
  try {
    unpack(bytes);
    return { refused: [], seen };
  } catch (error) {
    if (!(error instanceof AegisError) || error.code !== 'ARCHIVE_INVALID') throw error;
    return { refused: error.meta?.reasons as string[], seen };
  }
}

/** Text that deflates about as well as a program does, never like a bomb: it repeats beyond the window of deflate. */
function program(bytes: number): Uint8Array {
  const text = new Uint8Array(bytes);
  for (let offset = 0; offset < bytes; offset += PERIOD.length) text.set(PERIOD.subarray(0, bytes - offset), offset);
  return text;
}

const PERIOD = new Uint8Array(65536);
let state = 1;
for (let index = 0; index < PERIOD.length; index++) {
  if (index % 64 === 0) state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  PERIOD[index] = 97 + ((state >>> (index % 24)) & 15);
}

/** The largest packages take their time on a busy machine. */
const LARGE = 60_000;

describe('pack and unpack', () => {
  const paths = fc
    .uniqueArray(fc.stringMatching(/^[a-z0-9_.é😀-]{1,12}(?:\/[a-z0-9_é-]{1,12}){0,3}$/u), {
      minLength: 1,
      maxLength: 8,
      selector: (path) => path.normalize('NFC'),
    })
    .filter((all) => all.every((path) => !/(?:^|\/)\.{1,2}(?:\/|$)/.test(path)))
    .filter((all) => all.every((path) => all.every((other) => !other.startsWith(`${path}/`))));
  const files = paths.chain((all) =>
    fc.tuple(
      ...all.map((path) =>
        fc.record({
          path: fc.constant(path),
          bytes: fc.uint8Array({ maxLength: 2000 }),
          mode: fc.constantFrom<PackageFile['mode']>('0644', '0755'),
        }),
      ),
    ),
  );

  test('unpack(pack(x)) is x in the canonical order, whatever order x had', () => {
    fc.assert(
      fc.property(files, (input) => {
        const packed = pack(input);
        const unpacked = unpack(packed);
        expect(unpacked.map(({ path }) => path)).toEqual(
          input.map(({ path }) => path).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
        );
        for (const { path, bytes, mode } of input) {
          const found = unpacked.find((candidate) => candidate.path === path);
          expect(found?.mode).toBe(mode);
          expect(Buffer.compare(found?.bytes ?? new Uint8Array(), bytes)).toBe(0);
        }
        expect(pack([...input].reverse())).toEqual(packed);
        expect(inspectArchive(packed).problems).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('the same files give the same bytes and the same content digest, on every machine (test vector)', async () => {
    const input = [
      file('manifest.yaml', 'name: vector\nversion: 1.0.0\ndescription: A test vector.\n'),
      file('handlers/größe.ts', 'export default async () => 42;\n', '0755'),
      file('\u{1F600}.txt', ''),
      file('\uFB01.txt', 'ligature\n'),
    ];
    expect(await digestOf(pack(input))).toBe('sha256:1f975b5ea29a02d3aa805d8d90e9850386c02e7ffe340ef164233a1acb17d225');
    // Also computed by another program, from the definition alone.
    expect(await contentDigest(input)).toBe('sha256:177de84d58f998ea9cee8ea71a5062c8f349080b90d7ba7a2381838315a4af41');
    expect(gunzipSync(pack(input)).length % 512).toBe(0);
  });

  test('paths are sorted by their UTF-8 bytes, not by UTF-16 units', async () => {
    const rows = await fileTable([file('\u{1F600}'), file('\uFB01'), file('b/a'), file('b'), file('a')].slice(0, 3));
    expect(rows.map(({ path }) => path)).toEqual(['b/a', '\uFB01', '\u{1F600}']);
  });

  test('the content digest does not depend on how the archive was packed', async () => {
    const input = [file('manifest.yaml', 'a'), file('b', 'c', '0755')];
    const other = archiveOf([
      { name: './', type: '5', mode: '0000755\0' },
      { name: './b', data: 'c', mode: '0000700\0' },
      { name: './manifest.yaml', data: 'a', mode: '0000664\0' },
    ]);
    expect(await contentDigest(unpack(other))).toBe(await contentDigest(input));
    expect(await fileTable(unpack(other))).toEqual(await fileTable(input));
  });

  test('paths are brought to NFC and lose their ./', async () => {
    expect(unpack(pack([file('./e\u0301.txt')])).map(({ path }) => path)).toEqual(['\u00e9.txt']);
    expect(unpack(archiveOf([{ name: 'e\u0301.txt' }])).map(({ path }) => path)).toEqual(['\u00e9.txt']);
    expect((await fileTable([file('./e\u0301')]))[0]?.path).toBe('\u00e9');
  });

  test('a path of 255 bytes with a boundary in reach goes through the prefix', () => {
    const path = `${'a'.repeat(100)}/${'b'.repeat(54)}/${'c'.repeat(99)}`;
    expect(path).toHaveLength(PATH_BYTES_MAX);
    expect(unpack(pack([file(path)])).map((found) => found.path)).toEqual([path]);
  });

  test('pack refuses what unpack would refuse, and names each of it', () => {
    const attempt = () => pack([file('/etc/passwd'), file('../x'), file('a\\b'), file('A'), file('a')]);
    expect(attempt).toThrow(AegisError);
    try {
      attempt();
    } catch (error) {
      const { errors, detail } = error as AegisError;
      expect(errors.map(({ file: path }) => path).sort()).toEqual(['../x', '/etc/passwd', 'a', 'a\\b']);
      expect(detail).toMatch(/^"\.\.\/x": .* \(and 3 more\)$/);
    }
  });

  test.each([
    ['no file', []],
    ['a name that no header holds', [file('n'.repeat(101))]],
    ['a name after the last slash that is too long', [file(`a/${'n'.repeat(101)}`)]],
    ['a file above the bound', [file('a', new Uint8Array(UNPACKED_BYTES_MAX + 1))]],
    ['zeros that unfold like a bomb', [file('a', new Uint8Array(2_000_000))]],
  ])('pack refuses %s', (_, input) => {
    expect(() => pack(input)).toThrow(expect.objectContaining({ code: 'ARCHIVE_INVALID' }));
  });

  test(
    'pack refuses files that nothing compresses below the bound of an archive',
    () => {
      const random = new Uint8Array(UNPACKED_BYTES_MAX);
      for (let offset = 0; offset < random.length; offset += 65536) {
        crypto.getRandomValues(random.subarray(offset, offset + 65536));
      }
      expect(() => pack([file('a', random)])).toThrow(/wanted at most/);
    },
    LARGE,
  );
});

describe('what is safe is read, canonical or not', () => {
  test.each<[string, Uint8Array]>([
    ['the padding of GNU tar', archiveOf([MANIFEST], new Uint8Array(10240 - 1024))],
    ['GNU magic without GNU fields', archiveOf([{ ...MANIFEST, magic: 'ustar  \0' }])],
    ['the old type flag of a file', archiveOf([{ ...MANIFEST, type: '\0' }])],
    ['numbers padded with spaces', archiveOf([{ ...MANIFEST, mode: '   644 \0', size: '         10 ' }])],
    ['file-type bits in the mode', archiveOf([{ ...MANIFEST, mode: '0100644\0' }])],
    [
      'folder entries',
      archiveOf([
        { name: 'a/', type: '5' },
        MANIFEST,
        { name: 'a', type: '5' },
        { name: './', type: '5' },
        { name: '.', type: '5' },
      ]),
    ],
  ])('%s', (_, bytes) => {
    expect(unpack(bytes).map(({ path, mode }) => `${mode} ${path}`)).toEqual(['0644 manifest.yaml']);
    expect(inspectArchive(bytes).problems).toEqual([]);
  });

  test(
    '512 files of 16 MiB together, and no more folders than allowed',
    () => {
      const data = program(UNPACKED_BYTES_MAX / FILES_MAX);
      const members: Member[] = Array.from({ length: FILES_MAX }, (_, index) => ({ name: `f${index}`, data }));
      const folders: Member[] = Array.from({ length: FOLDERS_MAX }, (_, index) => ({ name: `d${index}/`, type: '5' }));
      const bytes = archiveOf([...members, ...folders]);
      const files = unpack(bytes);
      expect(files).toHaveLength(FILES_MAX);
      const inspected = inspectArchive(bytes);
      expect([inspected.bytes, inspected.problems]).toEqual([UNPACKED_BYTES_MAX, []]);
    },
    LARGE,
  );
});

const good = archiveOf([MANIFEST]);
const device = (type: string): Member => ({ name: 'dev', type });

describe('bad archives get a clear error and are still inspected', () => {
  const both: [string, string, Uint8Array][] = [
    ['an absolute path', 'absolute-path', archiveOf([{ name: '/etc/passwd' }])],
    ['a drive letter', 'absolute-path', archiveOf([{ name: 'C:/x' }])],
    ['an absolute folder', 'absolute-path', archiveOf([MANIFEST, { name: '/', type: '5' }])],
    ['a path with ..', 'parent-path', archiveOf([{ name: 'a/../../x' }])],
    ['.. behind ./', 'parent-path', archiveOf([{ name: './../x' }])],
    ['.. in the prefix', 'parent-path', archiveOf([{ name: 'x', prefix: '..' }])],
    ['an empty name', 'bad-path', archiveOf([{ name: '' }])],
    ['an empty segment', 'bad-path', archiveOf([{ name: 'a//b' }])],
    ['a . segment inside', 'bad-path', archiveOf([{ name: 'a/./b' }])],
    ['a slash behind a file', 'bad-path', archiveOf([{ name: 'a/' }])],
    ['a symbolic link', 'symlink', archiveOf([MANIFEST, { name: 'l', type: '2', link: '/etc/passwd' }])],
    ['a hard link', 'hard-link', archiveOf([MANIFEST, { name: 'l', type: '1', link: 'manifest.yaml' }])],
    ['a character device', 'device', archiveOf([MANIFEST, device('3')])],
    ['a block device', 'device', archiveOf([MANIFEST, device('4')])],
    ['a FIFO', 'fifo', archiveOf([MANIFEST, device('6')])],
    ['a GNU sparse file', 'sparse-file', archiveOf([MANIFEST, device('S')])],
    ['an unknown type', 'unknown-type', archiveOf([MANIFEST, device('Z')])],
    [
      '513 files',
      'too-many-files',
      archiveOf(Array.from({ length: FILES_MAX + 1 }, (_, index) => ({ name: `f${index}` }))),
    ],
    [
      'too many folder entries',
      'too-many-files',
      archiveOf([
        MANIFEST,
        ...Array.from({ length: FOLDERS_MAX + 1 }, (_, index) => ({ name: `d${index}`, type: '5' })),
      ]),
    ],
    ['16 MiB + 1', 'unpacked-too-large', archiveOf([{ name: 'a', data: program(UNPACKED_BYTES_MAX + 1) }])],
    [
      'more than any package',
      'unpacked-too-large',
      archiveOf([{ name: 'a', data: program(UNPACKED_BYTES_MAX + 4_000_000) }]),
    ],
    [
      'a bomb of 1000:1',
      'compression-ratio',
      new Uint8Array(gzipSync(writeMembers([{ name: 'a', data: new Uint8Array(8_000_000) }]))),
    ],
    ['an archive above its bound', 'archive-too-large', new Uint8Array(ARCHIVE_BYTES_MAX + 1)],
    ['the same name twice', 'duplicate-path', archiveOf([MANIFEST, MANIFEST])],
    ['two names by case', 'duplicate-path', archiveOf([{ name: 'Readme' }, { name: 'README' }])],
    ['two names by Unicode form', 'duplicate-path', archiveOf([{ name: '\u00e9' }, { name: 'e\u0301' }])],
    ['two names by a long s', 'duplicate-path', archiveOf([{ name: 's' }, { name: '\u017f' }])],
    ['two folders by case', 'duplicate-path', archiveOf([{ name: 'Lib/a' }, { name: 'lib/b' }])],
    [
      'a folder entry and a folder by case',
      'duplicate-path',
      archiveOf([{ name: 'lib/a' }, { name: 'LIB', type: '5' }]),
    ],
    ['a file that is a folder too', 'path-conflict', archiveOf([{ name: 'a' }, { name: 'a/b' }])],
    ['a file that is a folder entry too', 'path-conflict', archiveOf([{ name: 'a' }, { name: 'A/', type: '5' }])],
    ['truncated gzip', 'truncated-gzip', good.subarray(0, good.length - 12)],
    ['gzip without its checksum', 'truncated-gzip', good.subarray(0, good.length - 8)],
    ['gzip without a whole header', 'truncated-gzip', good.subarray(0, 5)],
    ['gzip with nothing but a header', 'truncated-gzip', good.subarray(0, 10)],
    ['trailing bytes', 'trailing-bytes', concat([good, new Uint8Array(3)])],
    ['concatenated members', 'concatenated-members', concat([good, good])],
    ['nothing', 'empty', new Uint8Array(0)],
    ['a zip', 'not-gzip', bytesOf('PK\u0003\u0004 and more of it')],
    ['gzip of something else', 'missing-end-blocks', new Uint8Array(gzipSync('hello'))],
    [
      'damaged compressed data',
      'gzip-corrupt',
      concat([good.subarray(0, 10), Uint8Array.of(7, 255, 255), good.subarray(13)]),
    ],
    ['a wrong gzip checksum', 'gzip-checksum', concat([good.subarray(0, -8), new Uint8Array(4), good.subarray(-4)])],
    ['a wrong gzip length', 'gzip-checksum', concat([good.subarray(0, -4), new Uint8Array(4)])],
    ['a negative size', 'bad-size', archiveOf([{ ...MANIFEST, size: '-0000000001\0' }])],
    [
      'a base-256 size',
      'bad-size',
      archiveOf([{ ...MANIFEST, size: Uint8Array.of(128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8) }]),
    ],
    ['a negative base-256 size', 'bad-size', archiveOf([{ ...MANIFEST, size: new Uint8Array(12).fill(255) }])],
    ['no size', 'bad-size', archiveOf([{ ...MANIFEST, size: '\0'.repeat(12) }])],
    ['a size that is not octal', 'bad-size', archiveOf([{ ...MANIFEST, size: '00000000009\0' }])],
    ['a size beyond the end', 'truncated-entry', archiveOf([{ ...MANIFEST, size: '00000777777\0' }])],
    [
      'a size below the truth',
      'bad-checksum',
      archiveOf([{ name: 'a', data: program(2000), size: '00000000001\0' }, MANIFEST]),
    ],
    ['data behind a folder', 'bad-size', archiveOf([MANIFEST, { name: 'd', type: '5', data: 'x' }])],
    ['control characters in a name', 'control-character', archiveOf([{ name: 'a\u0007b' }])],
    ['a line break in a name', 'control-character', archiveOf([{ name: 'a\nb' }])],
    ['a direction override in a name', 'control-character', archiveOf([{ name: 'a\u202Egnp.exe' }])],
    ['a backslash in a name', 'backslash', archiveOf([{ name: 'a\\..\\b' }])],
    ['a name that is no UTF-8', 'path-encoding', archiveOf([{ name: Uint8Array.of(0x61, 0xff) }])],
    ['a setuid bit', 'special-mode-bits', archiveOf([{ ...MANIFEST, mode: '0004755\0' }])],
    [
      'a setgid bit on a folder',
      'special-mode-bits',
      archiveOf([MANIFEST, { name: 'd', type: '5', mode: '0002755\0' }]),
    ],
    ['a mode that is no number', 'bad-mode', archiveOf([{ ...MANIFEST, mode: 'rw-r--r-' }])],
    ['a bad header checksum', 'bad-checksum', archiveOf([{ ...MANIFEST, checksum: '000001\0 ' }])],
    ['no end blocks', 'missing-end-blocks', archiveOf([MANIFEST], new Uint8Array(0))],
    ['one end block', 'missing-end-blocks', archiveOf([MANIFEST], new Uint8Array(512))],
    [
      'a file behind the end',
      'data-after-end',
      archiveOf([MANIFEST], concat([new Uint8Array(1024), writeMembers([MANIFEST])])),
    ],
    [
      'a file behind one zero block',
      'data-after-end',
      archiveOf([MANIFEST], concat([new Uint8Array(512), writeMembers([MANIFEST])])),
    ],
    ['a tar without a file', 'no-files', archiveOf([{ name: 'd', type: '5' }])],
    ['a pax header that cannot be read', 'bad-pax', archiveOf([{ name: 'p', type: 'x', data: 'nonsense' }, MANIFEST])],
    [
      'a pax record that is longer than it says',
      'bad-pax',
      archiveOf([{ name: 'p', type: 'x', data: '5 path=a\n' }, MANIFEST]),
    ],
    ['a pax size that is no number', 'bad-pax', archiveOf([pax({ size: '-1' }), MANIFEST])],
    ['a pax path for all files', 'bad-pax', archiveOf([pax({ path: 'x' }, 'g'), MANIFEST])],
    ['a pax size that lies', 'truncated-entry', archiveOf([pax({ size: '99999999' }), MANIFEST])],
    ['a pax path that leads out', 'parent-path', archiveOf([pax({ path: '../x' }), MANIFEST])],
    [
      'a GNU long name that leads out',
      'absolute-path',
      archiveOf([{ name: '././@LongLink', type: 'L', data: '/etc/x\0' }, MANIFEST]),
    ],
    ['a long name beyond the bound', 'path-too-long', archiveOf([pax({ path: `${'a/'.repeat(130)}b` }), MANIFEST])],
    ['pax sparse records', 'sparse-file', archiveOf([pax({ 'GNU.sparse.major': '1' }), MANIFEST])],
  ];
  test.each(both)('%s', (_, reason, bytes) => {
    const { refused, seen } = reasons(bytes);
    expect(refused).toContain(reason);
    expect(seen).toContain(reason);
  });

  /** Honest in other tools, so a scan reads them; a package never has them. */
  const onlyUnpack: [string, string, Uint8Array, string][] = [
    ['a pax header', 'pax-header', archiveOf([pax({ mtime: '1.5' }), MANIFEST]), 'manifest.yaml'],
    ['a pax path', 'pax-header', archiveOf([pax({ path: 'other.yaml' }), MANIFEST]), 'other.yaml'],
    ['a global pax header', 'pax-header', archiveOf([pax({ comment: 'c' }, 'g'), MANIFEST]), 'manifest.yaml'],
    [
      'a pax size',
      'pax-header',
      archiveOf([pax({ size: '8' }), { ...MANIFEST, size: '00000000000\0' }]),
      'manifest.yaml',
    ],
    [
      'a GNU long name',
      'gnu-header',
      archiveOf([{ name: '././@LongLink', type: 'L', data: 'long.yaml\0' }, MANIFEST]),
      'long.yaml',
    ],
    [
      'a GNU long link',
      'gnu-header',
      archiveOf([{ name: '././@LongLink', type: 'K', data: 'x\0' }, MANIFEST]),
      'manifest.yaml',
    ],
    [
      'a GNU header with its own fields',
      'not-ustar',
      archiveOf([{ ...MANIFEST, magic: 'ustar  \0', prefix: '12345' }]),
      'manifest.yaml',
    ],
    ['a V7 header', 'not-ustar', archiveOf([{ ...MANIFEST, magic: '\0'.repeat(8), prefix: 'p' }]), 'manifest.yaml'],
  ];
  test.each(onlyUnpack)('%s is refused, and followed by a scan', (_, reason, bytes, path) => {
    const { refused, seen } = reasons(bytes);
    expect(refused).toEqual([reason]);
    expect(seen).toEqual([]);
    expect(inspectArchive(bytes).files.map((found) => found.path)).toEqual([path]);
  });

  test('the error names the entry, says what to do, and lists every problem', () => {
    const bytes = archiveOf([{ name: '/a' }, { name: 'b', type: '2' }, { name: 'c', mode: '0006644\0' }]);
    expect(() => unpack(bytes)).toThrow(
      expect.objectContaining({
        code: 'ARCHIVE_INVALID',
        detail: expect.stringMatching(/^"b": The entry is a symbolic link; wanted .*\. .* \(and 2 more\)$/),
        errors: [
          { pointer: '', file: 'b', detail: expect.stringContaining('symbolic link') },
          { pointer: '', file: 'c', detail: expect.stringContaining('setuid') },
          { pointer: '', file: '/a', detail: expect.stringContaining('absolute') },
        ],
      }),
    );
  });

  test('one problem of the archive as a whole is told without a name and without a count', () => {
    expect(() => unpack(new Uint8Array(0))).toThrow(
      expect.objectContaining({
        detail: 'The file is empty; wanted a tar.gz made by `aegis build`.',
        errors: [{ pointer: '', detail: expect.any(String) }],
      }),
    );
  });

  test('a bomb is stopped at its bound, and the first megabyte of it is inspected', () => {
    const members = [MANIFEST, { name: 'bomb', data: new Uint8Array(17_000_000) }];
    const bomb = new Uint8Array(gzipSync(writeMembers(members), { level: 9 }));
    const inspected = inspectArchive(bomb);
    expect(inspected.problems.map(({ reason }) => reason)).toEqual(['compression-ratio']);
    expect(inspected.files.map(({ path }) => path)).toEqual(['manifest.yaml']);
    expect(inspected.files[0]?.bytes.buffer.byteLength).toBeLessThan(4_000_000);
  });

  test('what came before a cut is still inspected', () => {
    const whole = archiveOf([MANIFEST, { name: 'big', data: program(200_000) }]);
    const inspected = inspectArchive(whole.subarray(0, whole.length - 1000));
    expect(inspected.files.map(({ path }) => path)).toContain('manifest.yaml');
    expect(inspected.problems.map(({ reason }) => reason)).toEqual(['truncated-gzip']);
  });

  test('a hostile archive does not fill the answer with one problem per block', () => {
    const links = Array.from({ length: 5000 }, (_, index) => ({ name: `l${index}`, type: '2' }));
    expect(inspectArchive(archiveOf([MANIFEST, ...links])).problems).toHaveLength(100);
  });
});

describe('bytes that nobody meant', () => {
  const onlyOurErrors = (bytes: Uint8Array) => {
    expect(() => inspectArchive(bytes)).not.toThrow();
    try {
      unpack(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(AegisError);
    }
  };

  test('unpack throws nothing but an AegisError and inspectArchive throws nothing, on random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), onlyOurErrors), { numRuns: 300 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (bytes) => onlyOurErrors(new Uint8Array(gzipSync(bytes)))),
      { numRuns: 200 },
    );
  });

  test('nor on mutations of a valid archive, inside and outside of the gzip', () => {
    const members = [pax({ path: 'a/b' }), MANIFEST, { name: 'd/', type: '5' }, { name: 'x', data: program(3000) }];
    const tar = writeMembers(members);
    const archive = archiveOf(members);
    const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
    const edited = (bytes: Uint8Array, changes: [number, number][]) => {
      const copy = bytes.slice();
      for (const [at, value] of changes) copy[at % copy.length] = value;
      return copy;
    };
    fc.assert(
      fc.property(edits, (changes) => onlyOurErrors(edited(archive, changes))),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(edits, fc.nat(tar.length), (changes, cut) =>
        onlyOurErrors(new Uint8Array(gzipSync(edited(tar, changes).subarray(0, cut)))),
      ),
      { numRuns: 300 },
    );
  });
});
