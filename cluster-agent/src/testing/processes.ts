import { readdir, readFile } from 'node:fs/promises';

/** Command lines of this machine's processes that hold the text and whose program matches. */
export async function findProcesses(text: string, program: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await readdir('/proc')).filter((one) => /^\d+$/.test(one))) {
    const words = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (program.test(words[0] ?? '') && words.join(' ').includes(text)) found.push(words.join(' '));
  }
  return found;
}
