import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { NOW_MS, seededId } from '../testing/documents.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { recordedLog } from '../testing/log.ts';
import { openOutbox } from './outbox.ts';

const WRITER = fileURLToPath(new URL('../testing/spool-writer.ts', import.meta.url));

/** Lets a writer append until it has promised so many events, kills it with SIGKILL, and returns what it promised. */
async function writeAndKill(folder: string, bootId: string, promises: number): Promise<string[]> {
  const child = spawn(process.execPath, ['--conditions=aegis-source', WRITER, folder, bootId], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.split('\n').length > promises) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return text.split('\n').slice(0, -1);
}

describe('kill -9 at any moment', () => {
  it('loses nothing that was promised, over several lives of the process, and gives no number twice', {
    timeout: 60_000,
  }, async () => {
    const folder = await temporaryFolder();
    const promised: string[] = [];
    for (const [life, promises] of [1, 2, 7, 40, 111, 200].entries()) {
      promised.push(...(await writeAndKill(folder, seededId('boot', life + 1), promises)));
    }
    const outbox = await openOutbox({
      folder,
      bootId: seededId('boot', 30),
      clock: () => NOW_MS,
      log: recordedLog().log,
    });
    const hosts = new Set<string>();
    const numbers = new Set<string>();
    let events = 0;
    for (let batch = await outbox.nextBatch(); batch !== null; batch = await outbox.nextBatch()) {
      for (const { seq, dst } of batch.events) {
        hosts.add(dst.host);
        numbers.add(`${batch.bootId} ${seq}`);
        events++;
      }
      await outbox.acknowledge(batch.bootId, batch.events.at(-1)?.seq ?? 0);
    }
    expect(promised.length).toBeGreaterThan(360);
    expect(promised.filter((host) => !hosts.has(host))).toEqual([]);
    expect([hosts.size, numbers.size]).toEqual([events, events]);
    expect(outbox.stats().damagedLines).toBe(0);
    expect(await readdir(folder)).toEqual([]);
  });
});
