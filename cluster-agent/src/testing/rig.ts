import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildGatewayTools, type GatewayTools } from '../../../tools/gateway.ts';
import { gatewayFiles } from '../gateway/files.ts';

const HERE = join(dirname(fileURLToPath(import.meta.url)), 'rig');
const START_HAPROXY = fileURLToPath(new URL('../../bin/aegis-haproxy.sh', import.meta.url));
export const GATEWAY = '10.77.1.1';
export const DNS = '10.77.1.2';
export const RESOLVER = '203.0.113.53';
/** Addresses of the rig's internet; the last two are there so that whoever reaches them is seen. */
const INTERNET = [RESOLVER, '203.0.113.10', '203.0.113.11', '203.0.113.66', '10.9.9.9', '169.254.169.254'];

/** What a pod is told to do; see `rig/pod.ts`. */
export type Question = Record<string, unknown>;

/** Network namespaces with pods, an internet, and the real gateway and DNS between them. Nothing leads outside. */
export interface Rig {
  folder: string;
  files: ReturnType<typeof gatewayFiles>;
  pod(name: string, question: Question): Promise<Record<string, unknown>>;
  /** Sets the names of the internet, and returns what it was asked and who reached it since the last call. */
  internet(
    names?: Record<string, string[] | { alias: string }>,
  ): Promise<{ asked: string[]; reached: { host: string; to: string }[] }>;
  addPod(name: string, address: string): Promise<void>;
  /** What a NetworkPolicy is to a CNI: from these addresses only DNS and the gateway's ports are reached. */
  lock(addresses: readonly string[]): Promise<void>;
  startHaproxy(): Promise<void>;
  startDns(): Promise<void>;
  end(name: string, signal?: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}

/** Makes the namespaces, without root where the machine allows it. Whatever ends us ends them. */
export async function startRig(): Promise<Rig> {
  const tools = await buildGatewayTools();
  // A socket's path has at most 107 characters.
  const folder = await mkdtemp(join(tmpdir(), 'aegis-r-'));
  const files = gatewayFiles(folder);
  const { ask, stop } = enter(tools);
  const start = (name: string, network: string, command: string[], output?: string) =>
    ask({
      do: 'start',
      name,
      in: network,
      command,
      environment: tools.environment,
      ...(output === undefined ? {} : { output }),
    });
  const node = (program: string, ...args: string[]) => [
    process.execPath,
    '--no-warnings',
    join(HERE, program),
    ...args,
  ];
  await ask({ do: 'network', name: 'net', addresses: INTERNET });
  await ask({ do: 'network', name: 'gw', addresses: [GATEWAY] });
  await ask({ do: 'network', name: 'dns', addresses: [DNS] });
  await start('net', 'net', node('internet.ts', RESOLVER, '80', '443', '853', '5432', '8443'));
  return {
    folder,
    files,
    pod: (name, question) => ask({ do: 'tell', name: `pod-${name}`, question }),
    internet: (names) => ask({ do: 'tell', name: 'net', question: names === undefined ? {} : { names } }),
    async addPod(name, address) {
      await ask({ do: 'network', name: `p-${name}`, addresses: [address] });
      await start(`pod-${name}`, `p-${name}`, node('pod.ts'));
    },
    async lock(addresses) {
      const rule = (...rest: string[]) =>
        ask({ do: 'run', command: [tools.iptables, ...rest], environment: tools.environment });
      for (const address of addresses) {
        const from = ['-A', 'FORWARD', '-s', address];
        for (const transport of ['udp', 'tcp'])
          await rule(...from, '-d', DNS, '-p', transport, '--dport', '53', '-j', 'ACCEPT');
        await rule(...from, '-d', GATEWAY, '-p', 'tcp', '-j', 'ACCEPT');
        await rule(...from, '-j', 'REJECT');
      }
    },
    async startHaproxy() {
      await start('haproxy', 'gw', ['sh', START_HAPROXY, folder, tools.haproxy], join(folder, 'haproxy.out'));
    },
    async startDns() {
      await start('dns', 'dns', [tools.coredns, '-conf', files.corefile], join(folder, 'dns.log'));
    },
    end: (name, signal) => ask({ do: 'end', name, ...(signal === undefined ? {} : { signal }) }),
    async stop() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Enters new namespaces of users, processes, mounts and networks. */
function enter({ ip }: GatewayTools) {
  const inside = [process.execPath, '--no-warnings', join(HERE, 'inside.ts'), ip];
  const flags = ['-Urnm', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const child = spawn('unshare', [...flags, ...inside], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let id = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line);
    const asker = waiting.get(said.id);
    waiting.delete(said.id);
    if (said.error === undefined) asker?.resolve(said.value as never);
    else asker?.reject(new Error(said.error));
  });
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  void ended.then(() => {
    for (const { reject } of waiting.values()) reject(new Error('The rig ended.'));
  });
  return {
    ask: <T>(question: object): Promise<T> =>
      new Promise((resolve, reject) => {
        waiting.set(++id, { resolve, reject });
        child.stdin.write(`${JSON.stringify({ id, ...question })}\n`);
      }),
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
