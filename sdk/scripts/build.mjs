// Builds sdk/dist with tsc. `--out DIR` builds elsewhere.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const sdk = dirname(dirname(fileURLToPath(import.meta.url)));
const at = process.argv.indexOf('--out');
const out = at < 0 ? resolve(sdk, 'dist') : resolve(process.argv[at + 1] ?? '');
// A file that was renamed must not stay behind in the package.
rmSync(out, { recursive: true, force: true });
const require = createRequire(import.meta.url);
const tsc = resolve(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
const project = resolve(sdk, 'tsconfig.build.json');
const run = spawnSync(process.execPath, [tsc, '-p', project, '--outDir', out], { stdio: 'inherit' });
if (run.status === 0 && !existsSync(resolve(out, 'index.js'))) {
  process.stderr.write(`tsc wrote no index.js to ${out}\n`);
  process.exit(1);
}
process.exit(run.status ?? 1);
