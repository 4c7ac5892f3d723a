#!/usr/bin/env node
// Starts src/main.ts: as it is in a checkout, where the condition resolves the SDK to its source as well.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { arch } from 'node:process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const isNewEnough = major > 22 || (major === 22 && minor >= 18);
const bundled = fileURLToPath(new URL(`../../node_modules/node-linux-${arch}/bin/node`, import.meta.url));
const node = isNewEnough ? process.execPath : bundled;
if (!isNewEnough && !existsSync(bundled)) {
  process.stderr.write(
    `aegis-agent: needs Node 22.18 or newer, found ${process.versions.node}. Run \`npm ci\` in the checkout, or install a newer Node.\n`,
  );
  process.exit(1);
}
const args = ['--conditions=aegis-source', main, ...process.argv.slice(2)];
if (typeof process.execve === 'function') {
  // The same process goes on, so signals and the exit code need no middleman.
  process.execve(node, [node, ...args], process.env);
} else {
  const child = spawn(node, args, { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
}
