import { createLog, type Log } from '@aegis/skill-sdk/log';

/** A log whose lines a test can read. */
export function recordedLog(): { log: Log; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  return {
    lines,
    log: createLog(
      (line) => lines.push(JSON.parse(line)),
      () => 0,
    ),
  };
}
