import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { NOW_MS } from '../testing/documents.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { makeRegistryKey, type TestKey } from '../testing/identity.ts';
import { signedDocument } from '../testing/signed.ts';
import { makeSkill, type TestSkill } from '../testing/skill.ts';
import { evictPackages, openPackage, openUninstalled } from './package.ts';

let key: TestKey;
let skill: TestSkill;
beforeAll(async () => {
  key = await makeRegistryKey('approval');
  skill = await makeSkill();
});

async function world(download: (digest: string) => Promise<Uint8Array> = async () => skill.bytes) {
  const document = await signedDocument(key, { skill });
  const [install] = document.installs;
  if (install === undefined) throw new Error('no install');
  const folder = await temporaryFolder();
  const downloads: string[] = [];
  const options = {
    folder,
    tenantId: document.tenantId,
    keys: { keys: [key.publicKey] },
    download: (digest: string) => {
      downloads.push(digest);
      return download(digest);
    },
  };
  return { document, install, folder, options, downloads };
}

describe('the package of an install', () => {
  it('is fetched by digest once, and comes with the permissions that were approved', async () => {
    const { install, options, downloads, folder } = await world();
    const { files, permissions } = await openPackage(install, options);
    expect(files.map(({ path }) => path)).toContain('handlers/probe.bundle.mjs');
    expect(permissions).toEqual(skill.permissions);
    await openPackage(install, options);
    expect(downloads).toEqual([skill.archiveDigest]);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('is fetched again when the cached bytes are no longer the ones', async () => {
    const { install, options, downloads, folder } = await world();
    await openPackage(install, options);
    const [name = ''] = await readdir(folder);
    await writeFile(join(folder, name), 'other');
    await openPackage(install, options);
    expect(downloads).toHaveLength(2);
    expect(await readFile(join(folder, name))).toEqual(Buffer.from(skill.bytes));
  });

  it('is never run from other bytes than the approved ones', async () => {
    const other = await makeSkill({ version: '6.6.6' });
    const { install, options, folder } = await world(async () => other.bytes);
    await expect(openPackage(install, options)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('is never run without an approval for exactly it', async () => {
    const { install, options, downloads } = await world();
    await expect(openPackage({ ...install, version: '1.2.1' }, options)).rejects.toMatchObject({
      code: 'APPROVAL_INVALID',
    });
    await expect(openPackage(install, { ...options, keys: { keys: [] } })).rejects.toMatchObject({
      code: 'SIGNATURE_INVALID',
    });
    expect(downloads).toEqual([]);
  });

  it('whose content is not what was approved is refused, even when the archive is', async () => {
    const document = await signedDocument(key, { skill: { ...skill, contentDigest: `sha256:${'e'.repeat(64)}` } });
    const [install] = document.installs;
    if (install === undefined) throw new Error('no install');
    await expect(openPackage(install, (await world()).options)).rejects.toThrow('approved is sha256:eee');
  });

  it('is removed from the cache as soon as no agent has it installed', async () => {
    const { document, install, options, folder } = await world();
    await openPackage(install, options);
    const at = new Date(NOW_MS).toISOString();
    const adopted = (installs: typeof document.installs) => ({
      ...{ jws: '', epoch: 1, sequence: 1, issuedAt: at, expiresAt: at, adoptedAtMs: NOW_MS },
      tenants: [
        {
          tenantId: document.tenantId,
          enforced: { revision: 7, digest: '', document: { ...document, installs } },
          refused: null,
        },
      ],
    });
    await evictPackages(folder, adopted([install]), Date.now());
    expect(await readdir(folder)).toHaveLength(1);
    await evictPackages(folder, adopted([]), Date.now());
    expect(await readdir(folder)).toEqual([]);
    await mkdir(join(folder, 'run-x'));
    await evictPackages(folder, adopted([]), Date.now());
    expect(await readdir(folder)).toEqual(['run-x']);
    await evictPackages(folder, adopted([]), Date.now() + 3_700_000);
    expect(await readdir(folder)).toEqual([]);
    await evictPackages(join(folder, 'not-there'), adopted([]), Date.now());
  });
});

describe('a package that is not installed', () => {
  it('grants nothing by itself', async () => {
    const path = join(await temporaryFolder(), 'weather.tar.gz');
    await writeFile(path, skill.bytes);
    const { files, permissions } = await openUninstalled(path);
    expect(files.length).toBeGreaterThan(2);
    expect(permissions).toEqual({
      network: [],
      files: { read: [], write: [] },
      environment: { required: [], optional: [] },
      shell: false,
    });
  });
});
