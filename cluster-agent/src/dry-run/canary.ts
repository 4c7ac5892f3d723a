import type { PackageFile } from '@aegis/skill-sdk/archive';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { DryRunResult } from '@aegis/skill-sdk/wire/dry-runs';
import { dryRun } from './dry-run.ts';
import type { SandboxPrograms } from './program.ts';
import type { SandboxDriver } from './sandbox.ts';

/** What is known of an engine after its canary: everything below was seen, nothing was believed. */
export interface ProvedEngine {
  runtime: DryRunResult['runtime'];
  imageDigest: string;
  executionTime: number;
  /** Actions of the canary that the monitor reported, of all. */
  seen: number;
}

const MANIFEST = `name: canary
version: 1.0.0
description: Does known things, so that a monitor can be tried
permissions: { shell: true }
limits: { callSeconds: 30 }
tools:
  - { name: sing, description: Does known things, returns: { type: object, description: What it met }, handler: ./sing.mjs }
`;

/** Does what the list below names, and returns what the sandbox let it do beyond that. */
const PROGRAM = `import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import dns from 'node:dns/promises';
import { appendFileSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmdirSync, statfsSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
const attempt = (what) => { try { what(); return 'allowed'; } catch (error) { return error.code ?? String(error); } };
const dial = (to) => new Promise((resolve) => { const socket = connect(to); socket.setTimeout(3000, () => { socket.destroy(); resolve('no answer'); }); socket.on('connect', () => { socket.destroy(); resolve('connected'); }).on('error', (error) => resolve(error.code)); });
export default async function sing() {
  writeFileSync('song', 'la');
  symlinkSync('song', 'link');
  readFileSync('link');
  attempt(() => readFileSync('/etc/passwd'));
  attempt(() => readFileSync('/missing'));
  attempt(() => readFileSync('/proc/1/environ'));
  mkdirSync('nest'); renameSync('nest', 'nest2'); readdirSync('nest2'); rmdirSync('nest2');
  unlinkSync('link');
  const byName = await dial({ host: 'canary.example.com', port: 443 });
  const byAddress = await dial({ host: '203.0.113.7', port: 8080 });
  await dial({ host: '2001:db8::7', port: 80 });
  await dial({ path: '/var/run/docker.sock' });
  const datagrams = createSocket('udp4');
  await new Promise((resolve) => datagrams.send('la', 9999, '203.0.113.9', resolve));
  datagrams.close();
  await dns.resolveTxt('txt.canary.example.com').catch(() => {});
  execFileSync('/bin/true');
  const root = attempt(() => writeFileSync('/usr/canary', ''));
  const disk = attempt(() => { for (let i = 0; i < 4000; i++) appendFileSync('big', Buffer.alloc(1 << 20)); });
  unlinkSync('big');
  return { byName, byAddress, root, disk, uid: process.getuid() };
}
`;

/** Each must be among what was observed, in exactly this form. */
const ACTIONS = [
  'fs.write song',
  'fs.write link',
  'fs.read song',
  'fs.read /etc/passwd',
  'fs.read /missing',
  'fs.read /proc/1/environ',
  'fs.write nest',
  'fs.write nest2',
  'fs.read nest2',
  'net canary.example.com:53',
  'net canary.example.com:443',
  'net 203.0.113.7:8080',
  'net 2001:db8::7:80',
  'fs.write /var/run/docker.sock',
  'net 203.0.113.9:9999',
  'net txt.canary.example.com:53',
  'exec /bin/true',
  'fs.write /usr/canary',
  'fs.write big',
] as const;

/** Runs the canary: an engine whose monitor loses something, or whose limits do not hold, is refused. @throws AegisError NO_SANDBOX */
export async function proveEngine(
  driver: SandboxDriver,
  programs: SandboxPrograms,
  signal: AbortSignal,
): Promise<ProvedEngine> {
  const result = await dryRun({ files: canaryFiles(), tool: 'sing', input: {}, driver, programs, sign: null, signal });
  const problems = problemsOf(result);
  if (problems.length > 0) {
    throw new AegisError('NO_SANDBOX', {
      detail: `The sandbox of the runtime ${result.runtime.runtime} failed its canary, so no evidence from it would be worth anything: ${problems.join('; ')}.`,
    });
  }
  const { runtime, imageDigest, executionTime } = result;
  return { runtime, imageDigest, executionTime, seen: ACTIONS.length };
}

/** What a canary's result lacks; empty when the engine may be trusted. */
export function problemsOf({ events, monitor, output, error }: DryRunResult): string[] {
  const seen = new Set(events.map(({ kind, values }) => `${kind} ${values[0]}`));
  const missed = ACTIONS.filter((action) => !seen.has(action));
  const invented = [...seen].filter(
    (action) => !ACTIONS.some((known) => known === action) && action !== 'fs.read sing.mjs',
  );
  const met: Record<string, unknown> = typeof output === 'object' && output !== null ? { ...output } : {};
  const wanted: [string, string, readonly unknown[]][] = [
    ['byName', 'a connection by name reaches the sinkhole', ['connected']],
    ['byAddress', 'a connection by address reaches the sinkhole', ['connected']],
    ['root', 'the root file system is read-only', ['EROFS', 'EACCES', 'EPERM']],
    ['disk', 'the disk is limited', ['ENOSPC', 'EFBIG']],
    ['uid', 'the tool is no privileged user', [65_532]],
  ];
  return [
    ...monitor.reasons,
    ...(missed.length === 0 ? [] : [`the monitor missed ${missed.join(', ')}`]),
    ...(invented.length === 0 ? [] : [`the monitor reported what was not done: ${invented.join(', ')}`]),
    ...(error === null ? [] : [`the canary itself failed: ${error.message}`]),
    ...wanted.flatMap(([key, words, values]) =>
      error !== null || values.includes(met[key]) ? [] : [`it does not hold that ${words} (${String(met[key])})`],
    ),
  ];
}

function canaryFiles(): PackageFile[] {
  const file = (path: string, text: string): PackageFile => ({
    path,
    mode: '0644',
    bytes: new TextEncoder().encode(text),
  });
  return [file('manifest.yaml', MANIFEST), file('sing.mjs', PROGRAM)];
}
