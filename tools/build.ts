import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AegisError } from '@aegis/skill-sdk/errors';
import { once, stampOf, toolsFolder } from './folder.ts';
import {
  ENGINE_PACKAGES,
  IMAGE_FILES,
  IMAGE_FOLDERS,
  IMAGE_LEFT_OUT,
  IMAGE_PACKAGES,
  RUNSC_VERSION,
} from './recipes.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const run = promisify(execFile);
/** Output of a program that is kept for its error. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Everything that a sandbox needs besides the agent itself. */
export interface SandboxTools {
  /** The runtime with a kernel of its own. */
  runsc: string;
  /** `usr/bin`, `usr/sbin` and `lib` of Docker Engine. */
  engine: string;
  /** A docker archive of the sandbox's root file system; `docker load` takes it. */
  image: string;
  /** Its id: sha256 of the image's configuration, the same wherever it is loaded. */
  imageId: string;
}

type Tell = <T>(title: string, task: () => Promise<T>) => Promise<T>;
const silently: Tell = (_title, task) => task();

/** Why this machine cannot have the tools; empty when it can. */
export function whyNoTools(): string[] {
  const wanted: Record<string, string> = {
    go: 'Go 1.26.3 or newer (builds gVisor)',
    'apt-get': 'apt-get (fetches Docker Engine)',
    'dpkg-deb': 'dpkg-deb (unpacks it)',
    tar: 'tar',
  };
  const folders = (process.env.PATH ?? '').split(':');
  return Object.entries(wanted).flatMap(([program, words]) =>
    folders.some((folder) => existsSync(join(folder, program))) ? [] : [`this machine has no ${words}`],
  );
}

/** Builds what is missing of the tools; what is there already is not touched. @throws AegisError USAGE with the reason */
export async function buildTools(tell: Tell = silently): Promise<SandboxTools> {
  const found = await findTools();
  if (found !== null) return found;
  const lacking = whyNoTools();
  if (lacking.length > 0) {
    throw new AegisError('USAGE', { detail: `The sandbox cannot be built: ${lacking.join('; ')}.` });
  }
  const tools = toolsFolder();
  const names = await toolNames();
  // One after the other: a machine with two cores gains nothing from more at once.
  await once(tools, names.engine, (folder) => tell('Docker Engine', () => unpackPackages(ENGINE_PACKAGES, folder)));
  await once(tools, names.image, (folder) => tell('root file system of the sandbox', () => buildImage(folder)));
  await once(tools, names.runsc, (folder) => tell('gVisor, from its source', () => buildRunsc(folder)));
  const built = await findTools();
  if (built === null) throw new AegisError('INTERNAL', { detail: `The tools were built and are not in ${tools}.` });
  return built;
}

/** The tools that are there already, or null. */
export async function findTools(): Promise<SandboxTools | null> {
  const tools = toolsFolder();
  const names = await toolNames().catch(() => null);
  if (names === null) return null;
  const [runsc, engine, image] = [
    join(tools, names.runsc, 'runsc'),
    join(tools, names.engine),
    join(tools, names.image),
  ];
  if (![runsc, engine, image].every((path) => existsSync(path))) return null;
  return {
    runsc,
    engine,
    image: join(image, 'image.tar'),
    imageId: readFileSync(join(image, 'id'), 'utf8').trim(),
  };
}

async function toolNames(): Promise<{ runsc: string; engine: string; image: string }> {
  const { stdout: goVersion } = await run('go', ['version']);
  const read = (name: string) => readFileSync(join(HERE, name));
  const recipes = read('recipes.ts');
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release') : '';
  return {
    runsc: `runsc-${stampOf(read('runsc/go.mod'), read('runsc/go.sum'), goVersion)}`,
    engine: `engine-${stampOf(recipes, release, process.arch)}`,
    image: `image-${stampOf(recipes, release, process.arch, process.version)}`,
  };
}

async function buildRunsc(folder: string): Promise<void> {
  const flags = `-s -w -X gvisor.dev/gvisor/runsc/version.version=${RUNSC_VERSION}`;
  const args = ['build', '-mod=readonly', '-trimpath', '-ldflags', flags, '-o', join(folder, 'runsc')];
  await runTool('gVisor could not be built', 'go', [...args, 'gvisor.dev/gvisor/runsc'], {
    cwd: join(HERE, 'runsc'),
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' },
  });
}

