import { describe, expect, it } from 'vitest';
import { GREETER } from '../../testing/test-io.ts';
import { contentDigest, pack, unpack } from '../archive.ts';
import { digestOf } from '../digest.ts';
import { readPackage } from './package-check.ts';

const archiveOf = (files: Record<string, string>) =>
  pack(
    Object.entries(files).map(([path, content]) => ({
      path,
      bytes: new TextEncoder().encode(content),
      mode: '0644' as const,
    })),
  );

describe('a package', () => {
  it('is read with its manifest and both digests', async () => {
    const archive = archiveOf(GREETER);
    expect(await readPackage(archive)).toMatchObject({
      manifest: { name: 'greeter', version: '1.0.0' },
      archiveDigest: await digestOf(archive),
      contentDigest: await contentDigest(unpack(archive)),
    });
  });

  it('is refused when archive or manifest is not sound', async () => {
    await expect(readPackage(new Uint8Array([1, 2, 3]))).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    await expect(readPackage(archiveOf({ 'a.txt': 'x' }))).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
      errors: [{ file: 'manifest.yaml' }],
    });
  });
});
