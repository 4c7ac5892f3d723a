// Proof: what a dry-run reports is what happened, whatever it runs and whatever goes wrong. `npm run prove -- dry-runs
// [RUNS]`; the suite of the room dry-run runs a part of each table.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import { proveEngine } from '../dry-run/canary.ts';
import type { SandboxPrograms } from '../dry-run/program.ts';
import { JAVASCRIPT, javascriptTool, PYTHON, pythonTool } from './actions.ts';
import { ATTACKS, attackTool } from './attacks.ts';
import { findProcesses } from './processes.ts';
import { NO_SANDBOX, seenIn, startSandbox, testPackage } from './sandbox.ts';

const RUNS = Number(process.argv[2] ?? 200);
const AT_ONCE = 4;
const folder = await mkdtemp(join(tmpdir(), 'aegis-proof-'));
/** Stands for a runtime that never says anything. */
const HANGING = join(folder, 'runtime');
const EVERYTHING = '{ shell: true, files: { read: ["/etc/**"], write: ["**"] } }';
const EMPTY = testPackage({ code: 'export default async () => ({})' });

if (NO_SANDBOX !== null) throw new AegisError('USAGE', { detail: NO_SANDBOX });
let failed = 0;
const sandbox = await startSandbox({
  alias: { path: 'runc' },
  broken: { path: '/bin/false' },
  hanging: { path: HANGING },
});
const { signal } = new AbortController();
try {
  await groundTruth();
  await race();
  await attacks();
  await dishonestEngines();
  await cold();
  await manyRuns();
  await leftovers();
} finally {
  await rm(folder, { recursive: true });
  await sandbox.stop();
}
console.log(failed === 0 ? 'Proved.' : `${failed} of the above did not hold.`);
process.exitCode = failed === 0 ? 0 : 1;

function tell(isGood: boolean, text: string): void {
  if (!isGood) failed++;
  console.log(`${isGood ? '✓' : '✗'} ${text}`);
}

async function groundTruth(): Promise<void> {
  for (const [language, actions, code] of [
    ['javascript', JAVASCRIPT, javascriptTool(JAVASCRIPT)],
    ['python', PYTHON, pythonTool(PYTHON)],
  ] as const) {
    const result = await sandbox.run(testPackage({ code, language, permissions: EVERYTHING }));
    const wanted = new Set(actions.flatMap(({ seen }) => seen));
    const seen = new Set(seenIn(result));
    const missed = [...wanted].filter((one) => !seen.has(one));
    const invented = [...seen].filter((one) => !wanted.has(one) && !one.startsWith('fs.read act.'));
    tell(
      missed.length + invented.length === 0 && result.monitor.complete,
      `${language}: ${actions.length} actions, ${wanted.size} facts, missed ${missed.length} ${missed}, invented ${invented.length} ${invented}`,
    );
  }
}

/** A link that is turned over all the time: what was opened is what the report counts, not what was asked for. */
async function race(): Promise<void> {
  const code = `import fs from 'node:fs';
import { Worker } from 'node:worker_threads';
export default async () => {
  fs.writeFileSync('a', 'a'); fs.writeFileSync('b', 'b'); fs.symlinkSync('a', 'turning');
  const turner = new Worker("const fs = require('fs'); const rest = new Int32Array(new SharedArrayBuffer(4)); for (let i = 0; ; i++) { Atomics.wait(rest, 0, 0, 1); fs.symlinkSync(i % 2 ? 'a' : 'b', 'next'); fs.renameSync('next', 'turning'); }", { eval: true });
  turner.on('error', () => {});
  const real = { a: 0, b: 0 };
  for (let i = 0; i < 3000; i++) real[fs.readFileSync('turning', 'utf8')]++;
  await turner.terminate();
  return real;
};`;
  const result = await sandbox.run(testPackage({ code, permissions: EVERYTHING, limits: '{ callSeconds: 30 }' }));
  const real = { a: 0, b: 0, ...(typeof result.output === 'object' ? result.output : {}) };
  const counted = (path: string) => result.fileAccess.find((access) => access.path === path && access.ok)?.count ?? 0;
  // Each file is also written once; its changes of name are the link's.
  const isExact = counted('a') - 1 === real.a && counted('b') - 1 === real.b;
  tell(
    isExact && real.a + real.b === 3000,
    `path race: opened a ${real.a} and b ${real.b} times, reported ${counted('a') - 1} and ${counted('b') - 1}`,
  );
}

async function attacks(): Promise<void> {
  let bounded = 0;
  let reported = 0;
  for (const attack of ATTACKS) {
    const { name, language, limits } = attack;
    const beganAtMs = performance.now();
    const result = await sandbox.run(
      testPackage({ code: attackTool(attack), ...(language && { language }), ...(limits && { limits }) }),
    );
    const seconds = ((performance.now() - beganAtMs) / 1000).toFixed(1);
    const isBounded = attack.isBounded(result);
    const hasReport = result.monitor.lines > 0 && result.events.length > 0;
    bounded += isBounded ? 1 : 0;
    reported += hasReport ? 1 : 0;
    const shown = JSON.stringify(result.output)?.slice(0, 160);
    tell(
      isBounded,
      `attack: ${name}: ${result.verdict}, ${result.monitor.complete ? 'complete' : result.monitor.reasons.join('; ')}, ${result.limitsHit.join(' ')} ${seconds} s${isBounded ? '' : ` ${shown} ${JSON.stringify(result.error)}`}`,
    );
  }
  tell(
    bounded === ATTACKS.length && reported >= ATTACKS.length - 1,
    `${bounded} of ${ATTACKS.length} attacks bounded, ${reported} with a report`,
  );
}

