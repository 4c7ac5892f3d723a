import { readdir } from 'node:fs/promises';
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
const other = pack(
  [...Object.entries({ ...GREETER, 'more.txt': 'x' })].map(([path, content]) => ({
    path,
    bytes: new TextEncoder().encode(content),
    mode: '0644' as const,
  })),
);

async function world() {
  const registry = await signingRegistry();
  const skill = await registry.add(archive, 'approved');
  const io = await testIo();
  await io.aegis('login', '--registry', registry.url, '--token', 'aeg_good');
  await writeFiles(io.cwd, { 'a.tar.gz': archive, 'b.tar.gz': other });
  io.clear();
  return { registry, skill, io };
}

describe('aegis verify', () => {
  it('says who approved exactly these bytes, and keeps the proof', async () => {
    const { skill, io } = await world();
    expect(await io.aegis('verify', 'a.tar.gz', '--save', 'proof'), io.err()).toBe(0);
    expect(io.out()).toContain('✓ greeter 1.0.0 is exactly what was approved');
    expect(io.out()).toContain('by Rita Reviewer, 2026-11-21T12:00:00.000Z');
    expect(io.out()).toContain(skill.archiveDigest);
    expect(io.out()).toContain('pinned at login');
    expect(await readdir(join(io.cwd, 'proof'))).toEqual(['greeter-1.0.0.approval.json', 'keys.json']);
  });

  it('does the same offline with approval and keys', async () => {
    const { registry, io } = await world();
    await io.aegis('verify', 'a.tar.gz', '--save', 'proof');
    const before = registry.received.length;
    const offline = ['--approval', 'proof/greeter-1.0.0.approval.json', '--keys', 'proof/keys.json'];
    io.clear();
    expect(await io.aegis('verify', 'a.tar.gz', ...offline, '--json')).toBe(0);
    expect(io.json()[0]).toMatchObject({
      valid: true,
      name: 'greeter',
      version: '1.0.0',
      approval: { reviewer: { name: 'Rita Reviewer' } },
    });
    expect(await io.aegis('verify', 'b.tar.gz', ...offline)).toBe(1);
    expect(io.err()).toContain('The approval differs in the archive');
    expect(registry.received).toHaveLength(before);
  });

  it('refuses keys of another registry, and an approval without keys', async () => {
    const { io } = await world();
    await io.aegis('verify', 'a.tar.gz', '--save', 'proof');
    const stranger = await signingRegistry();
    const keys = await (await fetch(`${stranger.url}/.well-known/aegis/keys.json`)).text();
    await writeFiles(io.cwd, { 'foreign.json': keys, 'none.json': '[]' });
    const approval = ['--approval', 'proof/greeter-1.0.0.approval.json'];
    expect(await io.aegis('verify', 'a.tar.gz', ...approval, '--keys', 'foreign.json')).toBe(1);
    expect(io.err()).toContain('SIGNATURE_INVALID');
    expect(await io.aegis('verify', 'a.tar.gz', ...approval)).toBe(2);
    expect(await io.aegis('verify', 'a.tar.gz', ...approval, '--keys', 'none.json')).toBe(2);
    expect(io.err()).toContain('none.json holds no keys');
  });

  it('refuses what was revoked, is not published, or is no package', async () => {
    const { registry, skill, io } = await world();
    Object.assign(skill, { status: 'revoked' });
    expect(await io.aegis('verify', 'a.tar.gz')).toBe(1);
    expect(io.err()).toContain('greeter@1.0.0 was revoked');
    const empty = await signingRegistry();
    await io.aegis('login', '--registry', empty.url, '--token', 'aeg_good');
    io.clear();
    expect(await io.aegis('verify', 'a.tar.gz')).toBe(1);
    expect(io.err()).toContain('has no skill greeter');
    await writeFiles(io.cwd, { 'c.tar.gz': 'no gzip' });
    expect(await io.aegis('verify', 'c.tar.gz')).toBe(1);
    expect(io.err()).toContain('ARCHIVE_INVALID');
    expect(await io.aegis('verify', 'missing.tar.gz')).toBe(2);
    expect(registry.received.length).toBeGreaterThan(0);
  });
});
