import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentsOf, greeterArchive, signedIn } from '../../../testing/installing.ts';
import { writeFiles } from '../../../testing/test-io.ts';

/** The greeter with a permission more. */
function widerArchive(version: string): Uint8Array {
  const manifest = `name: greeter
version: ${version}
description: Says hello
permissions:
  network: [api.example.com]
tools:
  - name: greet
    description: Says hello
    parameters: []
    returns: { type: object, description: The greeting }
    handler: ./handlers/greet
`;
  return greeterArchive(version, { 'manifest.yaml': manifest });
}

describe('aegis install with several names and folders', () => {
  it('installs all or nothing, and names each refusal', async () => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive('1.0.0', {}, 'one'), 'approved');
    await registry.add(greeterArchive('1.0.0', {}, 'two'), 'revoked');
    await registry.add(greeterArchive('1.0.0', {}, 'three'), 'yanked');
    expect(await io.aegis('install', 'one', 'two', 'three')).toBe(9);
    expect(io.err()).toContain('2 of 3 skills were refused. Nothing was written.');
    expect(io.err()).toMatch(/two was not installed.*\n.*three was not installed/);
    expect(await readdir(io.cwd)).toEqual([]);
  });

  it('goes where an agent reads, keeps its lock beside the skills of the user, and says in which folders a skill lies', async () => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive(), 'approved');
    expect(await io.aegis('install', 'greeter', '--agent', 'claude-code')).toBe(0);
    expect(await io.aegis('install', 'greeter', '--agent', 'codex')).toBe(0);
    const { skills } = JSON.parse(await readFile(join(io.cwd, 'aegis.lock'), 'utf8'));
    expect(skills[0].dirs).toEqual(['.agents/skills', '.claude/skills']);
    expect(await io.aegis('install', 'greeter', '--agent', 'claude-code', '--user')).toBe(0);
    expect((await readdir(join(io.home, '.claude/skills'))).sort()).toEqual(['aegis.lock', 'greeter']);
    io.clear();
    expect(await io.aegis('list', '--agent', 'claude-code', '--user', '--json')).toBe(0);
    expect(io.json()[0]).toMatchObject({ skills: [{ name: 'greeter', folders: [{ state: 'same' }] }] });
    expect(await io.aegis('install', 'greeter', '--agent', 'claud')).toBe(2);
    expect(await io.aegis('install', 'greeter', '--agent', 'codex', '--dir', 'x')).toBe(2);
    expect(await io.aegis('install', 'greeter', '--user')).toBe(2);
  });

  it('leaves alone what it did not install, and what was changed, unless forced', async () => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive(), 'approved');
    await writeFiles(io.cwd, { 'skills/greeter/mine.txt': 'mine' });
    expect(await io.aegis('install', 'greeter')).toBe(1);
    expect(io.err()).toContain('is not in aegis.lock, so it was left alone');
    expect(await contentsOf(io.cwd)).toEqual({ 'skills/greeter/mine.txt': 'mine' });
    expect(await io.aegis('install', 'greeter', '--force')).toBe(0);
    await writeFiles(io.cwd, { 'skills/greeter/handlers/greet.js': 'changed' });
    for (const command of [['install', 'greeter'], ['remove', 'greeter'], ['install', '--frozen'], ['list']]) {
      io.clear();
      expect(await io.aegis(...command), command.join(' ')).toBe(1);
      expect(io.out() + io.err()).toMatch(/[Cc]hanged since it was installed|CHANGED/);
      if (command[0] === 'remove') expect(io.err()).toContain('then remove it with --force');
    }
    expect(await readFile(join(io.cwd, 'skills/greeter/handlers/greet.js'), 'utf8')).toBe('changed');
    expect(await io.aegis('install', '--frozen', '--force')).toBe(0);
    expect(await io.aegis('list')).toBe(0);
  });
});

describe('aegis list', () => {
  it('compares every file without a network, and overlooks what an interpreter leaves behind', async () => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive(), 'approved');
    await io.aegis('install', 'greeter');
    await writeFiles(io.cwd, { 'skills/greeter/handlers/__pycache__/greet.pyc': 'x', 'skills/greeter/.DS_Store': 'x' });
    const asked = registry.received.length;
    io.clear();
    expect(await io.aegis('list')).toBe(0);
    expect(io.out()).toBe('greeter  1.0.0  skills/greeter  as approved\n');
    await rm(join(io.cwd, 'skills/greeter'), { recursive: true });
    io.clear();
    expect(await io.aegis('list')).toBe(1);
    expect(io.out()).toContain('MISSING');
    expect(registry.received).toHaveLength(asked);
  });

  it('says what to do where nothing is installed', async () => {
    const { io } = await signedIn();
    expect(await io.aegis('list')).toBe(0);
    expect(io.out()).toContain('Install one: aegis install NAME');
  });
});

