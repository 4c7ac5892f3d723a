import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '@aegis/skill-sdk/digest';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Adopted, readAdopted, readDocument, writeAdopted, writeDocument } from './adopted.ts';
import { statePaths } from './paths.ts';
import { NOW_MS, seededId, tenantDocument } from './testing/documents.ts';
import { temporaryFolder } from './testing/folder.ts';
import { clusterId, makeRegistryKey, signJws, type TestKey } from './testing/identity.ts';
import { bytesOf } from './testing/signed.ts';

let key: TestKey;
beforeAll(async () => {
  key = await makeRegistryKey('state');
});
const expected = () => ({ keys: { keys: [key.publicKey] }, clusterId: clusterId() });

async function stored(expiresAtMs = NOW_MS + 1000) {
  const paths = statePaths(await temporaryFolder());
  const document = tenantDocument();
  const bytes = bytesOf(document);
  const digest = await digestOf(bytes);
  const { tenantId, revision } = document;
  const position = {
    epoch: 2,
    sequence: 9,
    issuedAt: new Date(NOW_MS).toISOString(),
    expiresAt: new Date(expiresAtMs).toISOString(),
  };
  const jws = await signJws(
    { v: 1, clusterId: clusterId(), ...position, tenants: [{ tenantId, revision, digest }] },
    key,
  );
  const refused = { revision: 8, digest: `sha256:${'f'.repeat(64)}`, error: 'Not covered.' };
  const other = { tenantId: seededId('tenant', 2), enforced: null, refused };
  const adopted: Adopted = {
    ...position,
    jws,
    adoptedAtMs: NOW_MS,
    tenants: [{ tenantId, enforced: { revision, digest, document }, refused: null }, other],
  };
  await writeDocument(paths, digest, bytes);
  await writeAdopted(paths, adopted);
  return { paths, adopted, digest };
}

describe('the adopted state on the disk', () => {
  it('is none at first', async () => {
    expect(await readAdopted(statePaths(await temporaryFolder()), expected())).toBeNull();
  });

  it('is read back as it was, also when it has expired meanwhile', async () => {
    const { paths, adopted } = await stored(0);
    expect(await readAdopted(paths, expected())).toEqual(adopted);
  });

  it('keeps the documents that it names, and only those', async () => {
    const { paths, adopted, digest } = await stored();
    const unnamed = `sha256:${'1'.repeat(64)}`;
    await writeDocument(paths, unnamed, new Uint8Array([1]));
    await writeAdopted(paths, adopted);
    expect(await readDocument(paths, unnamed)).toBeNull();
    expect(await readDocument(paths, digest)).not.toBeNull();
    expect(await readdir(paths.documents)).toHaveLength(1);
  });

  it.each<[what: string, harm: (paths: ReturnType<typeof statePaths>, digest: string) => Promise<void>]>([
    ['cut off', async ({ adopted }) => writeFile(adopted, (await readFile(adopted, 'utf8')).slice(0, 100))],
    [
      'without a document',
      async ({ documents }, digest) => writeFile(join(documents, `${digest.replace(':', '-')}.json`), ''),
    ],
    [
      'with a document that says something else',
      async ({ documents }, digest) => {
        const path = join(documents, `${digest.replace(':', '-')}.json`);
        await writeFile(path, (await readFile(path, 'utf8')).replace('hard', 'soft'));
      },
    ],
    [
      'with a state that nobody signed',
      async ({ adopted }) => {
        const value = JSON.parse(await readFile(adopted, 'utf8'));
        await writeFile(adopted, JSON.stringify({ ...value, state: `${value.state.slice(0, -4)}AAAA` }));
      },
    ],
  ])('%s is never half believed', async (_, harm) => {
    const { paths, digest } = await stored();
    await harm(paths, digest);
    await expect(readAdopted(paths, expected())).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
  });
});
