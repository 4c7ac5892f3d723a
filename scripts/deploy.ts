import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { AegisError } from '@aegis/skill-sdk/errors';
import { buildDashboard, bundleDashboard } from './bundle.ts';
import { DEPLOY_USAGE, parseDeployOptions } from './deploy-options.ts';
import { deploy } from './deployment.ts';
import type { ConfigFiles } from './deployment-config.ts';
import { ROOT } from './root.ts';
import { untilStopped } from './until-stopped.ts';
import { openWrangler } from './wrangler.ts';

/** Of one script, on the smallest plan. */
const GZIP_BYTES_MAX = 3 * 1024 * 1024;

await untilStopped(async ({ signal }) => {
  const options = parseDeployOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(DEPLOY_USAGE);
    return 'ended';
  }
  const wrangler = openWrangler({
    command: [process.execPath, join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js')],
    signal,
  });
  const build = async ({ registry }: ConfigFiles): Promise<string> => {
    await buildDashboard(signal);
    const out = join(dirname(registry), 'bundle');
    await wrangler.run(['deploy', '--dry-run', '--minify', '--config', registry, '--outdir', out]);
    const { script } = await bundleDashboard({ minify: true });
    return [size('registry', readFileSync(join(out, 'index.js'))), size('dashboard', Buffer.from(script))].join(', ');
  };
  const folder = join(ROOT, '.aegis', 'deploy', options.name);
  const print = (text: string) => void process.stdout.write(text);
  const wait = (delayMs: number) => new Promise<void>((resolve) => setTimeout(resolve, delayMs));
  await deploy({ options, wrangler, folder, build, print, wait });
  return 'ended';
});

function size(name: string, bytes: Uint8Array): string {
  const gzipped = gzipSync(bytes).length;
  const kib = (count: number) => `${(count / 1024).toFixed(0)} KiB`;
  if (gzipped <= GZIP_BYTES_MAX) return `${name} ${kib(gzipped)} of ${kib(GZIP_BYTES_MAX)} gzipped`;
  throw new AegisError('USAGE', {
    detail: `The ${name} has ${kib(gzipped)} gzipped, at most ${kib(GZIP_BYTES_MAX)} may be uploaded.`,
  });
}
