import { spawnSync } from 'node:child_process';
import { createReadStream, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { SandboxTools } from './build.ts';
import { startKeeper } from './keeper.ts';

/** A Docker Engine that belongs to whoever started it, and has no network but a loopback that is down. */
export interface PrivateEngine {
  /** Path of its socket. */
  socket: string;
  /** Its state; gone when it is stopped. */
  folder: string;
  /** Process of the daemon. */
  pid: number;
  /** Loads a docker archive. */
  load: (archive: string) => Promise<void>;
  /** Ends it and everything that it started. */
  stop: () => Promise<void>;
}

/** A runtime of the engine by name, as in Docker's `daemon.json`. */
export type Runtimes = Record<string, { path: string; runtimeArgs?: readonly string[] }>;

/** gVisor on the platform that needs no KVM. */
export function gvisorRuntime(tools: Pick<SandboxTools, 'runsc'>): Runtimes {
  return { runsc: { path: tools.runsc, runtimeArgs: ['--platform=systrap', '--network=none'] } };
}

/** Why no engine can be started here; empty when one can. */
export function whyNoEngine(): string[] {
  if (process.platform !== 'linux') return [`an engine of one's own needs Linux; this is ${process.platform}`];
  if (process.getuid?.() !== 0) return ['an engine of one’s own needs root; run it with sudo'];
  // Root of a container has the name, and often not the rights: asking is the only way to know.
  const isAllowed = (...args: string[]) => spawnSync('unshare', args, { stdio: 'ignore' }).status === 0;
  if (!isAllowed('-n', 'true')) return ['this machine lets nobody make a network namespace (unshare -n)'];
  if (!isAllowed('-m', 'mount', '-t', 'tmpfs', 'none', tmpdir())) return ['this machine lets nobody mount anything'];
  return [];
}

/** Starts Docker Engine on a private socket. @throws AegisError USAGE when this machine cannot, or the engine does not start */
export async function startEngine(
  tools: SandboxTools,
  runtimes: Runtimes = gvisorRuntime(tools),
): Promise<PrivateEngine> {
  const lacking = whyNoEngine();
  if (lacking.length > 0) throw new AegisError('USAGE', { detail: lacking.join('; ') });
  const { ready, stop } = await startKeeper('Docker Engine', 'engine-keeper.ts', [
    tools.engine,
    JSON.stringify(runtimes),
  ]);
  const { socket, folder, pid }: Pick<PrivateEngine, 'socket' | 'folder' | 'pid'> = JSON.parse(ready);
  return { socket, folder, pid, load: (archive) => loadImage(socket, archive), stop };
}

/** Docker's own way to take an image (`POST /images/load`), without its command line program. */
function loadImage(socketPath: string, archive: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-tar', 'content-length': statSync(archive).size };
    const asked = request({ socketPath, path: '/images/load?quiet=1', method: 'POST', headers }, (response) => {
      let said = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      response.on('end', () => {
        if (response.statusCode === 200 && !said.includes('"error"')) resolve();
        else reject(new AegisError('USAGE', { detail: `The engine did not take the image: ${said.trim()}` }));
      });
    });
    asked.on('error', reject);
    createReadStream(archive).on('error', reject).pipe(asked);
  });
}
