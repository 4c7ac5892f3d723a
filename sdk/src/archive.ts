import { canonicalBytes } from './canonical.ts';
import { type Digest, digestOf, sha256Hex } from './digest.ts';
import { AegisError } from './errors.ts';
import { gunzip, gzip } from './gzip.ts';
import {
  ARCHIVE_BYTES_MAX,
  ARCHIVE_PROBLEMS_MAX,
  FILES_MAX,
  FOLDERS_MAX,
  RATIO_FLOOR_BYTES,
  RATIO_MAX,
  TAR_OVERHEAD_BYTES_MAX,
  UNPACKED_BYTES_MAX,
} from './limits.ts';
import { normalPath, pathClashes, pathProblem } from './package-path.ts';
import { fitsHeader, readTar, writeTar } from './tar.ts';

/** One regular file of a package. `path` is relative and POSIX, in NFC, without `./`. */
export interface PackageFile {
  path: string;
  bytes: Uint8Array;
  mode: '0644' | '0755';
}

/** Stable words for what can be wrong with an archive. */
export type ArchiveReason =
  | 'empty'
  | 'not-gzip'
  | 'gzip-header'
  | 'gzip-corrupt'
  | 'gzip-checksum'
  | 'truncated-gzip'
  | 'concatenated-members'
  | 'trailing-bytes'
  | 'archive-too-large'
  | 'unpacked-too-large'
  | 'compression-ratio'
  | 'too-many-files'
  | 'no-files'
  | 'bad-checksum'
  | 'bad-size'
  | 'bad-mode'
  | 'bad-pax'
  | 'special-mode-bits'
  | 'truncated-entry'
  | 'missing-end-blocks'
  | 'data-after-end'
  | 'not-ustar'
  | 'pax-header'
  | 'gnu-header'
  | 'symlink'
  | 'hard-link'
  | 'device'
  | 'fifo'
  | 'sparse-file'
  | 'unknown-type'
  | 'absolute-path'
  | 'parent-path'
  | 'backslash'
  | 'control-character'
  | 'bad-path'
  | 'path-encoding'
  | 'path-too-long'
  | 'duplicate-path'
  | 'path-conflict';

/** One thing wrong with an archive. `path` is the entry as it is spelled there, or '' for the archive as a whole. */
export interface ArchiveProblem {
  path: string;
  reason: ArchiveReason;
  /** What was found, what was wanted, what to do. */
  message: string;
}

/** One row of the table that the content digest is made of. */
export interface FileRow {
  path: string;
  size: number;
  mode: PackageFile['mode'];
  /** 64 lower-case hex digits. */
  sha256: string;
}

const encoder = new TextEncoder();

/**
 * The canonical tar.gz of the files: the same files give the same bytes on every machine. Throws ARCHIVE_INVALID when
 * `unpack` would refuse the result.
 */
export function pack(files: readonly PackageFile[]): Uint8Array {
  const sorted = canonicalFiles(files);
  const problems = checkMembers(sorted, []);
  for (const { path } of sorted) {
    if (!fitsHeader(path)) problems.push(noHeaderHolds(path));
  }
  if (problems.length > 0) throw invalid(problems);
  const tar = writeTar(sorted);
  const archive = gzip(tar);
  if (archive.length > ARCHIVE_BYTES_MAX) throw invalid([archiveTooLarge(archive.length)]);
  if (tar.length > inflatedBytesMax(archive.length)) throw invalid([inflatesTooWell()]);
  return archive;
}

/**
 * The files of a safe ustar + gzip archive, canonical or not, sorted as `pack` sorts them; folders are left out. The
 * bytes are views of one buffer. Throws ARCHIVE_INVALID with one of `errors` for each thing wrong.
 */
export function unpack(bytes: Uint8Array): PackageFile[] {
  const { files, problems } = readArchive(bytes, 'refuse');
  if (problems.length > 0) throw invalid(problems);
  return files;
}

/**
 * What an archive holds, hostile or not, and everything wrong with it; never throws. Follows pax and GNU long names,
 * so that a scan sees what other readers would unpack. The paths are unchecked: never write these files to a disk.
 * `bytes` is the size of all files.
 */
export function inspectArchive(bytes: Uint8Array): { files: PackageFile[]; problems: ArchiveProblem[]; bytes: number } {
  const { files, problems } = readArchive(bytes, 'read');
  return { files, problems, bytes: sizeOf(files) };
}

/** sha256 over the RFC 8785 JSON of the file table: what an approval stands for, however the archive was packed. */
export async function contentDigest(files: readonly PackageFile[]): Promise<Digest> {
  return digestOf(canonicalBytes(await fileTable(files)));
}

/** Path, size, mode and sha256 of every file, sorted by the UTF-8 bytes of the path. */
export async function fileTable(files: readonly PackageFile[]): Promise<FileRow[]> {
  const rows: FileRow[] = [];
  for (const { path, bytes, mode } of canonicalFiles(files)) {
    rows.push({ path, size: bytes.length, mode, sha256: await sha256Hex(bytes) });
  }
  return rows;
}

