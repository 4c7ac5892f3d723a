import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { greeterArchive, signedIn } from '../../../testing/installing.ts';
import { signingRegistry, TENANT } from '../../../testing/signing-registry.ts';
import { GREETER, type TestIo, testIo, writeFiles } from '../../../testing/test-io.ts';

/** Nothing but what was there before. */
async function expectNothingWritten(io: TestIo): Promise<void> {
  expect(await readdir(io.cwd)).toEqual([]);
}

describe('aegis install', () => {
  it('writes exactly the approved files, then the lock', async () => {
    const { registry, io } = await signedIn();
    const skill = await registry.add(greeterArchive('1.0.0', { 'run.sh': '#!/bin/sh\n' }), 'approved');
    expect(await io.aegis('install', 'greeter@1.0.0', '--json'), io.err()).toBe(0);
    const folder = join(io.cwd, 'skills/greeter');
    expect(await readFile(join(folder, 'handlers/greet.js'), 'utf8')).toBe(GREETER['handlers/greet.js']);
    expect((await stat(join(folder, 'run.sh'))).mode & 0o777).toBe(0o755);
    const lock = JSON.parse(await readFile(join(io.cwd, 'aegis.lock'), 'utf8'));
    expect(lock).toEqual({
      v: 1,
      registry: registry.url,
      skills: [
        {
          name: 'greeter',
          version: '1.0.0',
          archiveDigest: skill.archiveDigest,
          contentDigest: skill.contentDigest,
          tenantId: TENANT,
          permissionsDigest: expect.stringMatching(/^sha256:/),
          dirs: ['skills'],
        },
      ],
    });
    expect(io.json()[0]).toMatchObject({ name: 'greeter', path: folder, status: 'approved', warning: null });
    expect(await readdir(join(io.cwd, 'skills'))).toEqual(['greeter']);
  });

  it('replaces an older version as a whole, and keeps other skills in the lock', async () => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive('1.0.0', { 'old.txt': 'old' }), 'approved');
    await io.aegis('install', 'greeter');
    const lockPath = join(io.cwd, 'aegis.lock');
    const before = JSON.parse(await readFile(lockPath, 'utf8'));
    before.skills.push({ ...before.skills[0], name: 'another' });
    await writeFiles(io.cwd, { 'aegis.lock': JSON.stringify(before) });
    await registry.add(greeterArchive('2.0.0'), 'approved');
    expect(await io.aegis('install', 'greeter', '--dir', 'skills')).toBe(0);
    expect(await readdir(join(io.cwd, 'skills/greeter'))).toEqual(['handlers', 'manifest.yaml', 'tests']);
    const { skills } = JSON.parse(await readFile(lockPath, 'utf8'));
    expect(skills.map(({ name, version }: { name: string; version: string }) => `${name}@${version}`)).toEqual([
      'another@1.0.0',
      'greeter@2.0.0',
    ]);
  });

  it('warns of a deprecated version, names the replacement, and installs it', async () => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive(), 'deprecated');
    expect(await io.aegis('install', 'greeter')).toBe(0);
    expect(io.err()).toBe('! greeter 1.0.0 is deprecated. It has a flaw. Use greeter@2.0.0 instead.\n');
    registry.lies.resolution = { warning: null };
    io.clear();
    expect(await io.aegis('install', 'greeter')).toBe(0);
    expect(io.err()).toBe('! greeter 1.0.0 is deprecated. Use greeter@2.0.0 instead.\n');
  });

  it.each([
    ['pending_review', 1],
    ['rejected', 1],
    ['yanked', 8],
    ['revoked', 9],
  ] as const)('refuses a version that is %s by name, exit %i, nothing written', async (status, exit) => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive(), status);
    expect(await io.aegis('install', 'greeter@1.0.0')).toBe(exit);
    expect(io.err()).toContain(`greeter@1.0.0 was not installed. greeter@1.0.0 is ${status}.`);
    await expectNothingWritten(io);
    // Also when a registry hands it out.
    registry.lies.resolution = {};
    io.clear();
    expect(await io.aegis('install', 'greeter@1.0.0')).toBe(exit);
    expect(io.err()).toContain(`is ${status.replace('_', ' ')}, so it was not installed`);
    await expectNothingWritten(io);
  });

  it('says that a skill is not there', async () => {
    const { io } = await signedIn();
    expect(await io.aegis('install', 'nothing')).toBe(1);
    expect(io.err()).toContain('nothing was not installed');
    expect(await io.aegis('install', 'a@b@c')).toBe(2);
  });
});

