import type { ArchiveProblem, ArchiveReason, PackageFile } from './archive.ts';
import { ARCHIVE_PROBLEMS_MAX } from './limits.ts';

const BLOCK = 512;

/** POSIX.1-1988 ustar header: where each field stands and how many bytes it has. */
const FIELD = {
  name: { at: 0, bytes: 100 },
  mode: { at: 100, bytes: 8 },
  size: { at: 124, bytes: 12 },
  checksum: { at: 148, bytes: 8 },
  type: { at: 156, bytes: 1 },
  magic: { at: 257, bytes: 8 },
  prefix: { at: 345, bytes: 155 },
} as const;

const encoder = new TextEncoder();
const strictText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lossyText = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** A member as the tar says it; `path` is unchecked. A folder has no bytes. */
export interface TarEntry {
  path: string;
  type: 'file' | 'directory';
  bytes: Uint8Array;
  mode: PackageFile['mode'];
}

export interface TarContent {
  entries: TarEntry[];
  problems: ArchiveProblem[];
}

/**
 * POSIX ustar without anything that differs between two machines: no owner, no time, one spelling of each number,
 * exactly two zero blocks at the end. The caller has checked every path with `fitsHeader`.
 */
export function writeTar(files: readonly PackageFile[]): Uint8Array {
  let length = 2 * BLOCK;
  for (const file of files) length += BLOCK + padded(file.bytes.length);
  const tar = new Uint8Array(length);
  let offset = 0;
  for (const file of files) {
    writeHeader(tar.subarray(offset, offset + BLOCK), file);
    tar.set(file.bytes, offset + BLOCK);
    offset += BLOCK + padded(file.bytes.length);
  }
  return tar;
}

/** True when a ustar header can hold the path: 100 bytes of name, or up to 155 before a slash and 100 after it. */
export function fitsHeader(path: string): boolean {
  const bytes = encoder.encode(path);
  const slash = splitAt(bytes);
  return slash === 0 ? bytes.length <= FIELD.name.bytes : bytes.length - slash - 1 <= FIELD.name.bytes;
}

/**
 * Every member of a tar, and everything wrong with it; never throws. POSIX headers, and GNU ones that use nothing
 * beyond them, are plain. pax and GNU long names are followed, so that a scan sees what other readers would unpack;
 * with `extensions: 'refuse'` each of them is a problem as well.
 */
export function readTar(tar: Uint8Array, extensions: 'refuse' | 'read'): TarContent {
  const reader = new TarReader(tar, extensions === 'refuse');
  reader.readAll();
  return { entries: reader.entries, problems: reader.problems };
}

function writeHeader(header: Uint8Array, file: PackageFile): void {
  const path = encoder.encode(file.path);
  const slash = splitAt(path);
  const ascii = (text: string, at: number) => header.set(encoder.encode(text), at);
  header.set(slash === 0 ? path : path.subarray(slash + 1), FIELD.name.at);
  header.set(path.subarray(0, slash), FIELD.prefix.at);
  ascii(`000${file.mode}\0`, FIELD.mode.at);
  ascii(`${'0'.repeat(7)}\0${'0'.repeat(7)}\0`, 108);
  ascii(`${octal(file.bytes.length, 11)}\0${octal(0, 11)}\0`, FIELD.size.at);
  ascii('0', FIELD.type.at);
  ascii('ustar\x0000', FIELD.magic.at);
  ascii(`${'0'.repeat(7)}\0${'0'.repeat(7)}\0`, 329);
  ascii(`${octal(checksumOf(header), 6)}\0 `, FIELD.checksum.at);
}

const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');

/** Bytes that go to the prefix field: up to the last slash that leaves it short enough; 0 when the name holds all. */
function splitAt(path: Uint8Array): number {
  if (path.length <= FIELD.name.bytes) return 0;
  return Math.max(0, path.lastIndexOf(0x2f, FIELD.prefix.bytes));
}

function padded(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}

/** The sum of the header's bytes, its own field counted as spaces. */
function checksumOf(header: Uint8Array): number {
  return sum(header) - sum(field(header, FIELD.checksum)) + FIELD.checksum.bytes * 0x20;
}

const sum = (bytes: Uint8Array) => bytes.reduce((total, byte) => total + byte, 0);
const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);
const field = (header: Uint8Array, { at, bytes }: { at: number; bytes: number }) => header.subarray(at, at + bytes);

