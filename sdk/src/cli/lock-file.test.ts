import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../testing/test-io.ts';
import { readLock, writeLock } from './lock-file.ts';

const skill = (name: string) => ({
  name,
  version: '1.0.0',
  archiveDigest: `sha256:${'a'.repeat(64)}`,
  contentDigest: `sha256:${'b'.repeat(64)}`,
  tenantId: 'ten-01jd0000000000000000000000',
  permissionsDigest: `sha256:${'c'.repeat(64)}`,
});

describe('aegis.lock', () => {
  it('is sorted, ends with a line, and reads back as it was', async () => {
    const path = join(await temporaryFolder(), 'aegis.lock');
    await writeLock(path, { v: 1, registry: 'https://registry.example', skills: [skill('b'), skill('a')] });
    expect((await readFile(path, 'utf8')).endsWith('}\n')).toBe(true);
    expect((await readLock(path))?.skills.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('leaves no half file behind', async () => {
    const folder = await temporaryFolder();
    await writeLock(join(folder, 'aegis.lock'), { v: 1, registry: 'https://registry.example', skills: [] });
    expect(await readdir(folder)).toEqual(['aegis.lock']);
  });

  it('need not be there, but must be one when it is', async () => {
    const folder = await temporaryFolder();
    expect(await readLock(join(folder, 'aegis.lock'))).toBeNull();
    for (const text of [
      '',
      '{',
      '{"v":2,"registry":"x","skills":[]}',
      JSON.stringify({ v: 1, registry: 'x', skills: [{ ...skill('a'), archiveDigest: 'md5:1' }] }),
    ]) {
      await writeFiles(folder, { 'aegis.lock': text });
      await expect(readLock(join(folder, 'aegis.lock')), text).rejects.toThrow(/is no lock file/);
    }
  });
});