describe('a registry that lies', () => {
  it('cannot hand out other bytes', async () => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive(), 'approved');
    registry.lies.archive = () => greeterArchive('1.0.0', { 'evil.js': 'x' });
    expect(await io.aegis('install', 'greeter')).toBe(1);
    expect(io.err()).toContain('DIGEST_MISMATCH');
    await expectNothingWritten(io);
  });

  it('cannot hand out other bytes with their own digest: the signature covers another one', async () => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive(), 'approved');
    const evil = greeterArchive('1.0.0', { 'evil.js': 'x' });
    const foreign = await signingRegistry();
    const other = await foreign.add(evil, 'approved');
    registry.lies.archive = () => evil;
    registry.lies.resolution = { archiveDigest: other.archiveDigest, contentDigest: other.contentDigest };
    expect(await io.aegis('install', 'greeter')).toBe(1);
    expect(io.err()).toContain('APPROVAL_INVALID');
    await expectNothingWritten(io);
  });

  it('cannot sign with a key that was not pinned at login', async () => {
    const { registry, io } = await signedIn();
    await registry.rotate();
    await registry.add(greeterArchive(), 'approved');
    expect(await io.aegis('install', 'greeter')).toBe(1);
    expect(io.err()).toContain('SIGNATURE_INVALID');
    await expectNothingWritten(io);
  });

  it('cannot answer another version, another skill, or send us elsewhere', async () => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive(), 'approved');
    for (const resolution of [{ version: '1.0.1' }, { name: 'other' }]) {
      registry.lies.resolution = resolution;
      expect(await io.aegis('install', 'greeter@1.0.0')).toBe(1);
      expect(io.err()).toContain('where greeter@1.0.0 was asked for');
    }
    registry.lies.resolution = {};
    registry.lies.packageUrl = 'https://elsewhere.example/evil';
    expect(await io.aegis('install', 'greeter')).toBe(3);
    await expectNothingWritten(io);
  });

  it('cannot change a version that was locked', async () => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive(), 'approved');
    await io.aegis('install', 'greeter');
    const again = await signingRegistry();
    await again.add(greeterArchive('1.0.0', { 'new.txt': 'x' }), 'approved');
    expect(await io.aegis('login', '--registry', again.url, '--token', 'aeg_good')).toBe(0);
    expect(await io.aegis('install', 'greeter')).toBe(1);
    expect(io.err()).toContain('A version never changes its bytes');
    expect(await readdir(join(io.cwd, 'skills/greeter'))).not.toContain('new.txt');
  });
});

describe('what could go wrong on this side', () => {
  it('a damaged lock stops everything before the registry is asked', async () => {
    const { registry, io } = await signedIn();
    await writeFiles(io.cwd, { 'aegis.lock': '{"v":1' });
    const before = registry.received.length;
    expect(await io.aegis('install', 'greeter')).toBe(2);
    expect(io.err()).toContain('aegis.lock is no lock file');
    expect(registry.received).toHaveLength(before);
  });

  it('without a login it says so, and with AEGIS_TOKEN it says that no keys are pinned', async () => {
    const registry = await signingRegistry();
    await registry.add(greeterArchive(), 'approved');
    const nobody = await testIo();
    expect(await nobody.aegis('install', 'greeter', '--registry', registry.url)).toBe(4);
    expect(nobody.err()).toContain('You are not signed in');
    const machine = await testIo({ env: { AEGIS_REGISTRY: registry.url, AEGIS_TOKEN: 'aeg_good' } });
    expect(await machine.aegis('install', 'greeter', '--lock', 'locks.json')).toBe(0);
    expect(machine.err()).toContain('No keys of');
    expect(await readdir(machine.cwd)).toEqual(['locks.json', 'skills']);
  });
});
