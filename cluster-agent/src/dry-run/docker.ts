import { readdir, readFile } from 'node:fs/promises';
import { Duplex } from 'node:stream';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { RuntimeProof } from '@aegis/skill-sdk/wire/dry-runs';
import Docker from 'dockerode';
import type { HarnessMessage } from './harness/messages.ts';
import { MessageReader } from './message-reader.ts';
import { isolationOf, openNetwork } from './runtime-proof.ts';
import type { EngineFacts, RawRun, RunSpec, SandboxDriver } from './sandbox.ts';
import { SECCOMP_PROFILE } from './seccomp.ts';

export interface DockerOptions {
  /** Path of the engine's socket. */
  socket: string;
  /** Runtimes by preference; the first that the engine knows is used. */
  runtimes: readonly string[];
  /** Name or id of the image with the tracer. */
  image: string;
  /** Also run where the host's kernel is shared; the result is stamped, and never counts. */
  allowUnsafe: boolean;
}

/** A runtime without a kernel that works may hang for ever, saying nothing. */
const PROVE_WITHIN_MS = 15_000;
/** The harness ends a call in time; this much later the driver ends the harness. */
const HARNESS_GRACE_MS = 10_000;
const REMOVE_WITHIN_MS = 3000;
const LABEL = 'aegis.dry-run';
/** When the reaper may take it, in milliseconds since 1970. */
const UNTIL_LABEL = 'aegis.dry-run.until-ms';
/** gVisor's own threads are counted by the engine as well; the tool's processes are bounded by a limit of their user. */
const ENGINE_PIDS = 1024;
const MEGABYTE = 1024 * 1024;
/** Takes its program from standard input: the image never has to follow the version of the agent. */
const LOADER = `let b=Buffer.alloc(0);const t=d=>{b=Buffer.concat([b,d]);if(b.length<4||b.length<4+b.readUInt32BE(0))return;process.stdin.off('data',t).pause();const n=4+b.readUInt32BE(0),f=require('fs');f.mkdirSync('/run/aegis',{mode:448});f.writeFileSync('/run/aegis/harness.mjs',b.subarray(4,n));import('/run/aegis/harness.mjs').then(m=>m.main(b.subarray(n)))};process.stdin.on('data',t)`;

/** Sandboxes as containers of a Docker Engine. */
export function dockerDriver(options: DockerOptions): SandboxDriver {
  const docker = new Docker({ socketPath: options.socket });
  return {
    find: () => findEngine(docker, options),
    run: async (spec) => await runContainer(docker, await findEngine(docker, options), options, spec),
    reap: () => reap(docker, Date.now()),
  };
}

async function findEngine(docker: Docker, options: DockerOptions): Promise<EngineFacts & { kernelHost: string }> {
  const info = await docker.info().catch((cause: unknown) => {
    throw new AegisError('NO_SANDBOX', {
      detail: `No Docker Engine answers on ${options.socket}. Start it, or name another one with AEGIS_DOCKER_SOCKET; in a checkout, \`npm run engine\` starts one of its own.`,
      cause,
    });
  });
  const known = Object.keys(info.Runtimes ?? {});
  const wanted = options.allowUnsafe ? [...options.runtimes, 'runc'] : options.runtimes;
  const runtime = wanted.find((name) => known.includes(name));
  if (runtime === undefined) {
    throw new AegisError('NO_SANDBOX', {
      detail: `The Docker Engine on ${options.socket} has the runtimes ${known.join(', ') || 'none'}; wanted one with a kernel of its own: ${options.runtimes.join(' or ')}. Install gVisor and add it to the engine's runtimes; \`docs/how-to.md\` says how. Docker alone is not accepted: a skill would share the host's kernel.`,
    });
  }
  const image = await docker
    .getImage(options.image)
    .inspect()
    .catch((cause: unknown) => {
      throw new AegisError('NO_SANDBOX', {
        detail: `The Docker Engine has no image ${options.image}. Build it: docker build -t ${options.image} cluster-agent/sandbox`,
        cause,
      });
    });
  return { engine: info.ID, runtime, imageDigest: image.Id, kernelHost: info.KernelVersion };
}

type Facts = Awaited<ReturnType<typeof findEngine>>;

async function runContainer(docker: Docker, facts: Facts, options: DockerOptions, spec: RunSpec): Promise<RawRun> {
  const container = await docker.createContainer(containerOf(facts, options, spec));
  try {
    return await converse(container, { facts, options, spec });
  } finally {
    await removeContainer(container);
  }
}

