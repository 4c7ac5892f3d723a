import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

  it('never holds a private key by accident: refused with place and way out, built once .aegisignore decides', async () => {
    const words = ['PRIVATE', 'KEY'].join(' ');
    const pem = `-----BEGIN ${words}-----\n${'MC4CAQAwBQYDK2VwBCIEIH1'.repeat(4)}\n-----END ${words}-----\n`;
    const keys = { 'tests/demo.pem': `# for the demo\n${pem}`, 'certs/id_ed25519': 'x', 'certs/store.p12': 'x' };
    const io = await greeter(keys);
    expect(await io.aegis('build')).toBe(1);
    expect(io.err()).toMatch(/3 files hold a secret.*Nothing was built/);
    expect(io.err()).toContain('tests/demo.pem:2:1');
    expect(io.err()).toMatch(/certs\/id_ed25519[\s\S]*certs\/store\.p12/);
    expect(io.err()).toContain('a line “!tests/demo.pem” there');
    expect(io.err()).not.toContain('MC4CAQ');
    expect(existsSync(join(io.cwd, 'dist'))).toBe(false);

    writeFileSync(join(io.cwd, '.aegisignore'), 'certs/\n!tests/demo.pem\n');
    const built = await buildSkill('.', io.cwd);
    expect(built.files.map(({ path }) => path)).toContain('tests/demo.pem');
    expect(built.leftOut).toContainEqual({ path: 'certs/', rule: '.aegisignore' });
  });

  it('never holds what the registry would block as a secret, and may hold what only looks like one', async () => {
    const live = `sk_${'live_'}51Hq8vKz2eXw0pTn7RbYc3Lm`;
    const io = await greeter({ 'handlers/pay.js': `const key = '${live}';\nexport default async () => key.length;\n` });
    await expect(buildSkill('.', io.cwd)).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      errors: [{ file: 'handlers/pay.js', line: 1 }],
    });
    const harmless = await greeter({ 'README.md': 'Put -----BEGIN PUBLIC KEY----- here; key = YOUR_API_KEY\n' });
    expect((await buildSkill('.', harmless.cwd)).files.length).toBeGreaterThan(0);
  });
});