/** An octal field: digits, then only spaces and NULs. Null for anything else: base-256, a sign, a letter, nothing. */
function octalField(header: Uint8Array, where: { at: number; bytes: number }): number | null {
  const match = /^ *([0-7]+)[ \0]*$/.exec(lossyText.decode(field(header, where)));
  return match?.[1] === undefined ? null : Number.parseInt(match[1], 8);
}

/** The bytes before the first NUL. */
function text(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}

const REFUSED_TYPES: Record<string, { reason: ArchiveReason; noun: string }> = {
  '1': { reason: 'hard-link', noun: 'a hard link' },
  '2': { reason: 'symlink', noun: 'a symbolic link' },
  '3': { reason: 'device', noun: 'a character device' },
  '4': { reason: 'device', noun: 'a block device' },
  '6': { reason: 'fifo', noun: 'a FIFO' },
  S: { reason: 'sparse-file', noun: 'a GNU sparse file' },
};

/** What pax and GNU headers say about the next member. */
interface Override {
  path?: string;
  size?: number;
}

class TarReader {
  readonly entries: TarEntry[] = [];
  readonly problems: ArchiveProblem[] = [];
  private readonly tar: Uint8Array;
  private readonly strict: boolean;
  private offset = 0;
  private override: Override = {};

  constructor(tar: Uint8Array, strict: boolean) {
    this.tar = tar;
    this.strict = strict;
  }

  readAll(): void {
    for (;;) {
      const header = this.tar.subarray(this.offset, this.offset + BLOCK);
      if (header.length < BLOCK) {
        this.report(
          '',
          'missing-end-blocks',
          'The tar ends without its two zero blocks; it was cut short. Build it again.',
        );
        return;
      }
      if (isZero(header)) {
        this.checkEnd();
        return;
      }
      this.offset += BLOCK;
      if (!this.readMember(header)) return;
    }
  }

  /** False when nothing after this member can be trusted to be a header. */
  private readMember(header: Uint8Array): boolean {
    if (octalField(header, FIELD.checksum) !== checksumOf(header)) {
      const message = 'The header does not match its checksum: the archive is damaged, or a size before it lies.';
      this.report(lossyText.decode(text(field(header, FIELD.name))), 'bad-checksum', message);
      return false;
    }
    const path = this.override.path ?? this.readPath(header);
    const size = this.override.size ?? octalField(header, FIELD.size);
    if (size === null) {
      this.report(
        path,
        'bad-size',
        'The size is not a plain octal number (negative, base-256 or garbage); pack again with `aegis build`.',
      );
      return false;
    }
    const bytes = this.tar.subarray(this.offset, this.offset + size);
    if (bytes.length < size) {
      this.report(
        path,
        'truncated-entry',
        `The header promises ${size} bytes, the archive has only ${bytes.length} more.`,
      );
      return false;
    }
    this.offset += padded(size);
    const type = lossyText.decode(field(header, FIELD.type));
    if (!this.readExtension(type, bytes)) {
      this.override = {};
      this.checkMagic(header, path);
      this.readEntry(header, { path, type, bytes });
    }
    return true;
  }

  private readPath(header: Uint8Array): string {
    const name = text(field(header, FIELD.name));
    const magic = lossyText.decode(field(header, FIELD.magic));
    const prefix = magic.startsWith('ustar\0') ? text(field(header, FIELD.prefix)) : name.subarray(0, 0);
    return prefix.length === 0 ? this.decode(name) : `${this.decode(prefix)}/${this.decode(name)}`;
  }

  private decode(bytes: Uint8Array): string {
    try {
      return strictText.decode(bytes);
    } catch {
      // A name that is no UTF-8: reported, and shown as far as it can be read.
      const path = lossyText.decode(bytes);
      this.report(path, 'path-encoding', 'The name is not UTF-8; rename the file and build again.');
      return path;
    }
  }

  /** True when the member only says something about the next one. */
  private readExtension(type: string, bytes: Uint8Array): boolean {
    if (type === 'x' || type === 'g') {
      this.refuse('pax-header', 'a pax header', bytes);
      this.readPax(bytes, type);
      return true;
    }
    if (type === 'L' || type === 'K') {
      this.refuse('gnu-header', 'a GNU long-name header', bytes);
      if (type === 'L') this.override.path = this.decode(text(bytes));
      return true;
    }
    return false;
  }

