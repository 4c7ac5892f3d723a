import { describe, expect, it } from 'vitest';
import { greeter } from '../../testing/test-io.ts';
import { unpack } from '../archive.ts';
import { archiveName, buildSkill } from './build-skill.ts';

describe('a built skill', () => {
  it('holds its files sorted, with bundles made anew over those that lay there', async () => {
    const io = await greeter({ 'handlers/greet.bundle.mjs': 'stale', 'handlers/greet.bundle.mjs.map': 'stale' });
    const built = await buildSkill('.', io.cwd);
    expect(archiveName(built.manifest)).toBe('greeter-1.0.0.tar.gz');
    expect([...built.bundled]).toEqual([
      'handlers/greet.bundle.mjs',
      'handlers/greet.bundle.mjs.map',
      'aegis-run.mjs',
      'aegis-run.json',
    ]);
    const packed = unpack(built.archive);
    expect(packed.map(({ path }) => path)).toEqual(built.files.map(({ path }) => path));
    expect(packed.some(({ bytes }) => new TextDecoder().decode(bytes) === 'stale')).toBe(false);
    const clean = await greeter();
    expect((await buildSkill('.', clean.cwd)).archiveDigest).toBe(built.archiveDigest);
  });
});
