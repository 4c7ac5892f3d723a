import { writeSync } from 'node:fs';
import type { HarnessMessage } from './messages.ts';

type Said = HarnessMessage extends infer M ? (M extends unknown ? Omit<M, 'seq' | 'ms'> : never) : never;

let seq = 0;

const startedAtMs = performance.now();

export function say(message: Said): void {
  const line = Buffer.from(
    `${JSON.stringify({ seq: seq++, ms: Math.round(performance.now() - startedAtMs), ...message })}\n`,
  );
  for (let at = 0; at < line.length; ) {
    try {
      at += writeSync(1, line, at);
    } catch (error) {
      // The engine reads as fast as it can; what it has not read may not be lost.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    }
  }
}
