import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { signingRegistry } from '../../testing/signing-registry.ts';
import { GREETER, testIo, writeFiles } from '../../testing/test-io.ts';
import { pack } from '../archive.ts';

const archive = pack(
  Object.entries(GREETER).map(([path, content]) => ({
    path,
    bytes: new TextEncoder().encode(content),
    mode: '0644' as const,
  })),
);
const LOGIN = ['--token', 'aeg_good'];

/** A person who signed in before the registry got its second key. */
async function world() {
  const registry = await signingRegistry();
  const io = await testIo();
  const login = (...more: string[]) => io.aegis('login', '--registry', registry.url, ...LOGIN, ...more);
  const pinned = async (): Promise<string[]> => {
    const file = JSON.parse(await readFile(join(io.home, '.config/aegis/credentials.json'), 'utf8'));
    return file.registries[registry.url].keys.keys.map(({ kid }: { kid: string }) => kid);
  };
  expect(await login()).toBe(0);
  io.clear();
  return { registry, io, login, pinned };
}

describe('a registry that changed its keys, the new one signed by the pinned one', () => {
  it('is followed by install, which pins the new key and says so', async () => {
    const { registry, io, pinned } = await world();
    await registry.rotate({ signed: true });
    await registry.add(archive, 'approved');
    expect(await io.aegis('install', 'greeter'), io.err()).toBe(0);
    expect(io.err()).toContain('has new keys, signed by those that were pinned: approval second. They are pinned now.');
    expect(await pinned()).toEqual(['first', 'second']);
    io.clear();
    expect(await io.aegis('install', 'greeter')).toBe(0);
    expect(io.err()).toBe('');
  });

  it('is followed by verify, and what the old key signed stays good', async () => {
    const { registry, io } = await world();
    await registry.add(archive, 'approved');
    await registry.rotate({ signed: true });
    await writeFiles(io.cwd, { 'a.tar.gz': archive });
    expect(await io.aegis('verify', 'a.tar.gz', '--json'), io.err()).toBe(0);
    expect(io.json()[0]).toMatchObject({ keysFrom: `pinned at login to ${registry.url}` });
    expect(await io.aegis('login', '--registry', registry.url, ...LOGIN)).toBe(0);
    expect(await io.aegis('verify', 'a.tar.gz')).toBe(0);
  });

  it('is followed by login', async () => {
    const { registry, io, login, pinned } = await world();
    await registry.rotate({ signed: true });
    expect(await login()).toBe(0);
    expect(io.err()).toContain('approval second');
    expect(await pinned()).toEqual(['second', 'first']);
  });
});

describe('a registry whose new key nobody signed', () => {
  it('gets nothing installed or verified, and nothing pinned', async () => {
    const { registry, io, pinned } = await world();
    await registry.rotate();
    await registry.add(archive, 'approved');
    await writeFiles(io.cwd, { 'a.tar.gz': archive });
    expect(await io.aegis('install', 'greeter')).toBe(1);
    expect(await io.aegis('verify', 'a.tar.gz')).toBe(1);
    expect(io.err()).toContain('SIGNATURE_INVALID');
    expect(await pinned()).toEqual(['first']);
  });

  it('is refused at login, also under the name of the pinned key, until a person accepts it', async () => {
    const { registry, io, login, pinned } = await world();
    await registry.rotate({ kid: 'first' });
    expect(await login()).toBe(1);
    expect(io.err()).toContain('the pinned ones did not sign them: approval first. Nothing was stored.');
    await registry.rotate({ kid: 'third' });
    expect(await login()).toBe(1);
    expect(await pinned()).toEqual(['first']);
    expect(await login('--accept-new-keys')).toBe(0);
    expect(await pinned()).toEqual(['third']);
  });
});
