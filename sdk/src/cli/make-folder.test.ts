import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../testing/test-io.ts';
import { makeFolder } from './make-folder.ts';

it('makes a folder with those above it, once and again, by several at once', async () => {
  const path = join(await temporaryFolder(), 'a/b/c');
  await Promise.all([makeFolder(path), makeFolder(path)]);
  await makeFolder(path);
  expect((await stat(path)).isDirectory()).toBe(true);
});

it('says what is wrong where none can be made, and comes back', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  await expect(makeFolder(join(folder, 'file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(makeFolder('/proc/aegis/below')).rejects.toThrow(/makes no folders\. Choose another place/);
});
