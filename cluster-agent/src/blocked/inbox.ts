import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { Log } from '@aegis/skill-sdk/log';
import { BlockedEvent } from '@aegis/skill-sdk/wire/blocked';
import { missingIsEmpty, removeIfThere, writeDurably } from '../durable.ts';
import type { Unnumbered } from './collect.ts';
import type { Outbox } from './outbox.ts';
import { bootOfName, segmentName } from './segment.ts';

/** When no agent runs, somebody has to say stop before the disk is full. */
const FILES_MAX = 1000;
/** One process hands in its own denials, aggregated; more than this is not one process's. */
const FILE_BYTES_MAX = 1024 * 1024;

/**
 * Hands blocked requests of another process to the agent of this machine: a file that is a finished segment of the
 * spool, with a boot id of the handing process, written as a whole. Throws QUOTA_EXCEEDED when nobody collects them.
 */
export async function handIn(
  inbox: string,
  { bootId, firstSeq }: { bootId: string; firstSeq: number },
  events: readonly Unnumbered[],
): Promise<void> {
  if ((await readdir(inbox).catch(missingIsEmpty)).length >= FILES_MAX) {
    throw new AegisError('QUOTA_EXCEEDED', {
      detail: `${FILES_MAX} files with blocked requests wait in ${inbox}. Is the agent of this state folder running?`,
    });
  }
  const lines = events.map(
    (event, index) => `${JSON.stringify(BlockedEvent.parse({ ...event, seq: firstSeq + index }))}\n`,
  );
  await writeDurably(join(inbox, segmentName(bootId, firstSeq)), lines.join(''));
}

/**
 * Moves what was handed in to the spool, by rename: a crash leaves each file in one place, so nothing is counted
 * twice. Names that are no segment's (a file still being written) are left alone; oversized files are removed.
 */
export async function collectInbox(inbox: string, outbox: Pick<Outbox, 'adopt'>, log: Log): Promise<void> {
  for (const name of (await readdir(inbox).catch(missingIsEmpty)).sort()) {
    if (bootOfName(name) === null) continue;
    const path = join(inbox, name);
    const { size } = await stat(path);
    if (size > FILE_BYTES_MAX) {
      log.error('handed-in file is too large and was removed', { path, size });
      await removeIfThere(path);
      continue;
    }
    await outbox.adopt(path);
  }
}
