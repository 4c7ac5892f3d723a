import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AegisError } from '@aegis/skill-sdk/errors';
import { isBeingBuilt, once, stampOf, toolsFolder } from './folder.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const WRAPPER = join(HERE, 'kubernetes');
/** What of a compiler's complaint is worth reading. */
const COMPLAINT_CHARACTERS = 4000;

/** What the tests run, and no more: each costs minutes of a small machine. */
const PROGRAMS = {
  etcd: 'go.etcd.io/etcd/server/v3',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
  helm: 'helm.sh/helm/v4/cmd/helm',
} as const;

/** A real Kubernetes API: its server, its store, and the program that installs charts. */
export interface KubernetesTools {
  apiserver: string;
  etcd: string;
  helm: string;
}

type Tell = <T>(title: string, task: () => Promise<T>) => Promise<T>;
const silently: Tell = (_title, task) => task();

/** Why this machine cannot have a Kubernetes API; empty when it can. It needs no root. */
export function whyNoKubernetes(): string[] {
  if (process.platform !== 'linux') return [`a Kubernetes API of one's own needs Linux; this is ${process.platform}`];
  if (findKubernetes() !== null) return [];
  const folders = (process.env.PATH ?? '').split(':');
  if (folders.some((folder) => existsSync(join(folder, 'go')))) return [];
  return ['this machine has no Go 1.26 or newer (builds kube-apiserver, etcd and helm)'];
}

/**
 * Builds what is missing, at a low priority: about eight minutes of one core when nothing is cached, and nothing at all
 * when it is there. @throws AegisError USAGE with the reason
 */
export async function buildKubernetes(tell: Tell = silently): Promise<KubernetesTools> {
  const lacking = whyNoKubernetes();
  if (lacking.length > 0) throw new AegisError('USAGE', { detail: `No Kubernetes API here: ${lacking.join('; ')}.` });
  const folder = await once(toolsFolder(), folderName(), (staging) =>
    tell('Kubernetes API, etcd and helm, from their source', async () => {
      // The smallest first: whoever looks on sees that it moves.
      for (const [name, source] of Object.entries(PROGRAMS)) await build(source, join(staging, name));
    }),
  );
  return programsIn(folder);
}

/** The programs when they are there, or null. */
export function findKubernetes(): KubernetesTools | null {
  const folder = join(toolsFolder(), folderName());
  return existsSync(folder) ? programsIn(folder) : null;
}

/**
 * The programs when they are there or somebody is building them right now; null when nobody does, or the build failed,
 * or is not done at `untilMs` (epoch): a run that has an end of its own goes on without them.
 */
export async function awaitKubernetes({
  onWait,
  untilMs,
}: {
  onWait: () => void;
  untilMs: number;
}): Promise<KubernetesTools | null> {
  const isComing = () => findKubernetes() === null && isBeingBuilt(toolsFolder(), folderName());
  if (isComing()) onWait();
  while (isComing() && Date.now() < untilMs) await new Promise((resolve) => setTimeout(resolve, 1000));
  return findKubernetes();
}

function programsIn(folder: string): KubernetesTools {
  return { apiserver: join(folder, 'kube-apiserver'), etcd: join(folder, 'etcd'), helm: join(folder, 'helm') };
}

function folderName(): string {
  const read = (name: string) => readFileSync(join(WRAPPER, name));
  return `kubernetes-${stampOf(read('go.mod'), read('go.sum'), JSON.stringify(PROGRAMS), process.arch)}`;
}

async function build(source: string, output: string): Promise<void> {
  const [, version = ''] = /k8s\.io\/kubernetes (v\S+)/.exec(readFileSync(join(WRAPPER, 'go.mod'), 'utf8')) ?? [];
  const [major = '', minor = ''] = version.slice(1).split('.');
  // A server that does not know its own version refuses to start.
  const named = {
    'k8s.io/component-base/version.gitVersion': version,
    'k8s.io/component-base/version.gitMajor': major,
    'k8s.io/component-base/version.gitMinor': minor,
    'k8s.io/component-base/version.gitTreeState': 'clean',
    'k8s.io/client-go/pkg/version.gitVersion': version,
  };
  const flags = ['-s', '-w', ...Object.entries(named).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
  const args = ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', flags, '-o', output, source];
  const child = spawn('nice', ['-n', '10', 'go', ...args], {
    cwd: WRAPPER,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOTOOLCHAIN: 'local' },
  });
  // Whoever stops us does not want it any more.
  const end = () => child.kill();
  process.once('exit', end);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-COMPLAINT_CHARACTERS);
  });
  const code = await new Promise((resolve) => child.on('exit', resolve).on('error', resolve));
  process.off('exit', end);
  if (code === 0) return;
  throw new AegisError('USAGE', { detail: `${source} could not be built:\n${said.trim() || String(code)}` });
}
