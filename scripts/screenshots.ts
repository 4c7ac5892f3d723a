import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { findChromium, NO_CHROMIUM } from './chromium.ts';
import { ROOT } from './root.ts';

// The test of every page visits them all; here it also keeps what it sees.
const folder = join(ROOT, 'screenshots');
if (findChromium() === null) {
  process.stderr.write(`${NO_CHROMIUM}\n`);
  process.exit(1);
}
const vitest = spawn(join(ROOT, 'node_modules', '.bin', 'vitest'), ['run', '--project', 'e2e', 'e2e/pages.test.ts'], {
  cwd: ROOT,
  stdio: 'inherit',
  env: { ...process.env, CI: '1', AEGIS_SCREENSHOTS: folder },
});
vitest.on('exit', (code) => {
  process.stdout.write(`Pictures are in ${folder}\n`);
  process.exit(code ?? 1);
});
