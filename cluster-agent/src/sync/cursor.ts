import { z } from 'zod';
import type { Position } from '../desired.ts';
import { readIfThere, writeDurably } from '../durable.ts';

const Stored = z.object({ epoch: z.int(), sequence: z.int() });

/**
 * How far this cluster has come: the last state of which everything was applied. It moves only after the effect, so
 * whatever is interrupted is asked for and done again.
 */
export interface Cursor {
  readonly position: Position | null;
  move(position: Position): Promise<void>;
}

/** The stored cursor. One that cannot be read counts as none: then the whole state is read and applied again. */
export async function openCursor(path: string): Promise<Cursor> {
  let position = parse(await readIfThere(path));
  return {
    get position() {
      return position;
    },
    async move(next) {
      if (position?.epoch === next.epoch && position.sequence === next.sequence) return;
      await writeDurably(path, JSON.stringify({ epoch: next.epoch, sequence: next.sequence }));
      position = { epoch: next.epoch, sequence: next.sequence };
    },
  };
}

function parse(bytes: Buffer | null): Position | null {
  if (bytes === null) return null;
  try {
    return Stored.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    // Damaged: starting over is always right, because applying what is applied changes nothing.
    return null;
  }
}