  private refuse(reason: ArchiveReason, noun: string, bytes: Uint8Array): void {
    if (!this.strict) return;
    const about = lossyText
      .decode(bytes.subarray(0, 60))
      .replaceAll(/[^ -~]/g, ' ')
      .trim();
    this.report(
      '',
      reason,
      `The archive has ${noun} ("${about}"); wanted plain ustar. Use \`aegis build\`, or tar --format=ustar.`,
    );
  }

  /** Records `<length> <key>=<value>\n`; the length counts itself (POSIX pax, "pax Extended Header"). */
  private readPax(bytes: Uint8Array, type: string): void {
    for (let rest = bytes; rest.length > 0; ) {
      const length = Number.parseInt(lossyText.decode(rest.subarray(0, 12)), 10);
      const record = lossyText.decode(rest.subarray(0, length));
      if (!(length > 0) || !/^\d+ [^=]+=.*\n$/s.test(record)) {
        this.report('', 'bad-pax', 'A pax header cannot be read; use `aegis build`.');
        return;
      }
      const equals = record.indexOf('=');
      this.readPaxRecord(type, record.slice(record.indexOf(' ') + 1, equals), record.slice(equals + 1, -1));
      rest = rest.subarray(length);
    }
  }

  private readPaxRecord(type: string, key: string, value: string): void {
    if (key.startsWith('GNU.sparse')) {
      this.report('', 'sparse-file', 'A pax header makes the next file sparse; wanted plain files.');
    }
    if (key !== 'path' && key !== 'size') return;
    if (type === 'g' || (key === 'size' && !/^\d{1,15}$/.test(value))) {
      this.report('', 'bad-pax', `A pax header sets an unusable ${key}; use \`aegis build\`.`);
    } else if (key === 'path') this.override.path = value;
    else this.override.size = Number(value);
  }

  private checkMagic(header: Uint8Array, path: string): void {
    const magic = lossyText.decode(field(header, FIELD.magic));
    if (magic === 'ustar\x0000') return;
    if (magic === 'ustar  \0' && isZero(field(header, FIELD.prefix))) return;
    if (this.strict) {
      this.report(path, 'not-ustar', 'The header is not plain ustar; use `aegis build`, or tar --format=ustar.');
    }
  }

  private readEntry(
    header: Uint8Array,
    { path, type, bytes }: { path: string; type: string; bytes: Uint8Array },
  ): void {
    const mode = octalField(header, FIELD.mode);
    if (mode === null) this.report(path, 'bad-mode', 'The mode is not a plain octal number; wanted 0644 or 0755.');
    if (((mode ?? 0) & 0o7000) !== 0) {
      this.report(
        path,
        'special-mode-bits',
        'The mode has a setuid, setgid or sticky bit; wanted 0644 or 0755. Remove it with chmod.',
      );
    }
    if (type === '5') {
      if (bytes.length > 0) this.report(path, 'bad-size', 'A folder has data behind it; wanted none.');
      this.entries.push({ path, type: 'directory', bytes: bytes.subarray(0, 0), mode: '0755' });
      return;
    }
    if (type === '0' || type === '\0') {
      this.entries.push({ path, type: 'file', bytes, mode: ((mode ?? 0) & 0o100) === 0 ? '0644' : '0755' });
      return;
    }
    const { reason, noun } = REFUSED_TYPES[type] ?? {
      reason: 'unknown-type',
      noun: `of the unknown type ${JSON.stringify(type)}`,
    };
    this.report(
      path,
      reason,
      `The entry is ${noun}; wanted only regular files and folders. Leave it out, or put the file itself there.`,
    );
  }

  /** Two zero blocks, then nothing but the zeros that tar programs fill their last record with. */
  private checkEnd(): void {
    const rest = this.tar.subarray(this.offset);
    if (rest.length < 2 * BLOCK) {
      this.report('', 'missing-end-blocks', 'The tar ends with one zero block; wanted two. Build it again.');
    } else if (!isZero(rest)) {
      this.report(
        '',
        'data-after-end',
        'There are bytes behind the end of the tar, which other readers may unpack; wanted none.',
      );
    }
  }

  private report(path: string, reason: ArchiveReason, message: string): void {
    if (this.problems.length < ARCHIVE_PROBLEMS_MAX) this.problems.push({ path, reason, message });
  }
}
