import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AegisError } from '@aegis/skill-sdk/errors';
import { once, stampOf, toolsFolder } from './folder.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const run = promisify(execFile);
/** Output of a program that is kept for its error. */
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

/** Programs of the egress gateway and of the networks around it, by the package that has them. */
const PACKAGES = { haproxy: 'haproxy', 'iptables-nft': 'iptables', ip: 'iproute2' } as const;

/** The real parts of the egress gateway. */
export interface GatewayTools {
  haproxy: string;
  iptables: string;
  ip: string;
  coredns: string;
  /** What the programs need to find the libraries that were unpacked beside them. */
  environment: Record<string, string>;
}

type Tell = <T>(title: string, task: () => Promise<T>) => Promise<T>;
const silently: Tell = (_title, task) => task();

/** Why this machine cannot have the gateway and a network to try it in; empty when it can. */
export function whyNoGateway(): string[] {
  if (process.platform !== 'linux') return [`network namespaces need Linux; this is ${process.platform}`];
  const lacking = [];
  if (onPath('unshare') === null || onPath('nsenter') === null) lacking.push('this machine has no unshare and nsenter');
  if (onPath('go') === null) lacking.push('this machine has no Go (builds CoreDNS)');
  const isPacked = Object.keys(PACKAGES).some((program) => onPath(program) === null);
  if (isPacked && (onPath('apt-get') === null || onPath('dpkg-deb') === null)) {
    lacking.push(`this machine has neither ${Object.keys(PACKAGES).join(', ')} nor apt-get to fetch them`);
  }
  return lacking;
}

/** Fetches and builds what is missing; what is there is not touched. @throws AegisError USAGE with the reason */
export async function buildGatewayTools(tell: Tell = silently): Promise<GatewayTools> {
  const lacking = whyNoGateway();
  if (lacking.length > 0) throw new AegisError('USAGE', { detail: `No gateway here: ${lacking.join('; ')}.` });
  const tools = toolsFolder();
  const read = (name: string) => readFileSync(join(HERE, name));
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release') : '';
  const { stdout: goVersion } = await run('go', ['version']);
  const stamps = {
    packages: stampOf(Object.values(PACKAGES).join(), release, process.arch),
    coredns: stampOf(read('coredns/go.mod'), read('coredns/go.sum'), read('coredns/main.go'), goVersion),
  };
  const root = await once(tools, `gateway-${stamps.packages}`, (folder) =>
    tell('HAProxy and iptables, from packages', () => unpackMissing(folder)),
  );
  const coredns = await once(tools, `coredns-${stamps.coredns}`, (folder) =>
    tell('CoreDNS, from its source', () => buildCoreDns(folder)),
  );
  const program = (name: string) => {
    const found = ['usr/sbin', 'sbin', 'usr/bin', 'bin'].map((path) => join(root, path, name)).find(existsSync);
    const path = found ?? onPath(name);
    if (path === null) throw new AegisError('USAGE', { detail: `The packages were unpacked and have no ${name}.` });
    return path;
  };
  return {
    haproxy: program('haproxy'),
    iptables: program('iptables-nft'),
    ip: program('ip'),
    coredns: join(coredns, 'coredns'),
    environment: libraries(root),
  };
}

/** Unpacks what the machine lacks of the packages and of what they depend on. Nothing is installed. */
async function unpackMissing(folder: string): Promise<void> {
  const wanted = ['-s', '-qq', '--no-install-recommends', 'install', ...Object.values(PACKAGES)];
  const plan = await runTool('The packages are not known here', 'apt-get', wanted, { cwd: folder });
  const missing = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
  if (missing.length === 0) return;
  const fetched = join(folder, '.fetched');
  await mkdir(fetched);
  await runTool('The packages could not be fetched', 'apt-get', ['download', '-qq', ...missing], { cwd: fetched });
  for (const name of (await readdir(fetched)).sort()) {
    await runTool(`${name} could not be unpacked`, 'dpkg-deb', ['-x', join(fetched, name), folder], { cwd: fetched });
  }
  await rm(fetched, { recursive: true });
}

async function buildCoreDns(folder: string): Promise<void> {
  const args = ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w'];
  await runTool('CoreDNS could not be built', 'go', [...args, '-o', join(folder, 'coredns'), '.'], {
    cwd: join(HERE, 'coredns'),
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: 'local' },
  });
}

/** Packages that are only unpacked keep their libraries, and iptables its extensions, where no program looks. */
function libraries(root: string): Record<string, string> {
  const folders = globSync(['lib/*-linux-gnu', 'usr/lib/*-linux-gnu'], { cwd: root }).map((path) => join(root, path));
  if (folders.length === 0) return {};
  const extensions = globSync('usr/lib/*-linux-gnu/xtables', { cwd: root }).map((path) => join(root, path));
  const [xtables] = extensions;
  return { LD_LIBRARY_PATH: folders.join(':'), ...(xtables === undefined ? {} : { XTABLES_LIBDIR: xtables }) };
}

function onPath(program: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path)) ?? null;
}

async function runTool(
  failed: string,
  program: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
): Promise<string> {
  try {
    const { stdout } = await run(program, [...args], { ...options, maxBuffer: OUTPUT_BYTES_MAX });
    return stdout;
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim().slice(-2000) : String(cause);
    throw new AegisError('USAGE', { detail: `${failed}: ${program} ended with an error.\n${said}`, cause });
  }
}
