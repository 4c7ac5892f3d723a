import type { ArchiveProblem, ArchiveReason } from './archive.ts';
import { PATH_BYTES_MAX } from './limits.ts';

const encoder = new TextEncoder();
/** Controls, and the invisible characters that make a name look like another one. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const LONE_SURROGATE = /\p{Cs}/u;
const DRIVE = /^[A-Za-z]:/;

/** The one spelling of a path inside a package: NFC, without a leading `./` and without a trailing slash. */
export function normalPath(path: string): string {
  return path.normalize('NFC').replace(/^(?:\.\/+)+/, '');
}

/** What makes the path unsafe to unpack somewhere, or null. The path is in its normal form. */
export function pathProblem(path: string): ArchiveProblem | null {
  const problem = (reason: ArchiveReason, found: string, fix: string) => ({
    path,
    reason,
    message: `The path ${found}; wanted a relative path with forward slashes. ${fix}`,
  });
  if (LONE_SURROGATE.test(path)) return problem('path-encoding', 'is not Unicode text', 'Rename the file.');
  if (INVISIBLE.test(path))
    return problem('control-character', 'has a control or invisible character', 'Rename the file.');
  if (path.includes('\\')) return problem('backslash', 'has a backslash', 'Use / between folders.');
  if (path.startsWith('/') || DRIVE.test(path))
    return problem('absolute-path', 'is absolute', 'Pack from inside the folder.');
  const segments = path.split('/');
  if (segments.includes('..')) return problem('parent-path', 'has a `..` segment', 'Pack from inside the folder.');
  if (segments.some((segment) => segment === '' || segment === '.')) {
    return problem('bad-path', 'has an empty or `.` segment', 'Build the archive again with `aegis build`.');
  }
  const bytes = encoder.encode(path).length;
  if (bytes > PATH_BYTES_MAX) {
    return problem('path-too-long', `has ${bytes} bytes, more than ${PATH_BYTES_MAX}`, 'Shorten it.');
  }
  return null;
}

/**
 * Paths that some file system takes for one: equal, or different only in case or Unicode normalisation, also in the
 * folders above; and a path that is a file here and a folder there.
 */
export function pathClashes(files: readonly string[], folders: readonly string[]): ArchiveProblem[] {
  const problems: ArchiveProblem[] = [];
  const fileByKey = new Map<string, string>();
  for (const path of files) {
    const other = fileByKey.get(fold(path));
    if (other === undefined) fileByKey.set(fold(path), path);
    else problems.push(duplicate(path, other));
  }
  const folderByKey = new Map<string, string>();
  const all = [...files.flatMap(foldersAbove), ...folders.flatMap((path) => [path, ...foldersAbove(path)])];
  for (const folder of new Set(all)) {
    const other = folderByKey.get(fold(folder));
    if (other === undefined) {
      folderByKey.set(fold(folder), folder);
      if (fileByKey.has(fold(folder))) problems.push(conflict(folder));
    } else problems.push(duplicate(folder, other));
  }
  return problems;
}

/** Upper before lower case, so that letters with two lower-case forms (ſ, ı) meet. */
function fold(path: string): string {
  return path.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}

function foldersAbove(path: string): string[] {
  const segments = path.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'));
}

function duplicate(path: string, other: string): ArchiveProblem {
  const how = path === other ? 'is in it twice' : `differs from ${JSON.stringify(other)} only in case or Unicode form`;
  return {
    path,
    reason: 'duplicate-path',
    message: `The path ${how}; some file systems keep only one. Rename or remove one.`,
  };
}

function conflict(path: string): ArchiveProblem {
  return { path, reason: 'path-conflict', message: 'The path is a file and a folder at once; rename one of them.' };
}
