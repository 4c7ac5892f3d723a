import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ROOT } from './root.ts';

/** What `.ci/run` asks of a machine that has nothing. */
const BARE = ['bash', 'dirname', 'env', 'grep', 'mktemp', 'rm', 'tail', 'tee', 'timeout'];
const TOTALS = '12 passed, 0 failed, 1 skipped';

let checkout: string;
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'aegis-ci-'));
  for (const folder of ['.ci', 'bin']) mkdirSync(join(checkout, folder));
  cpSync(join(ROOT, '.ci', 'run'), join(checkout, '.ci', 'run'));
  for (const name of BARE) symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), bin(name));
  program('id', 'echo "$USER_ID"');
});
afterEach(() => rmSync(checkout, { recursive: true }));

const bin = (name: string) => join(checkout, 'bin', name);

/** A program of this machine that does only this, and writes down how it was called. */
function program(name: string, does: string): void {
  writeFileSync(bin(name), `#!${bin('bash')}\necho "${name} $*" >> "${checkout}/calls"\n${does}\n`);
  chmodSync(bin(name), 0o755);
}

function run(environment: NodeJS.ProcessEnv = {}): { code: number | null; output: string; calls: string[] } {
  const env = { PATH: join(checkout, 'bin'), TMPDIR: checkout, USER_ID: '0', ...environment };
  const { status, stdout, stderr } = spawnSync(join(checkout, '.ci', 'run'), { env, encoding: 'utf8' });
  const path = join(checkout, 'calls');
  const calls = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  return { code: status, output: stdout + stderr, calls: calls.filter((call) => !call.startsWith('id ')) };
}

const NPM = `[ "$1" = ci ] || { echo "in $CHROMIUM"; echo "${TOTALS}"; }`;

it('on a machine that has everything it installs the packages, tests, and ends with the totals (A228)', () => {
  for (const name of ['git', 'chromium']) program(name, '');
  program('npm', NPM);
  const { code, output, calls } = run();
  expect(code, output).toBe(0);
  expect(calls).toEqual(['npm ci', 'npm test']);
  expect(output).toContain(`in ${bin('chromium')}`);
  expect(output.trimEnd().split('\n').at(-1)).toBe(TOTALS);
});

it.each([
  ['root', '0', false],
  ['somebody with sudo', '1000', true],
])('as %s it installs what is missing, and only that', (_, user, withSudo) => {
  program('npm', NPM);
  if (withSudo) program('sudo', 'shift; [ "$1" != true ] || exit 0; exec "$@"');
  symlinkSync(execFileSync('which', ['cp'], { encoding: 'utf8' }).trim(), bin('cp'));
  program('apt-get', `[ "$1" = update ] || for name in git chromium; do cp ${bin('id')} ${bin('$name')}; done`);
  const { code, output, calls } = run({ USER_ID: user });
  expect(code, output).toBe(0);
  expect(calls).toContain('apt-get update -qq');
  expect(calls).toContain('apt-get install -y -qq --no-install-recommends git chromium');
  expect(calls.some((call) => call.startsWith('sudo '))).toBe(withSudo);
});

it('without npm or git, and no way to get them, it says so and ends with 1', () => {
  const without = run({ USER_ID: '1000' });
  expect(without.code).toBe(1);
  expect(without.output).toContain('nodejs npm git chromium could not be installed here');
  expect(without.output).toContain('Without npm nothing can be tested');
  program('npm', NPM);
  expect(run({ USER_ID: '1000' }).output).toContain('Without git nothing can be tested');
});

it('without Chromium, and no way to get it, it tests all the rest and says what is skipped', () => {
  program('git', '');
  program('npm', NPM);
  const { code, output } = run({ USER_ID: '1000' });
  expect(code, output).toBe(0);
  expect(output).toContain('Without Chromium every test in a browser is skipped');
});

it('a failing install is tried once more, then it ends; a failing test is its exit code', () => {
  for (const name of ['git', 'chromium']) program(name, '');
  program('npm', 'exit 7');
  const failed = run();
  expect(failed.calls).toEqual(['npm ci', 'npm ci']);
  expect(failed.code).toBe(1);
  program('npm', '[ "$1" = ci ] || { echo "1 passed, 3 failed, 0 skipped"; exit 5; }');
  const red = run();
  expect(red.code).toBe(5);
  expect(red.output.trimEnd().split('\n').at(-1)).toBe('1 passed, 3 failed, 0 skipped');
});
