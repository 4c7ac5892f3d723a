import { pack } from '@aegis/skill-sdk/archive';
import { AegisError } from '@aegis/skill-sdk/errors';
import { describe, expect, test } from 'vitest';
import { previewPackage, problemOf } from './upload-preview.ts';

const TENANT = 'ten-01hzzzzzzzzzzzzzzzzzzzzzzz';
const GUIDE = '---\nname: notes\ndescription: Keeps notes\n---\nWrite a note.\n';
const encode = (text: string) => new TextEncoder().encode(text);

function packageOf(manifest: string): Uint8Array {
  return pack([
    { path: 'manifest.yaml', bytes: encode(manifest), mode: '0644' },
    { path: 'SKILL.md', bytes: encode(GUIDE), mode: '0644' },
  ]);
}

const manifest = (version: string, hosts: string[]) =>
  [
    'name: notes',
    `version: ${version}`,
    'description: Keeps notes',
    'permissions:',
    `  network: [${hosts.map((host) => `'${host}'`).join(', ')}]`,
    'securityLevel: low',
    'tools: []',
    '',
  ].join('\n');

const PERMISSIONS = {
  network: [{ host: 'api.notes.example', ports: [443], protocol: 'tls' }],
  files: { read: [], write: [] },
  environment: { required: [], optional: [] },
  shell: false,
};

/** A registry in which `notes 1.0.0` is approved and may reach one host. */
const registry = (path: string): Promise<unknown> =>
  Promise.resolve(
    path.startsWith('/api/skills/private?')
      ? { skills: [{ id: 'skv-1', name: 'notes', version: '1.0.0', latest: true, archiveDigest: 'sha256:0' }] }
      : { skill: { version: '1.0.0', permissions: PERMISSIONS } },
  );
const emptyRegistry = (): Promise<unknown> => Promise.resolve({ skills: [] });

describe('A92: a package is read in the browser before anything is sent', () => {
  test('what gets wider than the last approved version is said', async () => {
    const preview = await previewPackage(
      packageOf(manifest('1.1.0', ['api.notes.example', 'sync.notes.example'])),
      TENANT,
      registry,
    );
    expect(preview).toMatchObject({ against: '1.0.0', existing: null, errors: [], files: 2 });
    const wider = preview.changes.filter(({ change }) => change === 'wider');
    expect(wider).toHaveLength(1);
    expect(wider[0]?.after).toContain('sync.notes.example');
  });

  test('the same permissions are not wider', async () => {
    const preview = await previewPackage(packageOf(manifest('1.1.0', ['api.notes.example'])), TENANT, registry);
    expect(preview.changes.some(({ change }) => change === 'wider')).toBe(false);
  });

  test('a number that is used already is said before it is refused', async () => {
    const preview = await previewPackage(packageOf(manifest('1.0.0', ['api.notes.example'])), TENANT, registry);
    expect(preview.existing?.version).toBe('1.0.0');
  });

  test('everything that a new skill asks for is wider than nothing', async () => {
    const preview = await previewPackage(packageOf(manifest('0.1.0', ['api.notes.example'])), TENANT, emptyRegistry);
    expect(preview.against).toBeNull();
    expect(preview.changes.map(({ change }) => change)).toEqual(['wider']);
    expect(preview.archiveDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(preview.contentDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test('a manifest that is not valid lists its errors, and the registry is not asked', async () => {
    const preview = await previewPackage(packageOf('name: Not A Name\n'), TENANT, () => {
      throw new Error('asked');
    });
    expect(preview.manifest).toBeNull();
    expect(preview.errors.length).toBeGreaterThan(0);
    expect(preview.reach).toBe('not known');
  });

  test('what is no package is refused with the registry’s own words', async () => {
    const failure = await previewPackage(encode('hello'), TENANT, registry).catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(AegisError);
    expect(await problemOf(failure)).toMatchObject({ code: 'ARCHIVE_INVALID' });
    expect(await problemOf(new Error('odd'))).toMatchObject({ code: 'INTERNAL' });
  });
});