describe('aegis outdated and upgrade', () => {
  it('show what a newer version may do more, then take it, lock and folder together', async () => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive('1.0.0', { 'old.txt': 'old' }), 'approved');
    await io.aegis('install', 'greeter');
    io.clear();
    expect(await io.aegis('outdated')).toBe(0);
    expect(io.out()).toContain('1 skill up to date and approved');
    await registry.add(widerArchive('2.0.0'), 'approved');
    io.clear();
    expect(await io.aegis('outdated')).toBe(1);
    expect(io.out()).toContain('greeter 1.0.0 → 2.0.0');
    expect(io.out()).toContain('+ The agent can reach api.example.com on port 443 over TLS.');
    expect(await readdir(join(io.cwd, 'skills/greeter'))).toContain('old.txt');
    io.clear();
    expect(await io.aegis('upgrade')).toBe(0);
    expect(io.out()).toContain('+ The agent can reach api.example.com');
    expect(await readdir(join(io.cwd, 'skills/greeter'))).not.toContain('old.txt');
    expect(await io.aegis('list')).toBe(0);
    io.clear();
    expect(await io.aegis('upgrade')).toBe(0);
    expect(io.out()).toContain('✓ 1 skill up to date and approved');
  });

  it.each([
    ['deprecated', 7, 'deprecated'],
    ['yanked', 8, 'yanked: not to be installed any more'],
    ['revoked', 9, 'REVOKED: remove it from this machine'],
    ['rejected', 1, 'no longer approved'],
  ] as const)('tell that what is installed was %s by words and exit code %i', async (status, code, words) => {
    const { registry, io } = await signedIn();
    const skill = await registry.add(greeterArchive(), 'approved');
    await io.aegis('install', 'greeter');
    skill.status = status;
    io.clear();
    expect(await io.aegis('outdated')).toBe(code);
    expect(io.out()).toContain(words);
  });

  it('lead away from a revoked version, back to a lower one; and say when there is none', async () => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive('1.0.0'), 'approved');
    const newer = await registry.add(greeterArchive('1.1.0'), 'approved');
    await io.aegis('install', 'greeter');
    newer.status = 'revoked';
    expect(await io.aegis('upgrade')).toBe(0);
    expect(JSON.parse(await readFile(join(io.cwd, 'aegis.lock'), 'utf8')).skills[0].version).toBe('1.0.0');
    const { registry: other, io: person } = await signedIn();
    const only = await other.add(greeterArchive(), 'approved');
    await person.aegis('install', 'greeter');
    only.status = 'revoked';
    person.clear();
    expect(await person.aegis('upgrade')).toBe(1);
    expect(person.out()).toContain(
      'greeter 1.0.0  REVOKED: remove it from this machine, and there is no other version',
    );
    expect(person.out()).not.toContain('up to date');
  });

  it('refuse a newer version whose approval is signed by a stranger', async () => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive('1.0.0'), 'approved');
    await io.aegis('install', 'greeter');
    const before = await contentsOf(io.cwd);
    await registry.rotate();
    await registry.add(greeterArchive('2.0.0'), 'approved');
    for (const command of ['outdated', 'upgrade']) {
      expect(await io.aegis(command)).toBe(1);
      expect(io.err()).toContain('SIGNATURE_INVALID');
    }
    expect(await contentsOf(io.cwd)).toEqual(before);
  });
});

describe('aegis remove', () => {
  it('takes folder and lock entry away together, here or everywhere', async () => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive(), 'approved');
    await registry.add(greeterArchive('1.0.0', {}, 'other'), 'approved');
    await io.aegis('install', 'greeter', 'other');
    await io.aegis('install', 'greeter', '--agent', 'codex');
    expect(await io.aegis('remove', 'greeter', '--agent', 'codex')).toBe(0);
    expect(await readdir(join(io.cwd, '.agents/skills'))).toEqual([]);
    expect(await readdir(join(io.cwd, 'skills'))).toEqual(['greeter', 'other']);
    expect(await io.aegis('remove', 'greeter')).toBe(0);
    expect(await readdir(join(io.cwd, 'skills'))).toEqual(['other']);
    const { skills } = JSON.parse(await readFile(join(io.cwd, 'aegis.lock'), 'utf8'));
    expect(skills.map(({ name }: { name: string }) => name)).toEqual(['other']);
    expect(await io.aegis('remove', 'greeter')).toBe(1);
    expect(io.err()).toContain('has no skill greeter. It has: other');
    expect(await io.aegis('remove', 'other')).toBe(0);
    for (const command of ['list', 'outdated', 'upgrade']) {
      io.clear();
      expect(await io.aegis(command)).toBe(0);
      expect(io.out()).toBe('No skills are installed here (aegis.lock). Install one: aegis install NAME\n');
    }
  });

  it('never follows a link that was put in the place of a skill', async () => {
    const { registry, io } = await signedIn();
    await registry.add(greeterArchive(), 'approved');
    await io.aegis('install', 'greeter');
    const outside = join(io.home, 'outside');
    await mkdir(outside, { recursive: true });
    await writeFile(join(outside, 'kept.txt'), 'kept');
    await rm(join(io.cwd, 'skills/greeter'), { recursive: true });
    await symlink(outside, join(io.cwd, 'skills/greeter'));
    expect(await io.aegis('remove', 'greeter')).toBe(1);
    expect(await io.aegis('remove', 'greeter', '--force')).toBe(0);
    expect(await readdir(outside)).toEqual(['kept.txt']);
    expect(await readdir(join(io.cwd, 'skills'))).toEqual([]);
  });
});
