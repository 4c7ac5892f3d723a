import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildTools, whyNoTools } from '../tools/build.ts';
import { whyNoEngine } from '../tools/engine.ts';
import { buildKubernetes, whyNoKubernetes } from '../tools/kubernetes.ts';
import { lastLine, runChecks, type Totals } from './checks.ts';
import { findChromium, NO_CHROMIUM } from './chromium.ts';
import { step } from './progress.ts';
import { ROOT } from './root.ts';
import { totalsOf } from './test-totals.ts';

// Arguments go to vitest. A path or a name among them runs those tests alone, without the checks.
const args = process.argv.slice(2);
const isWhole = args.every((arg) => arg.startsWith('-'));
/** Continuous integration gives 40 minutes: what is not built by then is skipped by name, and nearer the next time. */
const TOOLS_UNTIL_MS = Date.now() + 32 * 60_000;
// Minutes of compiling on a bare machine: the rest goes on meanwhile, and the tests that want it come last.
if (isWhole) void prepareCluster();
if (isWhole) await prepareSandbox();
const checks: Totals = isWhole ? await runChecks() : { passed: 0, failed: 0, skipped: 0 };
const tests = await runTests(args);
if (isWhole && findChromium() === null) process.stdout.write(`${NO_CHROMIUM}\n`);
const failed = checks.failed + tests.failed;
process.stdout.write(`${lastLine({ passed: checks.passed + tests.passed, failed, skipped: tests.skipped })}\n`);
process.exit(failed === 0 ? 0 : 1);

/** Real sandboxes need their tools; where they cannot be had, the suites that want them are skipped by name. */
async function prepareSandbox(): Promise<void> {
  const lacking = [...whyNoEngine(), ...whyNoTools()];
  try {
    if (lacking.length === 0) await buildTools(step);
    else process.stdout.write(`No sandbox is tried: ${lacking.join('; ')}.\n`);
  } catch (error) {
    process.stdout.write(`No sandbox is tried: ${error instanceof Error ? error.message : error}\n`);
  }
}

/** A real Kubernetes API has to be compiled; where it cannot be, the suites that want it are skipped by name. */
async function prepareCluster(): Promise<void> {
  const lacking = whyNoKubernetes();
  try {
    if (lacking.length > 0) throw new Error(lacking.join('; '));
    await buildKubernetes(async (title, build) => {
      process.stdout.write(`  … ${title}: built in the background\n`);
      const startedAtMs = performance.now();
      const built = await build();
      process.stdout.write(`  ✓ ${title}  ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s\n`);
      return built;
    });
  } catch (error) {
    process.stdout.write(`No cluster is tried: ${error instanceof Error ? error.message : error}.\n`);
  }
}

/** Runs vitest over all projects; what it shows goes straight through, what it counts comes back. */
async function runTests(args: readonly string[]): Promise<Totals> {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-test-'));
  const report = join(folder, 'report.json');
  try {
    const vitest = join(ROOT, 'node_modules', '.bin', 'vitest');
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const child = spawn(vitest, ['run', ...reporters, ...args], {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, CI: '1', AEGIS_TOOLS_UNTIL_MS: String(TOOLS_UNTIL_MS) },
    });
    const code = await new Promise<number>((resolve) => child.on('exit', (exit) => resolve(exit ?? 1)));
    if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
    const totals = totalsOf(JSON.parse(readFileSync(report, 'utf8')));
    for (const name of totals.skippedNames) process.stdout.write(`  skipped: ${name}\n`);
    return { ...totals, failed: totals.failed === 0 && code !== 0 ? 1 : totals.failed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
