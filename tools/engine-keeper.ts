// Keeps one private Docker Engine: started in a network namespace of its own, and ended with everything it started as
// soon as whoever asked for it is gone. What is said on standard output is one line of JSON, when the engine answers.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const READY_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 100;
/** The engine ends its containers first; whoever does not end is killed. */
const STOP_WITHIN_MS = 8000;

const [engine = '', runtimesJson = '{}'] = process.argv.slice(2);
// A socket's path has at most 107 characters.
const folder = mkdtempSync(join(tmpdir(), 'aegis-e-'));
const socket = join(folder, 's');
const config = {
  bridge: 'none',
  iptables: false,
  ip6tables: false,
  'ip-forward': false,
  'ip-masq': false,
  'data-root': join(folder, 'data'),
  'exec-root': join(folder, 'x'),
  pidfile: join(folder, 'pid'),
  hosts: [`unix://${socket}`],
  runtimes: JSON.parse(runtimesJson),
};
mkdirSync(join(folder, 'x'));
writeFileSync(join(folder, 'daemon.json'), JSON.stringify(config));
const log = openSync(join(folder, 'log'), 'a');
const child = spawn('unshare', ['-n', 'dockerd', '--config-file', join(folder, 'daemon.json')], {
  stdio: ['ignore', log, log],
  detached: true,
  env: {
    ...process.env,
    PATH: `${engine}/usr/bin:${engine}/usr/sbin:${engine}/sbin:${process.env.PATH}`,
    LD_LIBRARY_PATH: libraryFolders(engine),
    TMPDIR: folder,
  },
});
closeSync(log);
const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
let isStopping = false;
const stop = async (code: number) => {
  if (isStopping) return;
  isStopping = true;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(timer);
  await sweep();
  process.exit(code);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
// Whoever started us holds the other end, and lets go of it however it dies.
process.stdin
  .on('end', () => void stop(0))
  .on('error', () => void stop(0))
  .resume();
process.stdout.on('error', () => void stop(0));
void ended.then(() => {
  if (isStopping) return;
  const said = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n').slice(-5).join('\n');
  process.stderr.write(`The engine ended by itself:\n${said}\n`);
  void stop(1);
});
await untilItAnswers();
process.stdout.write(`${JSON.stringify({ socket, folder, pid: child.pid })}\n`);

async function untilItAnswers(): Promise<void> {
  const endsAtMs = performance.now() + READY_WITHIN_MS;
  while (!(await answers())) {
    if (performance.now() > endsAtMs) {
      process.stderr.write(`The engine did not answer within ${READY_WITHIN_MS / 1000} s.\n`);
      await stop(1);
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath: socket, path: '/_ping' }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('error', () => resolve(false)).end();
  });
}

/** Ends what outlives an engine (shims, sandboxes of failed starts), unmounts what it mounted, removes its folder. */
async function sweep(): Promise<void> {
  for (const pid of processesWith(folder)) process.kill(pid, 'SIGKILL');
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of mounts.reverse()) {
    await new Promise((resolve) =>
      spawn('umount', ['-l', path], { stdio: 'ignore' }).on('close', resolve).on('error', resolve),
    );
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text);
      } catch {
        // It ended while we looked.
        return false;
      }
    })
    .map(Number);
}

/** Where a package that is only unpacked keeps its libraries. */
function libraryFolders(root: string): string {
  const triple = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return [`${root}/lib/${triple}`, `${root}/usr/lib/${triple}`].join(':');
}
