#!/usr/bin/env node
// Plain and old JavaScript: this file must load on any Node, to say that it is too old.
import { existsSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
const built = new URL('../dist/cli/', import.meta.url);
// Sources stand only in a checkout, and there they are newer than anything that was built.
const isBuilt = !existsSync(new URL('../src/cli/main.ts', import.meta.url));

function tooOld(wanted, instead) {
  process.stderr.write(`aegis needs Node ${wanted} or newer, this is ${process.versions.node}. ${instead}\n`);
  process.exit(2);
}

if (major < 20 || (major === 20 && minor < 9)) tooOld('20.9', 'Install a newer one: https://nodejs.org');
// A checkout that was not built runs from its TypeScript sources, whose types newer Nodes leave out by themselves.
if (!isBuilt && (major < 22 || (major === 22 && minor < 18))) {
  tooOld('22.18', 'This is a checkout: put its node_modules/.bin first in PATH, where a newer Node is.');
}

const folder = isBuilt ? built : new URL('../src/cli/', import.meta.url);
const extension = isBuilt ? 'js' : 'ts';
const { main } = await import(new URL(`main.${extension}`, folder).href);
const { processIo } = await import(new URL(`io.${extension}`, folder).href);
process.exitCode = await main(process.argv.slice(2), processIo());
