/** What the operating system refuses, found and what to do, by its code; `path` is what it was about. */
const WORDS: Record<string, (path: string) => string> = {
  ENOENT: (path) => `${path} does not exist.`,
  EACCES: (path) => `${path} may not be opened by this user. Check its owner and mode.`,
  EPERM: (path) => `${path} may not be changed by this user. Check its owner and mode.`,
  EROFS: (path) => `${path} lies on a file system that is read-only. Choose another folder.`,
  ENOSPC: (path) => `The disk is full, so ${path} could not be written. Make room and try again.`,
  EDQUOT: (path) => `This user’s share of the disk is full, so ${path} could not be written. Make room and try again.`,
  EISDIR: (path) => `${path} is a folder, wanted a file.`,
  ENOTDIR: (path) => `${path} runs through a file, wanted a folder.`,
  EMFILE: () => 'Too many files are open. Raise the limit (ulimit -n) and try again.',
};

/** A refusal of the operating system in words, with its code (`ENOSPC` …); null for any other error. Nothing is looked up. */
export function systemRefusal(error: unknown): { code: string; detail: string } | null {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return null;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : 'a file';
  // Node makes a folder with those above it, and says ENOENT where one of them cannot be written.
  if (error.code === 'ENOENT' && error.syscall === 'mkdir')
    return {
      code: 'ENOENT',
      detail: `${path} could not be made: the folder above it is missing or read-only. Choose another folder.`,
    };
  const code = String(error.code);
  const detail = Object.hasOwn(WORDS, code) ? WORDS[code]?.(path) : undefined;
  return detail === undefined ? null : { code, detail };
}