/** Fetches packages by apt and unpacks them; nothing is installed and no list of the machine changes. */
async function unpackPackages(packages: readonly string[], folder: string): Promise<void> {
  const fetched = join(folder, '.fetched');
  await mkdir(fetched);
  const download = (options: readonly string[]) =>
    runTool('The packages could not be fetched', 'apt-get', [...options, 'download', '-qq', ...packages], {
      cwd: fetched,
    });
  // A machine may never have fetched its lists, or have older ones than the archive; then we fetch some of our own.
  await download([]).catch(async () => {
    const lists = join(folder, '.lists');
    await mkdir(join(lists, 'partial'), { recursive: true });
    const own = [`-oDir::State::Lists=${lists}`, '-oDir::Cache::pkgcache=', '-oDir::Cache::srcpkgcache='];
    await runTool('The lists of packages could not be fetched', 'apt-get', [...own, 'update', '-qq'], { cwd: fetched });
    await download(own);
    await rm(lists, { recursive: true });
  });
  for (const name of (await readdir(fetched)).sort()) {
    await runTool(`${name} could not be unpacked`, 'dpkg-deb', ['-x', join(fetched, name), folder], { cwd: fetched });
  }
  await rm(fetched, { recursive: true });
}

/** The root file system, and around it a docker archive whose id depends on nothing but its bytes. */
async function buildImage(folder: string): Promise<void> {
  const root = join(folder, 'root');
  await mkdir(root);
  await unpackPackages(IMAGE_PACKAGES, root);
  for (const path of IMAGE_LEFT_OUT) await rm(join(root, path), { recursive: true, force: true });
  for (const path of IMAGE_FOLDERS) await mkdir(join(root, path), { recursive: true });
  for (const [path, text] of Object.entries(IMAGE_FILES)) await writeFile(join(root, path), text);
  await copyFile(process.execPath, join(root, 'usr/bin/node'));
  await addShell(root);
  await runTool('The library cache could not be made', 'ldconfig', ['-r', root], { cwd: root });
  // It holds times of files, and nothing needs it.
  await rm(join(root, 'var/cache'), { recursive: true, force: true });
  const layer = join(folder, 'layer.tar');
  const tar = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=gnu'];
  await runTool('The root file system could not be packed', 'tar', [...tar, '-C', root, '-cf', layer, '.'], {
    cwd: folder,
  });
  const id = await writeManifest(folder, layer);
  const parts = ['manifest.json', `${id}.json`, 'layer.tar'];
  await runTool(
    'The image could not be packed',
    'tar',
    [...tar, '-C', folder, '-cf', join(folder, 'image.tar'), ...parts],
    {
      cwd: folder,
    },
  );
  await writeFile(join(folder, 'id'), `sha256:${id}\n`);
  for (const path of [root, layer, join(folder, `${id}.json`), join(folder, 'manifest.json')]) {
    await rm(path, { recursive: true });
  }
}

async function writeManifest(folder: string, layer: string): Promise<string> {
  const config = JSON.stringify({
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config: { Env: ['PATH=/usr/bin:/bin'], WorkingDir: '/job', Labels: { 'aegis.image': 'dry-run' } },
    rootfs: { type: 'layers', diff_ids: [`sha256:${await sha256Of(layer)}`] },
    history: [{ created: '1970-01-01T00:00:00Z', created_by: 'aegis' }],
  });
  const id = createHash('sha256').update(config).digest('hex');
  await writeFile(join(folder, `${id}.json`), config);
  const entry = { Config: `${id}.json`, RepoTags: ['aegis/dry-run:latest'], Layers: ['layer.tar'] };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify([entry]));
  return id;
}

/** A shell and the small programs that scripts expect, all of them one static binary. */
async function addShell(root: string): Promise<void> {
  const busybox = ['bin/busybox', 'usr/bin/busybox'].map((path) => join(root, path)).find((path) => existsSync(path));
  if (busybox === undefined) throw new AegisError('INTERNAL', { detail: 'busybox-static has no busybox.' });
  const { stdout } = await run(busybox, ['--list']);
  const taken = new Set(['bin', 'usr/bin', 'sbin', 'usr/sbin'].flatMap((path) => listOf(join(root, path))));
  await mkdir(join(root, 'bin'), { recursive: true });
  for (const applet of stdout.split('\n').filter((name) => name !== '' && !taken.has(name))) {
    await symlink(busybox.slice(root.length), join(root, 'bin', applet));
  }
  if (!taken.has('python3')) await symlink('/usr/bin/python3.11', join(root, 'usr/bin/python3'));
}

function listOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

async function runTool(
  failed: string,
  program: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<void> {
  try {
    await run(program, [...args], { ...options, maxBuffer: OUTPUT_BYTES_MAX });
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim().slice(-2000) : String(cause);
    throw new AegisError('USAGE', { detail: `${failed}: ${program} ended with an error.\n${said}`, cause });
  }
}