async function dishonestEngines(): Promise<void> {
  await writeFile(HANGING, '#!/bin/sh\nexec sleep 60\n');
  await chmod(HANGING, 0o755);
  const changed = (from: string, to: string): SandboxPrograms => ({
    ...sandbox.programs,
    harness: Buffer.from(Buffer.from(sandbox.programs.harness).toString('utf8').replace(from, to)),
  });
  const cases: [string, () => Promise<unknown>][] = [
    [
      'a name that means runc',
      () => proveEngine(sandbox.driverWith({ runtimes: ['alias'] }), sandbox.programs, signal),
    ],
    ['a runtime that fails', () => proveEngine(sandbox.driverWith({ runtimes: ['broken'] }), sandbox.programs, signal)],
    [
      'a runtime that hangs',
      () => proveEngine(sandbox.driverWith({ runtimes: ['hanging'] }), sandbox.programs, signal),
    ],
    [
      'a runtime that is not there',
      () => proveEngine(sandbox.driverWith({ runtimes: ['absent'] }), sandbox.programs, signal),
    ],
    [
      'an image that is not there',
      () => proveEngine(sandbox.driverWith({ image: 'absent:latest' }), sandbox.programs, signal),
    ],
    ['no engine', () => proveEngine(sandbox.driverWith({ socket: '/run/absent.sock' }), sandbox.programs, signal)],
    ['no tracer', () => proveEngine(sandbox.driver, changed('/usr/bin/strace', '/usr/bin/absent'), signal)],
    ['a tracer that loses most', () => proveEngine(sandbox.driver, changed('"-f",', '"-f", "--seccomp-bpf",'), signal)],
    ['a tracer that shows no opened paths', () => proveEngine(sandbox.driver, changed('"-y",', ''), signal)],
  ];
  for (const [name, prove] of cases) {
    const beganAtMs = performance.now();
    const error = await prove().then(
      () => null,
      (cause: unknown) => cause,
    );
    const ms = performance.now() - beganAtMs;
    const isRefused = error instanceof AegisError && error.code === 'NO_SANDBOX';
    tell(
      isRefused && ms < 20_000,
      `dishonest engine: ${name}: ${isRefused ? 'refused' : `not refused (${error})`} after ${(ms / 1000).toFixed(1)} s`,
    );
  }
}

/** What the watching costs, against the same container without it, in turns. */
async function cold(): Promise<void> {
  const bare: number[] = [];
  const whole: number[] = [];
  for (let round = 0; round < 7; round++) {
    let startedAtMs = performance.now();
    await sandbox.bare();
    bare.push(performance.now() - startedAtMs);
    startedAtMs = performance.now();
    await sandbox.run(EMPTY);
    whole.push(performance.now() - startedAtMs);
  }
  const middle = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1] ?? 0;
  const ratio = middle(whole) / middle(bare);
  tell(
    ratio <= 2.3,
    `cold: a bare container ${Math.round(middle(bare))} ms, a dry-run ${Math.round(middle(whole))} ms, ${ratio.toFixed(2)} times`,
  );
}

async function manyRuns(): Promise<void> {
  const kinds = [
    EMPTY,
    testPackage({ code: 'throw new Error("at load")' }),
    testPackage({ code: 'export default async () => process.kill(process.pid, "SIGKILL")' }),
    testPackage({ code: `export default async () => (await fetch('https://many.example/')).json()` }),
  ];
  let done = 0;
  let complete = 0;
  const errors: string[] = [];
  const digests = new Set<string>();
  const worker = async () => {
    while (done < RUNS) {
      const number = done++;
      const kind = number % (kinds.length + 1);
      if (kind === kinds.length) {
        // A start that fails is what leaves processes behind.
        await sandbox.run(EMPTY, { driver: sandbox.driverWith({ runtimes: ['broken'] }) }).catch(() => undefined);
        continue;
      }
      try {
        const result = await sandbox.run(kinds[kind] ?? EMPTY);
        if (result.monitor.complete) complete++;
        else errors.push(result.monitor.reasons.join('; '));
        if (kind === 3) digests.add(result.digest);
      } catch (error) {
        errors.push(String(error));
      }
    }
  };
  const startedAtMs = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const seconds = (performance.now() - startedAtMs) / 1000;
  tell(
    errors.length === 0 && digests.size <= 1,
    `${RUNS} runs, ${AT_ONCE} at once, ${(seconds / RUNS).toFixed(2)} s each: ${complete} complete, ${errors.length} errors ${errors.slice(0, 3)}, ${digests.size} digest of the same run`,
  );
}

async function leftovers(): Promise<void> {
  const { engine, driver } = sandbox;
  const containers = await driver.reap();
  const processes = await findProcesses(engine.folder, /shim|runsc/);
  tell(
    containers + processes.length === 0,
    `left behind: ${containers} containers, ${processes.length} processes ${processes.slice(0, 2)}`,
  );
  const lines = (await readFile(join('/proc', String(engine.pid), 'net/dev'), 'utf8')).split('\n').slice(2);
  const bytes = lines
    .flatMap((line) => line.split(':')[1]?.match(/\d+/g) ?? [])
    .reduce((sum, count) => sum + Number(count), 0);
  tell(bytes === 0, `the engine's own network carried ${bytes} bytes and packets`);
}
