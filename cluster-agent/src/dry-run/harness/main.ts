// Process 1 of a sandbox: proves what kernel it runs on, makes the small internet, runs the tool as another user under
// the tracer, and says on standard output what it saw. Nobody else in the sandbox can write there.
//
//   agent                          harness                        tool (65532, traced)
//     │ program ──────────────────►  │
//     │ ◄─────────────────── ready   │  kernel, network, memory
//     │  (no proof: killed here)     │
//     │ config, package ──────────►  │ ── starts ──────────────────►  │ canary, then the handler
//     │ ◄──── trace, dns, http, …    │ ◄──────── result, env, log     │
//     │ ◄───────────────────── end   │  counts
//     │  reads the engine's figures  │
//     │ acknowledgement ──────────►  │  exits
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, constants, mkdirSync, openSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { totalmem } from 'node:os';
import { dirname } from 'node:path';
import { makeAuthority } from './certificates.ts';
import type { RunConfig, ToolMessage } from './messages.ts';
import { kernel, network } from './sandbox-facts.ts';
import { say } from './say.ts';
import { baitSeeker, openSinkhole } from './sinkhole.ts';
import { endOrphans, endTool, later, TOOL_USER } from './tool-processes.ts';
import { TraceRelay } from './trace-relay.ts';

const PRIVATE = '/run/aegis';
const JOB = '/job';
/** A list of trusted authorities where programs look for one. */
const AUTHORITIES = '/run/ca.pem';
/** How long the engine's figures are waited for before the sandbox goes anyway. */
const ACKNOWLEDGED_WITHIN_MS = 2000;
const TRACED = [
  '%file',
  'fchdir,ftruncate,fchmod,fchown',
  'execve,execveat,clone,clone3,fork,vfork',
  'socket,connect,bind,sendto,sendmsg,sendmmsg',
  'io_uring_setup,ptrace,process_vm_readv,process_vm_writev,mount,umount2,unshare,setns,bpf',
].join(',');
/** How a process was ended is told only for signals in this set; those that come all the time are left out. */
const ENDING_SIGNALS = 'signal=!chld,urg,winch,alrm,vtalrm,prof,cont';

/** Frames of standard input: four bytes of length, then so many bytes. */
async function* readFrames(rest: Buffer): AsyncGenerator<Buffer> {
  let held = rest;
  const chunks = process.stdin[Symbol.asyncIterator]();
  for (;;) {
    while (held.length < 4 || held.length < 4 + held.readUInt32BE(0)) {
      const { done, value } = await chunks.next();
      if (done === true) return;
      held = Buffer.concat([held, value]);
    }
    const end = 4 + held.readUInt32BE(0);
    yield held.subarray(4, end);
    held = held.subarray(end);
  }
}

