import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs the tests of one file whose name has these words, in workerd and at full count; ends the process with their result. */
export function proveInWorkerd(file: string, words: string): never {
  const vitest = fileURLToPath(new URL('../node_modules/.bin/vitest', import.meta.url));
  const { status } = spawnSync(vitest, ['run', '--project', 'worker', file, '-t', words], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, AEGIS_PROOF: 'full' },
    stdio: 'inherit',
  });
  process.exit(status ?? 1);
}
