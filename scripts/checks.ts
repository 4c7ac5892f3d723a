import { join } from 'node:path';
import { ROOT } from './root.ts';
import { capture } from './run-quietly.ts';

/** One program that must end with 0. */
interface Check {
  name: string;
  /** A program of node_modules/.bin, its arguments, and the folder it runs in. */
  command: [program: string, ...args: string[]];
  folder?: string;
}

const CHECKS: readonly Check[] = [
  { name: 'format and lint', command: ['biome', 'ci', '.'] },
  { name: 'types of sdk', command: ['tsc', '-p', 'sdk'] },
  { name: 'types of worker', command: ['tsc', '-p', 'worker'] },
  { name: 'types of cluster-agent', command: ['tsc', '-p', 'cluster-agent'] },
  { name: 'types of examples', command: ['tsc', '-p', 'examples'] },
  { name: 'types of scripts, tidy, e2e', command: ['tsc', '-p', 'scripts'] },
  { name: 'types of dashboard', command: ['svelte-check', '--threshold', 'error'], folder: 'dashboard' },
  { name: 'unused code', command: ['knip'] },
];
export const TIDY: Check = { name: 'house rules', command: ['vitest', 'run', '--project', 'tidy'] };

export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** Runs every check, two at a time, and shows what the failing ones say. */
export async function runChecks(further: readonly Check[] = []): Promise<Totals> {
  // svelte-check reads what this writes.
  await run({ name: 'routes of dashboard', command: ['svelte-kit', 'sync'], folder: 'dashboard' });
  const waiting = [...CHECKS, ...further];
  const results: boolean[] = [];
  const worker = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) results.push(await run(check));
  };
  await Promise.all([worker(), worker()]);
  const passed = results.filter((isGood) => isGood).length;
  return { passed, failed: results.length - passed, skipped: 0 };
}

async function run({ name, command: [program, ...args], folder = '.' }: Check): Promise<boolean> {
  const startedAtMs = performance.now();
  const { code, output } = await capture(join(ROOT, 'node_modules', '.bin', program), args, {
    cwd: join(ROOT, folder),
  });
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  process.stdout.write(`  ${code === 0 ? '✓' : '✗'} ${name}  ${seconds} s\n${code === 0 ? '' : output}`);
  return code === 0;
}

/** The line that every run of tests ends with. */
export function lastLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
