import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NOW_MS, seededId } from '../testing/documents.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { recordedLog } from '../testing/log.ts';
import { event } from '../testing/sightings.ts';
import { collectInbox, handIn } from './inbox.ts';
import { openOutbox } from './outbox.ts';
import { segmentName } from './segment.ts';

const TOOL_BOOT = seededId('boot', 9);

async function world() {
  const { log, lines } = recordedLog();
  const inbox = join(await temporaryFolder(), 'inbox');
  const outbox = await openOutbox({
    folder: await temporaryFolder(),
    bootId: seededId('boot', 1),
    clock: () => NOW_MS,
    log,
  });
  onTestFinished(() => outbox.close());
  return { inbox, outbox, log, lines };
}

describe('the inbox', () => {
  it('brings denials of another process into the spool, under that process’s boot and numbers', async () => {
    const { inbox, outbox, log } = await world();
    await collectInbox(inbox, outbox, log);
    await handIn(inbox, { bootId: TOOL_BOOT, firstSeq: 1 }, [event('a.example.com')]);
    await handIn(inbox, { bootId: TOOL_BOOT, firstSeq: 2 }, [event('b.example.com'), event('c.example.com')]);
    await collectInbox(inbox, outbox, log);
    expect(await readdir(inbox)).toEqual([]);
    expect(await outbox.nextBatch()).toMatchObject({
      bootId: TOOL_BOOT,
      events: [{ seq: 1, dst: { host: 'a.example.com' } }],
    });
    expect(outbox.stats().events).toBe(3);
  });

  it('takes nothing that is still being written, and no file that no process of ours would hand in', async () => {
    const { inbox, outbox, log, lines } = await world();
    await handIn(inbox, { bootId: TOOL_BOOT, firstSeq: 1 }, [event()]);
    await writeFile(join(inbox, `.${segmentName(TOOL_BOOT, 2)}.1-1.tmp`), 'half');
    await writeFile(join(inbox, 'notes.json'), '{}');
    await writeFile(join(inbox, segmentName(TOOL_BOOT, 3)), Buffer.alloc(1024 * 1024 + 1));
    await collectInbox(inbox, outbox, log);
    expect(await readdir(inbox)).toHaveLength(2);
    expect(outbox.stats().events).toBe(1);
    expect(lines).toMatchObject([{ level: 'error', size: 1024 * 1024 + 1 }]);
  });

  it('says when nobody collects, before the disk is full', async () => {
    const { inbox } = await world();
    await handIn(inbox, { bootId: TOOL_BOOT, firstSeq: 1 }, [event()]);
    await Promise.all(Array.from({ length: 999 }, (_, index) => writeFile(join(inbox, `${index}`), '')));
    await expect(handIn(inbox, { bootId: TOOL_BOOT, firstSeq: 2 }, [event()])).rejects.toThrow(
      'Is the agent of this state folder running?',
    );
  });
});