/** A runtime that hangs makes its removal hang as well, until its helper process is gone. */
async function removeContainer(container: Docker.Container): Promise<void> {
  const removed = container.remove({ force: true }).catch((error: unknown) => {
    // Gone already, or going, is what is wanted.
    if (!(error instanceof Error && 'statusCode' in error && (error.statusCode === 404 || error.statusCode === 409)))
      throw error;
  });
  await Promise.race([removed, new Promise((resolve) => setTimeout(resolve, REMOVE_WITHIN_MS))]);
  await endShims(container.id);
}

interface Conversation {
  facts: Facts;
  options: DockerOptions;
  spec: RunSpec;
}

async function converse(container: Docker.Container, { facts, options, spec }: Conversation): Promise<RawRun> {
  const stream = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
  const reader = new MessageReader(spec.onMessage);
  container.modem.demuxStream(stream, reader.stdout, reader.stderr);
  stream
    .on('end', () => reader.close())
    .on('close', () => reader.close())
    .on('error', () => reader.close());
  let isKilled = false;
  const kill = () => {
    isKilled = true;
    // It may have ended by itself in this moment; whether it is gone, its removal says.
    container.kill({ signal: 'SIGKILL' }).catch(() => undefined);
    reader.close();
  };
  spec.signal.addEventListener('abort', kill, { once: true });
  const timers = [setTimeout(kill, PROVE_WITHIN_MS)];
  try {
    // A runtime that hangs must not hold us: a start that never returns is given up with the timer.
    await Promise.race([container.start().catch(explainStart(facts, options)), reader.closed]);
    stream.write(frame(spec.harness));
    const ready = await reader.next('ready');
    if (ready === null) throw notProved(facts, isKilled, reader.said);
    const proof = prove(ready, facts, options);
    clearTimeout(timers.pop());
    timers.push(setTimeout(kill, spec.limits.callMs + HARNESS_GRACE_MS));
    stream.write(frame(Buffer.from(JSON.stringify(spec.config))));
    stream.write(frame(spec.packageBytes));
    const end = await reader.next('end');
    // The figures of a container that has ended are gone, so the harness waits for this.
    const figures = end === null ? null : await figuresOf(container);
    stream.end(frame(Buffer.from('seen')));
    await Promise.race([reader.closed, new Promise((resolve) => setTimeout(resolve, 3000))]);
    const { State: state } = await container.inspect();
    spec.signal.throwIfAborted();
    return {
      messages: reader.messages,
      proof,
      imageDigest: facts.imageDigest,
      memoryBytes: figures?.memoryBytes ?? null,
      cpuMs: figures?.cpuMs ?? null,
      ended: end !== null ? 'done' : state.OOMKilled ? 'out_of_memory' : isKilled ? 'killed' : 'died',
    };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    spec.signal.removeEventListener('abort', kill);
    if (stream instanceof Duplex) stream.destroy();
  }
}

function prove(ready: Extract<HarnessMessage, { kind: 'ready' }>, facts: Facts, options: DockerOptions): RuntimeProof {
  const { isolation, why } = isolationOf(ready, facts.kernelHost);
  const unsafe = isolation === 'runc';
  if (unsafe && !options.allowUnsafe) {
    throw new AegisError('NO_SANDBOX', {
      detail: `The engine's runtime ${facts.runtime} is no sandbox: ${why}. Nothing of the skill was run. Install gVisor, and look whether ${facts.runtime} in the engine's configuration really is it.`,
    });
  }
  const open = openNetwork(ready);
  if (open !== null) {
    throw new AegisError('NO_SANDBOX', {
      detail: `The sandbox that ${facts.runtime} made is not closed: ${open}. Nothing of the skill was run.`,
    });
  }
  return {
    driver: 'docker',
    runtime: facts.runtime,
    isolation,
    kernelHost: facts.kernelHost,
    kernelGuest: ready.kernel.release,
    unsafe,
  };
}

function notProved({ runtime }: Facts, isKilled: boolean, said: string): AegisError {
  const how = isKilled ? `said nothing within ${PROVE_WITHIN_MS / 1000} s` : 'ended before it said what it is';
  return new AegisError('NO_SANDBOX', {
    detail: `A sandbox of the runtime ${runtime} ${how}, so nothing is known about it and nothing of the skill was run.${said === '' ? '' : ` It wrote: ${said.slice(-500).trim()}`}`,
  });
}

