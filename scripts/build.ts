import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildDashboard, bundleDashboard } from './bundle.ts';
import { step } from './progress.ts';
import { ROOT } from './root.ts';
import { runQuietly } from './run-quietly.ts';
import { untilStopped } from './until-stopped.ts';

/** As it would be uploaded; nothing is. */
const WORKER = [
  join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js'),
  ...['deploy', '--dry-run', '--minify', '--outdir', join('dist', 'worker')],
];

await untilStopped(async ({ signal }) => {
  const run = (failed: string, args: string[]) => runQuietly(failed, process.execPath, args, { cwd: ROOT, signal });
  await step('sdk → sdk/dist', () => run('The sdk could not be built', [join(ROOT, 'sdk', 'scripts', 'build.mjs')]));
  await step('dashboard → dashboard/.svelte-kit/cloudflare', () => buildDashboard(signal));
  await step('worker → dist/worker', () => run('The worker could not be built', WORKER));
  const registry = readFileSync(join(ROOT, 'dist', 'worker', 'index.js'));
  const { script } = await bundleDashboard({ minify: true });
  process.stdout.write(`\n  worker     ${sizes(registry)}\n  dashboard  ${sizes(Buffer.from(script))}\n`);
  return 'ended';
});

function sizes(bytes: Uint8Array): string {
  const kib = (count: number) => `${(count / 1024).toFixed(0)} KiB`;
  return `${kib(bytes.length)}, gzipped ${kib(gzipSync(bytes).length)}`;
}
