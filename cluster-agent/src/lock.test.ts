import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isHeld, takeLock } from './lock.ts';
import { temporaryFolder } from './testing/folder.ts';

async function sleeper() {
  const child = spawn('sleep', ['60']);
  await once(child, 'spawn');
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.pid === undefined) throw new Error('no pid');
  return { child, pid: child.pid };
}

describe('the lock of a state folder', () => {
  it('is held by one living process, and free again when it is given back', async () => {
    const path = join(await temporaryFolder(), 'lock.json');
    const { pid } = await sleeper();
    const release = await takeLock(path, pid);
    expect(await isHeld(path)).toBe(true);
    await expect(takeLock(path)).rejects.toThrow(`process ${pid}`);
    await release();
    expect(await isHeld(path)).toBe(false);
    await (await takeLock(path))();
  });

  it('is taken over when its process was killed', async () => {
    const path = join(await temporaryFolder(), 'lock.json');
    const { child, pid } = await sleeper();
    await takeLock(path, pid);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await takeLock(path);
    expect(JSON.parse(await readFile(path, 'utf8')).pid).toBe(process.pid);
  });

  it.each([
    ['garbage', 'not json'],
    ['a number that another process has by now', JSON.stringify({ pid: 1, startedAtTicks: '1' })],
    ['an earlier life of this very number', JSON.stringify({ pid: process.pid, startedAtTicks: '1' })],
  ])('is taken over from %s', async (_, content) => {
    const path = join(await temporaryFolder(), 'lock.json');
    await writeFile(path, content);
    await takeLock(path);
    expect(await isHeld(path)).toBe(true);
  });

  it('goes to exactly one of many that start at once', async () => {
    const path = join(await temporaryFolder(), 'lock.json');
    await writeFile(path, JSON.stringify({ pid: 1, startedAtTicks: 'long ago' }));
    const sleepers = await Promise.all(Array.from({ length: 5 }, sleeper));
    const results = await Promise.allSettled(sleepers.map(({ pid }) => takeLock(path, pid)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});
