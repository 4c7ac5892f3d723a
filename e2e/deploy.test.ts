import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../scripts/root.ts';

it('`npm run deploy -- --dry-run` builds what would go out and prints every step, without a network', {
  timeout: 240_000,
}, () => {
  // A network namespace of its own, with nothing in it: whoever asks anybody fails.
  const command = [process.execPath, 'scripts/run.mjs', 'deploy', '--dry-run', '--name', 'aegis-dry'];
  const ran = spawnSync('unshare', ['--map-root-user', '--net', ...command], { cwd: ROOT, encoding: 'utf8' });
  expect(ran.status, ran.stderr + ran.stdout).toBe(0);
  const [, registry = '', dashboard = ''] =
    /Build: registry (\d+) KiB of 3072 KiB gzipped, dashboard (\d+) KiB of 3072 KiB/.exec(ran.stdout) ?? [];
  expect(Number(registry)).toBeGreaterThan(300);
  expect(Number(dashboard)).toBeGreaterThan(100);
  expect(ran.stdout.match(/^ {2}\d+\. /gm)).toHaveLength(12);
  expect(ran.stdout).toContain(
    `wrangler d1 migrations apply aegis-dry --remote --config ${join(ROOT, '.aegis', 'deploy', 'aegis-dry', 'wrangler.toml')}`,
  );
});
