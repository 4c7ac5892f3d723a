/** What a path was asked for, in words that are safe to show: never a path outside the sandbox. */
export class PathRefused extends Error {}

/** ext4, xfs and tmpfs take names of at most 255 bytes. */
const NAME_BYTES_MAX = 255;
/** Nobody files deeper, and each level is one more step to walk. */
const DEPTH_MAX = 16;

/** Names without an extension are allowed too. */
export const ALLOWED_EXTENSIONS: readonly string[] = [
  '.txt',
  '.md',
  '.json',
  '.yaml',
  '.yml',
  '.csv',
  '.py',
  '.js',
  '.html',
  '.css',
  '.xml',
];

/**
 * The names on the way from the sandbox to `path`; none for the sandbox itself (`.`). Refused are absolute paths, `..`,
 * backslashes, control characters, hidden names and what is too long or too deep. Says nothing about what is on disk:
 * that no link is followed is the business of `withFolder`.
 * @throws PathRefused
 */
export function parsePath(path: string): string[] {
  if (path === '') throw new PathRefused('the path is empty');
  if (path.startsWith('/') || path.startsWith('~')) throw new PathRefused('the path must be relative to the sandbox');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f\\]/.test(path)) throw new PathRefused('the path has a backslash or a control character');
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..')) throw new PathRefused('the path leads upwards with ".."');
  if (names.length > DEPTH_MAX) throw new PathRefused(`the path has more than ${DEPTH_MAX} levels`);
  for (const name of names) {
    if (name.startsWith('.')) throw new PathRefused('the path has a hidden name');
    if (new TextEncoder().encode(name).length > NAME_BYTES_MAX)
      throw new PathRefused('the path has a name that is too long');
  }
  return names;
}

/** The folder's names and the last name of a path that has to be a file with an allowed extension. @throws PathRefused */
export function parseFilePath(path: string, allowed: readonly string[]): { folder: string[]; name: string } {
  const names = parsePath(path);
  const name = names.at(-1);
  if (name === undefined || path.endsWith('/')) throw new PathRefused('the path names a folder, not a file');
  const dot = name.lastIndexOf('.');
  const extension = dot < 0 ? '' : name.slice(dot).toLowerCase();
  if (extension !== '' && !allowed.includes(extension)) {
    throw new PathRefused(
      `files with the extension ${extension} are not allowed; allowed are ${allowed.join(' ')} and none`,
    );
  }
  return { folder: names.slice(0, -1), name };
}
