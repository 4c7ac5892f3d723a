import { createWriteStream, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A log on a laptop is read for the last hours; above this the old one is put aside at the next start. */
const LOG_BYTES_MAX = 20 * 1024 * 1024;

/** Opens a log file for appending, readable by its owner alone; one older file is kept as `<path>.1`. */
export function openLog(path: string): (line: string) => void {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path) && statSync(path).size > LOG_BYTES_MAX) renameSync(path, `${path}.1`);
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
  return (line) => stream.write(line.endsWith('\n') ? line : `${line}\n`);
}
