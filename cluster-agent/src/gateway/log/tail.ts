import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { ignoreMissing } from '../../durable.ts';

/** How much is read at once. */
const BYTES_MAX = 512 * 1024;
/** HAProxy's own bound for a line is 4 KiB. */
const LINE_BYTES_MAX = 64 * 1024;
const NEWLINE = 10;

/** A place in a file that only grows. */
export interface Place {
  /** Of the file; another number is another file, which is read from its begin. */
  inode: number;
  offset: number;
}

/** Complete lines behind the place, and the place behind them. No lines: nothing new, or no file yet. */
export async function readLines(path: string, from: Place | null): Promise<{ lines: string[]; to: Place | null }> {
  const file = await open(path, 'r').catch(ignoreMissing);
  if (file === undefined) return { lines: [], to: from };
  try {
    const { ino, size } = await file.stat();
    const isSame = from !== null && from.inode === ino && from.offset <= size;
    const offset = isSame ? from.offset : 0;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BYTES_MAX), 0, BYTES_MAX, offset);
    const end = buffer.lastIndexOf(NEWLINE, bytesRead - 1) + 1;
    // What is longer than any line can be has no end that is worth waiting for.
    const taken = bytesRead === 0 || (end === 0 && bytesRead < LINE_BYTES_MAX) ? 0 : end === 0 ? bytesRead : end;
    const lines = buffer.toString('utf8', 0, taken).split('\n').slice(0, -1);
    return { lines, to: { inode: ino, offset: offset + taken } };
  } finally {
    await file.close();
  }
}

/**
 * Gives the disk back what lies before the place, and leaves every offset as it is: HAProxy holds the file open, so
 * cutting it would lose what is written in that moment. A machine without `fallocate` keeps the file whole.
 */
export async function forget(path: string, { offset }: Place): Promise<boolean> {
  try {
    await promisify(execFile)('fallocate', ['--punch-hole', '--offset', '0', '--length', String(offset), path]);
    return true;
  } catch {
    // Reasons: no such program, or a file system without holes. The file grows, and nothing is lost.
    return false;
  }
}