/** @param rest what the loader had read behind this program. */
export async function main(rest: Buffer): Promise<void> {
  try {
    prepareNetwork();
    say({ kind: 'ready', kernel: kernel(), network: network(), memoryBytes: totalmem() });
    const frames = readFrames(rest);
    const next = async () => (await frames.next()).value ?? Buffer.alloc(0);
    const config: RunConfig = JSON.parse((await next()).toString('utf8'));
    unpack(config, await next());
    const authority = makeAuthority();
    writeFileSync(AUTHORITIES, authority.cert, { mode: 0o644 });
    await openSinkhole({ authority, config, say });
    await runTool(config);
    const gone = setTimeout(() => process.exit(0), ACKNOWLEDGED_WITHIN_MS);
    await frames.next();
    clearTimeout(gone);
  } catch (error) {
    say({ kind: 'trouble', what: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
  process.exit(0);
}

/** Makes every IPv4 address local, by the way that the one kernel knows and by that of the other. */
function prepareNetwork(): void {
  const ways = [
    'link set lo up',
    'addr add 1.0.0.1/1 dev lo',
    'addr add 129.0.0.1/1 dev lo',
    'route add local 0.0.0.0/0 dev lo',
  ];
  for (const way of ways) {
    try {
      execFileSync('/bin/ip', way.split(' '), { stdio: 'ignore' });
    } catch {
      // Each of them fails where the other is the one that works; the canary of the engine tells when none did.
    }
  }
}

function unpack(config: RunConfig, bytes: Buffer): void {
  let at = 0;
  for (const { path, size, mode } of config.packageFiles) {
    put(`${JOB}/${path}`, bytes.subarray(at, at + size), { mode, owner: 0 });
    at += size;
  }
  for (const { path, content } of config.workFiles) put(`${JOB}/${path}`, content, { mode: 0o644, owner: TOOL_USER });
  for (const { path, content } of config.baitFiles) put(path, content, { mode: 0o600, owner: TOOL_USER });
  writeFileSync(`/run/canary-file`, '', { mode: 0o644 });
  symlinkSync('/run/canary-file', `/run/canary-${config.nonce}`);
}

function put(path: string, content: Buffer | string, { mode, owner }: { mode: number; owner: number }): void {
  const made = mkdirSync(dirname(path), { recursive: true });
  // The folders are the tool's: it may write beside the package's files.
  for (let folder = dirname(path); made !== undefined && folder.length >= made.length; folder = dirname(folder)) {
    chownSync(folder, TOOL_USER, TOOL_USER);
  }
  writeFileSync(path, content);
  chmodSync(path, mode);
  chownSync(path, owner, owner);
}

async function runTool(config: RunConfig): Promise<void> {
  const fifo = `${PRIVATE}/trace`;
  execFileSync('/bin/mkfifo', ['-m', '600', fifo]);
  // Open for both directions it neither blocks nor ends before we say so.
  const channel = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  const relay = new TraceRelay({ say, bytesMax: config.limits.traceBytes });
  const trace = new Socket({ fd: channel, readable: true, writable: false });
  trace.on('data', (chunk) => relay.take(chunk));
  const runner = `/run/runner.${config.language === 'python' ? 'py' : 'mjs'}`;
  writeFileSync(runner, config.runner, { mode: 0o644 });
  const program = config.language === 'python' ? ['/usr/bin/python3', '-B', runner] : ['/usr/bin/node', runner];
  const beganAtMs = performance.now();
  const tracer = spawn(
    '/usr/bin/strace',
    [
      '-f',
      '-q',
      '-y',
      '-s',
      '256',
      '-e',
      `trace=${TRACED}`,
      '-e',
      ENDING_SIGNALS,
      '-u',
      'nonroot',
      '-o',
      fifo,
      ...program,
    ],
    { cwd: JOB, env: environmentOf(config), stdio: ['pipe', 'pipe', 'pipe', 'pipe'] },
  );
  say({ kind: 'started' });
  const tracerEnd = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    tracer.once('exit', (code, signal) => resolve({ code, signal })),
  );
  tracer.stdin?.on('error', () => {
    // It ended before it read; how, its exit says.
  });
  tracer.stdin?.end(
    JSON.stringify({
      ...config,
      module: `${JOB}/${config.module}`,
      runner: '',
      packageFiles: [],
      baitFiles: [],
      baitValues: [],
      http: [],
      workFiles: [],
      environment: {},
    }),
  );
  relayOutput(tracer, config);
  const limit = setTimeout(() => {
    say({ kind: 'limit', name: 'callSeconds' });
    endTool();
  }, config.limits.callMs);
  await Promise.race([relay.mainExit, tracerEnd]);
  const runMs = Math.round(performance.now() - beganAtMs);
  clearTimeout(limit);
  const orphans = await endOrphans(tracerEnd);
  const exit = await tracerEnd;
  await drain(channel, relay, config.nonce);
  trace.destroy();
  say({
    kind: 'end',
    exit: relay.exitOfMain ?? exit,
    lines: relay.lines,
    truncated: relay.isTruncated,
    // It ends by the very signal that ended the tool; that it saw that end is what counts.
    tracerDone: relay.exitOfMain !== null,
    orphans,
    runMs,
  });
}

function environmentOf({ environment }: RunConfig): Record<string, string> {
  return {
    PATH: '/usr/bin:/bin',
    HOME: '/home/skill',
    LANG: 'C.UTF-8',
    NODE_EXTRA_CA_CERTS: AUTHORITIES,
    SSL_CERT_FILE: AUTHORITIES,
    PYTHONDONTWRITEBYTECODE: '1',
    ...environment,
  };
}

function relayOutput(tracer: ChildProcess, config: RunConfig): void {
  let left = config.limits.outputBytes;
  let flood = config.limits.outputBytes * 4;
  const seek = baitSeeker(config.baitValues, say, 'returned');
  for (const stream of ['stdout', 'stderr'] as const) {
    tracer[stream]?.on('data', (chunk: Buffer) => {
      seek(chunk, 'its output');
      if (left > 0) say({ kind: 'output', stream, text: chunk.subarray(0, left).toString('utf8') });
      if (left >= 0 && chunk.length > left) say({ kind: 'limit', name: 'output' });
      left -= chunk.length;
      flood -= chunk.length;
      if (flood < 0) endTool();
    });
  }
  let held = '';
  const messages = tracer.stdio[3] as Socket;
  messages.setEncoding('utf8');
  messages.on('error', () => messages.destroy());
  messages.on('data', (text: string) => {
    held += text;
    if (held.length > config.limits.outputBytes * 16) {
      say({ kind: 'limit', name: 'output' });
      held = '';
      endTool();
    }
    const lines = held.split('\n');
    held = lines.pop() ?? '';
    for (const line of lines) {
      seek(Buffer.from(line), 'its result');
      passOn(line);
    }
  });
}

function passOn(line: string): void {
  try {
    const message: ToolMessage = JSON.parse(line);
    say({ kind: 'tool', message });
  } catch {
    // Whatever the tool wrote there, it is no message.
    say({ kind: 'output', stream: 'stderr', text: line.slice(0, 1000) });
  }
}

/** What is written into the channel last is read last: when our own mark has come, everything has. */
async function drain(channel: number, relay: TraceRelay, nonce: string): Promise<void> {
  const mark = Buffer.from(`\n<end ${nonce}>\n`);
  for (let at = 0; at < mark.length; ) {
    try {
      at += writeSync(channel, mark, at);
    } catch {
      // Full: what is in it is being read.
      await later(5);
    }
  }
  await relay.until(`<end ${nonce}>`);
}
