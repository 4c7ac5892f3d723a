import { chmod, readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { GREETER, greeter, temporaryFolder, testIo, writeFiles } from '../../testing/test-io.ts';
import { contentDigest, unpack } from '../archive.ts';
import { digestOf } from '../digest.ts';

const ARCHIVE = 'dist/greeter-1.0.0.tar.gz';

async function packageOf(folder: string) {
  const bytes = new Uint8Array(await readFile(join(folder, ARCHIVE)));
  return { bytes, files: new Map(unpack(bytes).map((file) => [file.path, file])) };
}

describe('aegis build (A18, A19, A56)', () => {
  it('makes dist/<name>-<version>.tar.gz with sources, bundles and maps, and tells both digests', async () => {
    const io = await greeter();
    expect(await io.aegis('build', '--json')).toBe(0);
    const { bytes, files } = await packageOf(io.cwd);
    expect([...files.keys()]).toEqual([
      'aegis-run.json',
      'aegis-run.mjs',
      'handlers/greet.bundle.mjs',
      'handlers/greet.bundle.mjs.map',
      'handlers/greet.js',
      'manifest.yaml',
      'tests/greet.cases.yaml',
    ]);
    expect(io.json()[0]).toMatchObject({
      path: join(io.cwd, ARCHIVE),
      name: 'greeter',
      version: '1.0.0',
      bytes: bytes.length,
      archiveDigest: await digestOf(bytes),
      contentDigest: await contentDigest([...files.values()]),
    });
    expect(await readdir(join(io.cwd, 'dist'))).toEqual(['greeter-1.0.0.tar.gz']);
  });

  it('says what goes in and how large it is', async () => {
    const io = await greeter();
    await io.aegis('build');
    expect(io.out()).toMatch(/handlers\/greet\.bundle\.mjs +\(made by build\)/);
    expect(io.out()).toMatch(/✓ dist\/greeter-1\.0\.0\.tar\.gz {2}[\d.]+ K?i?B, 7 files/);
    expect(io.out()).toMatch(/archive {2}sha256:[0-9a-f]{64}\n {2}content {2}sha256:[0-9a-f]{64}/);
  });

  it('gives the same bytes in any folder, whatever stands above it', async () => {
    const above = await temporaryFolder();
    await writeFiles(above, {
      'tsconfig.json': '{"compilerOptions":{"target":"es5","jsx":"preserve"}}',
      'package.json': '{"type":"commonjs"}',
    });
    const files = {
      ...GREETER,
      'handlers/greet.js': 'import { hi } from "greetings";\nexport default async ({ who }) => ({ text: hi(who) });\n',
    };
    const dependency = {
      'package.json': '{"name":"greetings","version":"1.0.0","type":"module","main":"i.js"}',
      'i.js': 'export const hi = (who) => "Hello " + who;\n',
    };
    // Once with its dependency inside, once with it hoisted above.
    const inside = await testIo();
    await writeFiles(inside.cwd, {
      ...files,
      'node_modules/greetings/package.json': dependency['package.json'],
      'node_modules/greetings/i.js': dependency['i.js'],
    });
    await writeFiles(above, {
      'node_modules/greetings/package.json': dependency['package.json'],
      'node_modules/greetings/i.js': dependency['i.js'],
    });
    await writeFiles(join(above, 'deep/er'), files);
    const hoisted = await testIo({ cwd: join(above, 'deep/er') });
    expect(await inside.aegis('build')).toBe(0);
    expect(await hoisted.aegis('build')).toBe(0);
    const one = await packageOf(inside.cwd);
    const two = await packageOf(hoisted.cwd);
    expect(two.bytes).toEqual(one.bytes);
    for (const { path, bytes } of one.files.values()) {
      expect(new TextDecoder().decode(bytes), path).not.toContain(inside.cwd);
      expect(new TextDecoder().decode(bytes), path).not.toContain('aegis-test-');
    }
  });

  it('gives the same bytes the second time', async () => {
    const io = await greeter();
    await io.aegis('build');
    const first = (await packageOf(io.cwd)).bytes;
    await io.aegis('build');
    expect((await packageOf(io.cwd)).bytes).toEqual(first);
  });

  it('bundles dependencies, so that the handler runs with nothing installed', async () => {
    const io = await greeter({
      'handlers/greet.js':
        'import { sep } from "paths";\nexport default async ({ who }) => ({ text: "Hello" + sep + who });\n',
      'node_modules/paths/package.json': '{"name":"paths","version":"1.0.0","main":"i.js"}',
      'node_modules/paths/i.js': 'const { posix } = require("path");\nexports.sep = posix.sep;\n',
    });
    expect(await io.aegis('build')).toBe(0);
    const { files } = await packageOf(io.cwd);
    expect([...files.keys()].some((path) => path.includes('node_modules'))).toBe(false);
    const elsewhere = await temporaryFolder();
    const names = ['handlers/greet.bundle.mjs', 'handlers/greet.bundle.mjs.map'];
    await writeFiles(elsewhere, Object.fromEntries(names.map((name) => [name, files.get(name)?.bytes ?? ''])));
    const module = await import(/* @vite-ignore */ pathToFileURL(join(elsewhere, names[0] ?? '')).href);
    expect(await module.default({ who: 'Ada' })).toEqual({ text: 'Hello/Ada' });
    const map = JSON.parse(new TextDecoder().decode(files.get('handlers/greet.bundle.mjs.map')?.bytes));
    expect(map.sources).toContain('greet.js');
    expect(map.sourcesContent.join()).toContain('"Hello" + sep');
  });

  it('leaves out dist, node_modules, dot files and what .aegisignore names, and keeps the mode of a program', async () => {
    const io = await greeter({
      '.aegisignore': '*.log\nnotes/\n',
      '.env': 'SECRET=1',
      'a.log': '',
      'notes/x.md': '',
      'dist/old.tar.gz': 'old',
      'node_modules/x/i.js': '',
      'lib/dist/kept.js': '1',
      'run.sh': '#!/bin/sh\n',
    });
    await chmod(join(io.cwd, 'run.sh'), 0o755);
    expect(await io.aegis('build', '--json')).toBe(0);
    const { files } = await packageOf(io.cwd);
    expect([...files.keys()].filter((path) => !/^(?:handlers\/|aegis-run)/.test(path))).toEqual([
      'lib/dist/kept.js',
      'manifest.yaml',
      'run.sh',
      'tests/greet.cases.yaml',
    ]);
    expect(files.get('run.sh')?.mode).toBe('0755');
    expect(files.get('manifest.yaml')?.mode).toBe('0644');
    expect(io.json()[0]?.leftOut).toEqual([
      { path: '.aegisignore', rule: 'dot file' },
      { path: '.env', rule: 'dot file' },
      { path: 'a.log', rule: '.aegisignore' },
      { path: 'dist/', rule: 'dist/' },
      { path: 'node_modules/', rule: 'node_modules/' },
      { path: 'notes/', rule: '.aegisignore' },
    ]);
  });

  it('refuses a link, because nobody could see what it leads to', async () => {
    const io = await greeter();
    await symlink('/etc/hostname', join(io.cwd, 'data.txt'));
    expect(await io.aegis('build')).toBe(1);
    expect(io.err()).toContain('data.txt is a link, and a package holds regular files only');
    expect(await readdir(io.cwd)).not.toContain('dist');
  });

  it('makes nothing of a skill with errors, and says where they are', async () => {
    const io = await greeter({ 'manifest.yaml': 'name: greeter\n' });
    expect(await io.aegis('build')).toBe(1);
    expect(io.err()).toContain('aegis validate');
    expect(await readdir(io.cwd)).not.toContain('dist');
  });

  it('names the import that cannot be found, and what to install', async () => {
    const io = await greeter({ 'handlers/greet.js': '\nimport x from "nowhere-to-be-found";\nexport default x;\n' });
    expect(await io.aegis('build')).toBe(1);
    expect(io.err()).toMatch(/handlers\/greet\.js:2:\d+/);
    expect(io.err()).toContain('npm install nowhere-to-be-found');
  });

  it('refuses code from outside the folder, which no reviewer would get to see', async () => {
    const above = await temporaryFolder();
    await writeFiles(above, { 'shared.js': 'export const x = 1;\n' });
    await writeFiles(join(above, 'skill'), {
      ...GREETER,
      'handlers/greet.js': 'import { x } from "../../shared.js";\nexport default async () => ({ x });\n',
    });
    const io = await testIo({ cwd: join(above, 'skill') });
    expect(await io.aegis('build')).toBe(1);
    expect(io.err()).toMatch(/handlers\/greet\.js imports \.\.\/\.\.\/shared\.js, which lies outside/);
  });
});
