// The first process inside of a rig's namespaces: makes the networks, starts what it is told in one of them, and passes
// questions on to it. Everything in here ends with it, and it ends with whoever holds its standard input.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { answerLines } from './talk.ts';

interface Ask {
  do: 'network' | 'start' | 'tell' | 'run' | 'end';
  name: string;
  addresses: string[];
  in: string;
  command: string[];
  environment?: Record<string, string>;
  /** File that standard output is appended to; without it the program answers questions. */
  output?: string;
  question: unknown;
  signal?: NodeJS.Signals;
}

const NODE_ADDRESS = '10.77.0.1';
const children = new Map<string, { child: ChildProcess; waiting: Map<number, (line: string) => void> }>();
let questions = 0;
const [ip = 'ip'] = process.argv.slice(2);
const runIp = (...args: string[]) => execFileSync(ip, args, { stdio: ['ignore', 'pipe', 'pipe'] });

execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
runIp('link', 'set', 'lo', 'up');
execFileSync('sh', ['-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward']);

answerLines(async (ask: Ask) => {
  switch (ask.do) {
    case 'network':
      return makeNetwork(ask);
    case 'start':
      return start(ask);
    case 'tell':
      return tell(ask);
    case 'run':
      return execFileSync(ask.command[0] ?? '', ask.command.slice(1), {
        env: { ...process.env, ...ask.environment },
        encoding: 'utf8',
      });
    case 'end':
      return end(ask);
  }
});

/** One namespace with one cable to the node, which routes between all of them. */
function makeNetwork({ name, addresses }: Ask): void {
  const cable = `v${name}`.slice(0, 15);
  runIp('netns', 'add', name);
  runIp('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
  runIp('addr', 'add', `${NODE_ADDRESS}/32`, 'dev', cable);
  runIp('link', 'set', cable, 'up');
  runIp('-n', name, 'link', 'set', 'lo', 'up');
  runIp('-n', name, 'link', 'set', 'eth0', 'up');
  for (const address of addresses) {
    runIp('-n', name, 'addr', 'add', `${address}/32`, 'dev', 'eth0');
    runIp('route', 'add', `${address}/32`, 'dev', cable);
  }
  runIp('-n', name, 'route', 'add', NODE_ADDRESS, 'dev', 'eth0', 'scope', 'link', 'src', addresses[0] ?? '');
  runIp('-n', name, 'route', 'add', 'default', 'via', NODE_ADDRESS, 'src', addresses[0] ?? '');
}

function start({ name, in: network, command, environment, output }: Ask): number {
  const sink = output === undefined ? 'pipe' : openSync(output, 'a');
  const child = spawn(ip, ['netns', 'exec', network, ...command], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', sink, output === undefined ? 'inherit' : openSync(`${output}.err`, 'a')],
  });
  if (typeof sink === 'number') closeSync(sink);
  const waiting = new Map<number, (line: string) => void>();
  children.set(name, { child, waiting });
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => waiting.get(JSON.parse(line).id)?.(line));
  }
  return child.pid ?? 0;
}

function tell({ name, question }: Ask): Promise<unknown> {
  const { child, waiting } = children.get(name) ?? {};
  if (child?.stdin == null || waiting === undefined) throw new Error(`nothing called ${name} answers`);
  const id = ++questions;
  return new Promise((resolve, reject) => {
    waiting.set(id, (line) => {
      waiting.delete(id);
      const { value, error } = JSON.parse(line);
      if (error === undefined) resolve(value);
      else reject(new Error(error));
    });
    child.stdin?.write(`${JSON.stringify({ id, ...Object(question) })}\n`);
  });
}

async function end({ name, signal = 'SIGKILL' }: Ask): Promise<void> {
  const child = children.get(name)?.child;
  if (child === undefined || child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.on('exit', resolve));
  child.kill(signal);
  await ended;
}