function readArchive(
  bytes: Uint8Array,
  extensions: 'refuse' | 'read',
): { files: PackageFile[]; problems: ArchiveProblem[] } {
  if (bytes.length > ARCHIVE_BYTES_MAX) return { files: [], problems: [archiveTooLarge(bytes.length)] };
  const bytesMax = inflatedBytesMax(bytes.length);
  const inflated = gunzip(bytes, bytesMax);
  const problems: ArchiveProblem[] = inflated.problems.map((problem) => ({ path: '', ...problem }));
  if (inflated.overflow) problems.push(bytesMax < TAR_BYTES_MAX ? inflatesTooWell() : unpackedTooLarge('more'));
  if (inflated.bytes.length === 0 && problems.length > 0) return { files: [], problems };
  const tar = readTar(inflated.bytes, extensions);
  // What was cut off by gzip is reported once, not again as a tar that ends too early.
  problems.push(...tar.problems.filter(({ reason }) => inflated.complete || !CUT_SHORT.has(reason)));
  const files = canonicalFiles(tar.entries.filter((entry) => entry.type === 'file'));
  const folders = tar.entries.filter((entry) => entry.type === 'directory').map(({ path }) => folderPath(path));
  problems.push(
    ...checkMembers(
      files,
      folders.filter((path) => path !== ''),
    ),
  );
  return { files, problems: problems.slice(0, ARCHIVE_PROBLEMS_MAX) };
}

const TAR_BYTES_MAX = UNPACKED_BYTES_MAX + TAR_OVERHEAD_BYTES_MAX;
const CUT_SHORT: ReadonlySet<ArchiveReason> = new Set(['missing-end-blocks', 'truncated-entry', 'no-files']);

/** How far an archive of that size is inflated at most. */
function inflatedBytesMax(archiveBytes: number): number {
  return Math.min(TAR_BYTES_MAX, Math.max(RATIO_FLOOR_BYTES, RATIO_MAX * archiveBytes));
}

const sizeOf = (files: readonly PackageFile[]) => files.reduce((sum, file) => sum + file.bytes.length, 0);

/** A folder without its trailing slash; '' for the root, which tar spells `./`. */
function folderPath(path: string): string {
  const slashed = normalPath(path.endsWith('/') ? path : `${path}/`);
  return slashed === '/' ? slashed : slashed.slice(0, -1);
}

function noHeaderHolds(path: string): ArchiveProblem {
  const message =
    'No ustar header holds the path: no slash leaves up to 155 bytes before it and 100 after. Shorten the name.';
  return { path, reason: 'path-too-long', message };
}

function canonicalFiles(files: readonly PackageFile[]): PackageFile[] {
  return files
    .map(({ path, bytes, mode }) => ({ path: normalPath(path), bytes, mode }))
    .map((file) => ({ key: byteText(file.path), file }))
    .sort((left, right) => (left.key < right.key ? -1 : 1))
    .map(({ file }) => file);
}

/** A text whose UTF-16 units are the UTF-8 bytes of the path, so that `<` compares bytes. */
function byteText(path: string): string {
  return Array.from(encoder.encode(path), (byte) => String.fromCharCode(byte)).join('');
}

/** What is wrong with the members as a package, however they were archived. */
function checkMembers(files: readonly PackageFile[], folders: readonly string[]): ArchiveProblem[] {
  const size = sizeOf(files);
  const problems = size > UNPACKED_BYTES_MAX ? [unpackedTooLarge(`${size} bytes`)] : [];
  if (files.length > FILES_MAX || folders.length > FOLDERS_MAX) {
    return [...problems, tooManyFiles(files.length, folders.length)];
  }
  const paths = files.map((file) => file.path);
  problems.push(...[...folders, ...paths].flatMap((path) => pathProblem(path) ?? []), ...pathClashes(paths, folders));
  if (files.length === 0) problems.push(noFiles());
  return problems;
}

function noFiles(): ArchiveProblem {
  return { path: '', reason: 'no-files', message: 'There is no file in it; a skill has at least a manifest.yaml.' };
}

function tooManyFiles(files: number, folders: number): ArchiveProblem {
  const message = `There are ${files} files and ${folders} folder entries in it; wanted at most ${FILES_MAX} and ${FOLDERS_MAX}. Name what is not needed in .aegisignore.`;
  return { path: '', reason: 'too-many-files', message };
}

function unpackedTooLarge(found: string): ArchiveProblem {
  const message = `The files have ${found}; wanted at most ${UNPACKED_BYTES_MAX} bytes. Name what is not needed in .aegisignore.`;
  return { path: '', reason: 'unpacked-too-large', message };
}

function archiveTooLarge(bytes: number): ArchiveProblem {
  const message = `The archive has ${bytes} bytes; wanted at most ${ARCHIVE_BYTES_MAX}. Name what is not needed in .aegisignore.`;
  return { path: '', reason: 'archive-too-large', message };
}

function inflatesTooWell(): ArchiveProblem {
  const message = `The archive unfolds to more than ${RATIO_MAX} times its size, as a decompression bomb does. Leave out the file that is nearly empty.`;
  return { path: '', reason: 'compression-ratio', message };
}

function invalid(problems: readonly ArchiveProblem[]): AegisError {
  const errors = problems.map(({ path, message }) => ({
    pointer: '',
    detail: message,
    ...(path === '' ? {} : { file: path }),
  }));
  const first = errors[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const entry = first?.file === undefined ? '' : `${JSON.stringify(first.file)}: `;
  return new AegisError('ARCHIVE_INVALID', {
    detail: `${entry}${first?.detail}${more}`,
    errors,
    meta: { reasons: [...new Set(problems.map((problem) => problem.reason))] },
  });
}
