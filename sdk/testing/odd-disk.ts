import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';

export interface OddDisk {
  /** Laid over with a file system of its own while the program runs. */
  folder: string;
  /** Bytes that it holds; 0: read-only and empty. */
  bytes: number;
}

/**
 * Runs a program with one folder on a tiny or a read-only file system, in a mount namespace of its own, so that nothing
 * of it stays. `after` runs there too, once the program has ended: the file system is gone with the namespace.
 */
export async function onOddDisk(
  { folder, bytes }: OddDisk,
  command: readonly string[],
  { cwd, env, after = 'true' }: { cwd: string; env: Record<string, string>; after?: string },
): Promise<{ code: number | null; out: string; error: string }> {
  await mkdir(folder, { recursive: true });
  const options = bytes === 0 ? 'ro' : `size=${bytes}`;
  const script = `mount -t tmpfs -o ${options} none "$ODD_FOLDER" && cd "$ODD_CWD" && { "$@"; code=$?; ${after}; exit $code; }`;
  const child = spawn('unshare', ['--map-root-user', '--mount', 'sh', '-c', script, 'sh', ...command], {
    env: { ...env, ODD_FOLDER: folder, ODD_CWD: cwd },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let error = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    error += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out, error };
}
