import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../../testing/test-io.ts';
import { readLock, spellLock } from './lock-file.ts';

const skill = (name: string) => ({
  name,
  version: '1.0.0',
  archiveDigest: `sha256:${'a'.repeat(64)}`,
  contentDigest: `sha256:${'b'.repeat(64)}`,
  tenantId: 'ten-01jd0000000000000000000000',
  permissionsDigest: `sha256:${'c'.repeat(64)}`,
  dirs: ['skills'],
});

describe('aegis.lock', () => {
  it('is sorted, ends with a line, and reads back as it was', async () => {
    const path = join(await temporaryFolder(), 'aegis.lock');
    const text = spellLock({ v: 1, registry: 'https://registry.example', skills: [skill('b'), skill('a')] });
    await writeFile(path, text);
    expect(text.endsWith('}\n')).toBe(true);
    expect((await readLock(path))?.skills.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('need not be there, but must be one when it is', async () => {
    const folder = await temporaryFolder();
    expect(await readLock(join(folder, 'aegis.lock'))).toBeNull();
    const lockWith = (...skills: object[]) => JSON.stringify({ v: 1, registry: 'x', skills });
    for (const text of [
      '',
      '{',
      '{"v":2,"registry":"x","skills":[]}',
      lockWith({ ...skill('a'), archiveDigest: 'md5:1' }),
      lockWith({ ...skill('a'), version: 'v1' }),
      lockWith(skill('a'), skill('a')),
      lockWith(skill('../../.ssh')),
    ]) {
      await writeFiles(folder, { 'aegis.lock': text });
      await expect(readLock(join(folder, 'aegis.lock')), text).rejects.toThrow(/is no lock file/);
    }
    await writeFiles(folder, { 'aegis.lock': '{' });
    await expect(readLock(join(folder, 'aegis.lock'))).rejects.toThrow(
      /is no lock file \(it is not JSON\)\. Restore it/,
    );
  });

  it.each([
    ['.', true],
    ['skills', true],
    ['.claude/skills', true],
    ['a..b/c', true],
    ['..', false],
    ['../x', false],
    ['a/../../x', false],
    ['a/./b', false],
    ['a//b', false],
    ['a/', false],
    ['/etc', false],
    ['', false],
    ['a\\..\\x', false],
  ])('a folder %j in a lock is one below it: %s', async (dir, good) => {
    const folder = await temporaryFolder();
    const text = JSON.stringify({ v: 1, registry: 'x', skills: [{ ...skill('a'), dirs: [dir] }] });
    await writeFiles(folder, { 'aegis.lock': text });
    const read = readLock(join(folder, 'aegis.lock'));
    await (good ? expect(read).resolves.not.toBeNull() : expect(read).rejects.toThrow(/is no lock file/));
  });
});
