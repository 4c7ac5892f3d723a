import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { testIo } from '../../testing/test-io.ts';

// The published package: built, packed, installed into an empty folder and linked, then used as an author would.

const run = promisify(execFile);
const SDK = fileURLToPath(new URL('../..', import.meta.url));
const NODE_MODULES = join(SDK, '../node_modules');
const MINUTE_MS = 60_000;

let root = '';
let stage = '';
let tarball = '';
let packed: { unpackedSize: number; files: { path: string }[] };

/** npm as it is called by hand: nothing of the run that this test is part of, no network. */
function npm(args: string[], cwd: string) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'));
  return run('npm', [...args, '--offline', '--no-audit', '--no-fund'], {
    cwd,
    env: { ...Object.fromEntries(own), npm_config_ignore_scripts: 'true', npm_config_loglevel: 'error' },
  });
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'aegis-package-'));
  stage = join(root, 'stage');
  await mkdir(stage);
  for (const name of await readdir(SDK)) {
    if (!['src', 'dist', 'node_modules', 'testing', 'bench'].includes(name))
      await cp(join(SDK, name), join(stage, name), { recursive: true });
  }
  await run(process.execPath, [join(SDK, 'scripts/build.mjs'), '--out', join(stage, 'dist')]);
  const { stdout } = await npm(['pack', '--json', '--pack-destination', root], stage);
  [packed] = JSON.parse(stdout);
  tarball = join(root, JSON.parse(stdout)[0].filename);
  await npm(['publish', '--access', 'public', '--dry-run'], stage);
}, 3 * MINUTE_MS);

afterAll(() => rm(root, { recursive: true, force: true }));

describe('the package, which npm would publish for everybody (A5, A6, A60, A63)', () => {
  it('is small, and holds what is needed and nothing else', async () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'package.json',
        'bin/aegis.js',
        'dist/index.js',
        'dist/index.d.ts',
        'dist/cli/main.js',
        'dist/cli/tool-child.js',
        'python/handler_child.py',
        'templates/python/handlers/example.py',
        'templates/instructions/SKILL.md',
        'templates/skill/manifest.yaml',
        'templates/skill/.aegisignore',
        'README.md',
        'LICENSE',
      ]),
    );
    expect(
      paths.filter((path) => /\.test\.|^src\/|^testing\/|tsconfig/.test(path) && !path.startsWith('templates/')),
    ).toEqual([]);
    expect(packed.unpackedSize).toBeLessThan(5 * 1024 * 1024);
  });

  it('needs few packages, imports each of them, and runs nothing when it is installed', async () => {
    const {
      scripts = {},
      dependencies,
      bundleDependencies,
    } = JSON.parse(await readFile(join(stage, 'package.json'), 'utf8'));
    expect(Object.keys(scripts).filter((name) => /install|prepare/.test(name))).toEqual([]);
    // Parsers of three languages, RFC 8785, the bundler, inflate, versions, public suffixes, proxies, YAML, schemas.
    const needed = [
      '@babel/parser',
      '@lezer/python',
      '@noble/hashes',
      'canonicalize',
      'esbuild',
      'meriyah',
      'pako',
      'semver',
      'tldts',
    ];
    expect(Object.keys(dependencies)).toEqual([...needed, 'undici', 'yaml', 'zod']);
    expect(bundleDependencies).toBeUndefined();
    const files = await readdir(join(stage, 'dist'), { recursive: true });
    const texts = await Promise.all(
      files.filter((name) => name.endsWith('.js')).map((name) => readFile(join(stage, 'dist', name), 'utf8')),
    );
    const code = texts.join('\n');
    for (const name of Object.keys(dependencies))
      expect(code).toMatch(new RegExp(`(?:from |import\\()['"]${name}['"/]`));
  });
});