function explainStart({ runtime }: Facts, { socket }: DockerOptions): (cause: unknown) => never {
  return (cause) => {
    throw new AegisError('NO_SANDBOX', {
      detail: `The engine on ${socket} could not start a sandbox with the runtime ${runtime}: ${cause instanceof Error ? cause.message : cause}`,
      cause,
    });
  };
}

function containerOf(facts: Facts, { image }: DockerOptions, { id, limits }: RunSpec): Docker.ContainerCreateOptions {
  const disk = Math.floor(limits.diskBytes / 2);
  const tmpfs = `rw,nosuid,nodev,size=${disk}`;
  return {
    Image: image,
    User: '0:0',
    Entrypoint: ['/usr/bin/node'],
    Cmd: ['-e', LOADER],
    WorkingDir: '/job',
    Env: [],
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Labels: { [LABEL]: id, [UNTIL_LABEL]: String(Date.now() + PROVE_WITHIN_MS + limits.callMs + 2 * HARNESS_GRACE_MS) },
    HostConfig: {
      Runtime: facts.runtime,
      NetworkMode: 'none',
      Dns: ['127.0.0.1'],
      DnsSearch: ['.'],
      DnsOptions: ['timeout:1', 'attempts:1'],
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      // Of the harness alone, and inside the sandbox's own kernel; the tool has none.
      CapAdd: [
        'NET_ADMIN',
        'NET_BIND_SERVICE',
        'SETUID',
        'SETGID',
        'SYS_PTRACE',
        'KILL',
        'CHOWN',
        'FOWNER',
        'DAC_OVERRIDE',
        'DAC_READ_SEARCH',
        'SYSLOG',
      ],
      SecurityOpt: ['no-new-privileges', `seccomp=${SECCOMP_PROFILE}`],
      IpcMode: 'private',
      LogConfig: { Type: 'none', Config: {} },
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes,
      NanoCpus: Math.round(limits.cpus * 1e9),
      PidsLimit: ENGINE_PIDS,
      Ulimits: [
        { Name: 'nproc', Soft: limits.processes, Hard: limits.processes },
        { Name: 'nofile', Soft: 1024, Hard: 1024 },
        { Name: 'fsize', Soft: 64 * MEGABYTE, Hard: 64 * MEGABYTE },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      Tmpfs: {
        '/run': `rw,noexec,nosuid,nodev,size=${8 * MEGABYTE},mode=0755`,
        '/tmp': `${tmpfs},noexec,mode=1777`,
        '/job': `${tmpfs},uid=65532,gid=65532,mode=0755`,
        '/home/skill': `rw,noexec,nosuid,nodev,size=${MEGABYTE},uid=65532,gid=65532,mode=0755`,
      },
    },
  };
}

/** Four bytes of length, then the bytes. */
function frame(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(bytes.byteLength);
  return Buffer.concat([head, bytes]);
}

async function figuresOf(container: Docker.Container): Promise<{ memoryBytes: number | null; cpuMs: number | null }> {
  try {
    const stats = await container.stats({ stream: false, 'one-shot': true });
    const { max_usage: peak, usage } = stats.memory_stats;
    return {
      memoryBytes: peak ?? usage ?? null,
      cpuMs: Math.round((stats.cpu_stats?.cpu_usage?.total_usage ?? 0) / 1e6),
    };
  } catch {
    // Figures are worth having, and no reason to lose a run.
    return { memoryBytes: null, cpuMs: null };
  }
}

async function reap(docker: Docker, nowMs: number): Promise<number> {
  const containers = await docker.listContainers({ all: true, filters: { label: [LABEL] } });
  const overdue = containers.filter(({ Labels }) => !(Number(Labels[UNTIL_LABEL]) > nowMs));
  for (const { Id } of overdue) {
    await docker.getContainer(Id).remove({ force: true });
    await endShims(Id);
  }
  return overdue.length;
}

/** A start that failed leaves its helper processes behind; those of this container are ended, where we may see them. */
async function endShims(containerId: string): Promise<void> {
  const names = await readdir('/proc').catch(() => []);
  for (const name of names.filter((one) => /^\d+$/.test(one) && Number(one) !== process.pid)) {
    const commandLine = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (!commandLine.includes(containerId) || !/^[^\0]*(containerd-shim|runsc)/.test(commandLine)) continue;
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch {
      // It ended by itself, or belongs to another user, whose engine looks after it.
    }
  }
}
