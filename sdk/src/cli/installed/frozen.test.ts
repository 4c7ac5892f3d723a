import { cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentsOf, greeterArchive, signedIn } from '../../../testing/installing.ts';
import { testIo } from '../../../testing/test-io.ts';

/** Three skills installed and locked; the folder is then emptied but for the lock, as a fresh clone is. */
async function cloned() {
  const { registry, io } = await signedIn();
  const skills = [];
  for (const name of ['one', 'two', 'three'])
    skills.push(await registry.add(greeterArchive('1.0.0', {}, name), 'approved'));
  expect(await io.aegis('install', 'one', 'two', 'three')).toBe(0);
  const whole = await contentsOf(io.cwd);
  await rm(join(io.cwd, 'skills'), { recursive: true });
  io.clear();
  return { registry, io, skills, whole, lockPath: join(io.cwd, 'aegis.lock') };
}

/** Changes the lock as somebody would who wants other bytes installed. */
async function tamper(lockPath: string, change: (skill: Record<string, unknown>) => void): Promise<void> {
  const lock = JSON.parse(await readFile(lockPath, 'utf8'));
  change(lock.skills[0]);
  await writeFile(lockPath, JSON.stringify(lock));
}

describe('aegis install --frozen', () => {
  it('installs exactly the lock, byte for byte, and never writes it', async () => {
    const { registry, io, whole, lockPath } = await cloned();
    await registry.add(greeterArchive('2.0.0', {}, 'one'), 'approved');
    const { mtimeMs } = await stat(lockPath);
    expect(await io.aegis('install', '--frozen')).toBe(0);
    expect(await contentsOf(io.cwd)).toEqual(whole);
    expect((await stat(lockPath)).mtimeMs).toBe(mtimeMs);
    io.clear();
    expect(await io.aegis('install', '--frozen', '--json')).toBe(0);
    expect(io.json()[0]).toMatchObject({ frozen: true, written: [] });
  });

  it('puts back what is missing, and takes away what an interpreter left', async () => {
    const { io, whole } = await cloned();
    await io.aegis('install', '--frozen');
    await rm(join(io.cwd, 'skills/two'), { recursive: true });
    await mkdir(join(io.cwd, 'skills/one/__pycache__'));
    await writeFile(join(io.cwd, 'skills/one/__pycache__/x.pyc'), 'x');
    expect(await io.aegis('install', '--frozen')).toBe(0);
    expect(await contentsOf(io.cwd)).toEqual(whole);
  });

  it('serves a pod: lock and keys from read-only folders, skills to an empty one', async () => {
    const { registry, io, whole } = await cloned();
    const pod = await testIo({ env: { AEGIS_REGISTRY: registry.url, AEGIS_TOKEN: 'aeg_good' } });
    const config = join(pod.home, 'config');
    await mkdir(config, { recursive: true });
    await cp(join(io.cwd, 'aegis.lock'), join(config, 'aegis.lock'));
    const keys = await fetch(`${registry.url}/.well-known/aegis/keys.json`);
    await writeFile(join(config, 'keys.json'), await keys.text());
    const target = join(pod.home, 'skills');
    const line = ['install', '--frozen', '--lock', join(config, 'aegis.lock'), '--keys', join(config, 'keys.json')];
    expect(await pod.aegis(...line, '--dir', target)).toBe(0);
    expect(pod.err()).toBe('');
    const wanted = Object.entries(whole).filter(([path]) => path.startsWith('skills/'));
    expect(await contentsOf(target)).toEqual(
      Object.fromEntries(wanted.map(([path, text]) => [path.slice('skills/'.length), text])),
    );
    expect(Object.keys(await contentsOf(config))).toEqual(['aegis.lock', 'keys.json']);
    // Another key than the one that was handed over.
    await registry.rotate();
    await registry.add(greeterArchive('1.0.0', {}, 'one'), 'approved');
    const other = await fetch(`${registry.url}/.well-known/aegis/keys.json`);
    await writeFile(join(config, 'keys.json'), await other.text());
    expect(await pod.aegis(...line, '--dir', join(pod.home, 'again'))).toBe(1);
    expect(pod.err()).toContain('SIGNATURE_INVALID');
    await expect(stat(join(pod.home, 'again'))).rejects.toThrow();
  });

  it.each([
    ['the digest of the archive', { archiveDigest: `sha256:${'0'.repeat(64)}` }, 1, 'was tampered with'],
    ['the digest of the content', { contentDigest: `sha256:${'0'.repeat(64)}` }, 1, 'was tampered with'],
    ['the permissions', { permissionsDigest: `sha256:${'0'.repeat(64)}` }, 1, 'was tampered with'],
    ['a folder outside', { dirs: ['../../.ssh'] }, 2, 'is no lock file'],
    ['a name that is a path', { name: '../one' }, 2, 'is no lock file'],
    ['a version that is not there', { version: '9.9.9' }, 1, 'was not installed'],
  ])('refuses a lock in which somebody changed %s, nothing written', async (_what, change, code, words) => {
    const { io, lockPath } = await cloned();
    await tamper(lockPath, (skill) => Object.assign(skill, change));
    expect(await io.aegis('install', '--frozen')).toBe(code);
    expect(io.err()).toContain(words);
    expect(Object.keys(await contentsOf(io.cwd))).toEqual(['aegis.lock']);
  });

  it('refuses tampered bytes and a revoked approval by name, nothing written, also of the others', async () => {
    const { registry, io, skills } = await cloned();
    registry.lies.archive = (honest) => {
      const changed = honest.slice();
      changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
      return changed;
    };
    expect(await io.aegis('install', '--frozen')).toBe(1);
    expect(io.err()).toContain('The package of one@1.0.0 that arrived has digest');
    delete registry.lies.archive;
    const [, , three] = skills;
    if (three !== undefined) three.status = 'revoked';
    io.clear();
    expect(await io.aegis('install', '--frozen')).toBe(9);
    expect(io.err()).toContain('three@1.0.0 was not installed');
    expect(Object.keys(await contentsOf(io.cwd))).toEqual(['aegis.lock']);
  });

  it('also tells that what is there already was revoked, and warns of a skill that is not in the lock', async () => {
    const { io, skills } = await cloned();
    await io.aegis('install', '--frozen');
    await mkdir(join(io.cwd, 'skills/mine'));
    io.clear();
    expect(await io.aegis('install', '--frozen')).toBe(0);
    expect(io.err()).toContain('Not in aegis.lock, left alone in skills: mine');
    const [one] = skills;
    if (one !== undefined) one.status = 'revoked';
    expect(await io.aegis('install', '--frozen')).toBe(9);
  });

  it('wants a lock and no names', async () => {
    const { io } = await signedIn();
    expect(await io.aegis('install', '--frozen')).toBe(2);
    expect(io.err()).toContain('--frozen installs what a lock says');
    expect(await io.aegis('install', '--frozen', 'greeter')).toBe(2);
    expect(await io.aegis('install')).toBe(2);
  });
});