describe('starting', () => {
  it('aegis --help costs at most 150 ms of the processor more than Node by itself', async () => {
    const count =
      'process.on("exit",()=>{const{user,system}=process.cpuUsage();process.stderr.write("cpu="+(user+system))})';
    const least = async (...argv: string[]) => {
      const times: number[] = [];
      for (let at = 0; at < 5; at++) {
        const { stderr } = await run(process.execPath, ['--import', `data:text/javascript,${count}`, ...argv]);
        times.push(Number(/cpu=(\d+)/.exec(stderr)?.[1]) / 1000);
      }
      return Math.min(...times);
    };
    expect((await least(join(stage, 'bin/aegis.js'), '--help')) - (await least('-e', '0'))).toBeLessThan(150);
  });
});

describe('installed into an empty folder', () => {
  it(
    'makes, checks, tests, builds and scans a skill there, with types',
    async () => {
      const folder = join(root, 'installed');
      await install(folder);
      const built = await useAsAuthor(folder);
      expect(built.bytes).toBeGreaterThan(1000);
      const tsc = join(NODE_MODULES, 'typescript/bin/tsc');
      await run(process.execPath, [tsc, '-p', join(folder, 'my-skill')]);
    },
    2 * MINUTE_MS,
  );
});

describe('linked into a folder (A62)', () => {
  it(
    'works the same, and builds the same bytes as the sources',
    async () => {
      const folder = join(root, 'linked');
      await linkDependencies(stage, stage);
      await mkdir(join(folder, 'node_modules/@aegis'), { recursive: true });
      await mkdir(join(folder, 'node_modules/.bin'));
      await symlink(stage, join(folder, 'node_modules/@aegis/skill-sdk'));
      await symlink('../@aegis/skill-sdk/bin/aegis.js', join(folder, 'node_modules/.bin/aegis'));
      const linked = await useAsAuthor(folder);
      // The sources and the built program must not differ in a single byte of what they build.
      const io = await testIo();
      await io.aegis('init', 'my-skill', '--author', 'Ada', '--yes');
      io.clear();
      expect(await io.aegis('build', 'my-skill', '--json')).toBe(0);
      expect(io.json()[0]?.archiveDigest).toBe(linked.archiveDigest);
    },
    2 * MINUTE_MS,
  );
});

/** `npm install` of the tarball; where npm’s cache lacks a dependency, the same layout by hand. */
async function install(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"name":"empty","private":true}');
  const installed = await npm(['install', tarball], folder).then(
    () => true,
    () => false,
  );
  if (installed) return;
  await rm(join(folder, 'node_modules'), { recursive: true, force: true });
  const target = join(folder, 'node_modules/@aegis/skill-sdk');
  await mkdir(target, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  await linkDependencies(target, folder);
  await mkdir(join(folder, 'node_modules/.bin'), { recursive: true });
  await symlink('../@aegis/skill-sdk/bin/aegis.js', join(folder, 'node_modules/.bin/aegis'));
}

/** What a package depends on, from this repository, as links in the `node_modules` of a folder. */
async function linkDependencies(packageFolder: string, folder: string): Promise<void> {
  const { dependencies } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    const nested = join(SDK, 'node_modules', name);
    const source = await readdir(nested).then(
      () => nested,
      () => join(NODE_MODULES, name),
    );
    await mkdir(dirname(join(folder, 'node_modules', name)), { recursive: true });
    await symlink(source, join(folder, 'node_modules', name));
  }
}

/** init, validate, test, build, scan: everything an author does before publishing. */
async function useAsAuthor(folder: string): Promise<{ archiveDigest: string; bytes: number }> {
  const bin = join(folder, 'node_modules/.bin/aegis');
  const aegis = async (cwd: string, ...args: string[]) =>
    (await run(process.execPath, [bin, ...args], { cwd, env: { PATH: process.env.PATH, HOME: folder } })).stdout;
  const skill = join(folder, 'my-skill');
  await aegis(folder, 'init', 'my-skill', '--author', 'Ada', '--yes');
  expect(await aegis(skill, 'validate')).toContain('✓ Manifest valid');
  expect(await aegis(skill, 'test')).toContain('3 cases passed');
  expect(JSON.parse(await aegis(skill, 'scan', '--json', '.'))).toMatchObject({ path: '.', decision: 'allow' });
  return JSON.parse(await aegis(skill, 'build', '--json'));
}
