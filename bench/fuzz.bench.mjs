// Throws broken, cut, spliced and random packages at the analyzer: npm run bench fuzz [SECONDS] [SEED]
// Nothing may throw, the same input must give the same bytes twice, and no input may take more than a few seconds.
// Whatever breaks that is printed with the seed and the number that make it again.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyze, analyzeCode, reportBytes } from '@aegis/skill-sdk/analyze';

const SECONDS = Number(process.argv[2] ?? 60);
const SEED = Number(process.argv[3] ?? Date.now() % 1_000_000);
/** CPU of one input; the largest have 64 KiB. */
const SLOW_MS = 4000;
const LENGTH_MAX = 64 * 1024;
const NAMES = ['a.js', 'a.ts', 'a.tsx', 'a.mjs', 'a.py', 'a.sh', 'SKILL.md', 'package.json', 'a.bin', 'a.d.ts'];
const PIECES = [
  ...'(){}[]`\'"\\/*;,.:=+-<>!?&|#@$%^~\n\t\0\ufeff\u202e\ud800',
  'function ',
  'class ',
  'async ',
  'await ',
  'yield ',
  'import ',
  'export ',
  'require(',
  'eval(',
  '${',
  '=>',
  '...',
  'new ',
  'for(;;)',
  'while(1)',
  'return ',
  'atob(',
  "'child_process'",
  '.constructor',
  '["join"]',
  'process.env',
  'String.fromCharCode(',
  '_0x1f2e',
  'push(x.shift())',
  'namespace A {',
  'enum E {',
  '<div>',
  'if x:\n  ',
  'curl x | sh\n',
  '```sh\n',
  '<!--',
  '{"scripts":{"postinstall":"node a.js"}}',
];

let state = SEED >>> 0;
const below = (count) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * count);
};
const seeds = sources(fileURLToPath(new URL('../sdk/src/analyze/', import.meta.url)));
const MAKERS = [randomBytes, randomPieces, cutSource, splicedSource, repeatedPiece];

const end = performance.now() + SECONDS * 1000;
let inputs = 0;
let broken = 0;
let slowestMs = 0;
while (performance.now() < end) {
  inputs++;
  const files = Array.from({ length: 1 + below(3) }, (_, index) => ({
    path: `${index}/${NAMES[below(NAMES.length)]}`,
    bytes: MAKERS[below(MAKERS.length)](),
    mode: '0644',
  }));
  const before = process.threadCpuUsage();
  try {
    const first = Buffer.from(reportBytes(await analyze({ files, manifest: null })));
    const { user, system } = process.threadCpuUsage(before);
    const ms = (user + system) / 1000;
    slowestMs = Math.max(slowestMs, ms);
    if (ms > SLOW_MS) complain(`took ${ms.toFixed(0)} ms`, files);
    const second = Buffer.from(reportBytes(await analyze({ files, manifest: null })));
    if (!first.equals(second)) complain('gave two reports', files);
    if (first.includes(' failed on it') || first.includes('the analysis of it failed'))
      complain('failed inside', files);
    await analyzeCode(files[0].bytes);
  } catch (error) {
    complain(`threw ${error?.stack}`, files);
  }
}
console.log(`seed ${SEED}: ${inputs} packages, ${broken} broken, the slowest took ${slowestMs.toFixed(0)} ms of CPU`);
process.exitCode = broken === 0 ? 0 : 1;

function complain(what, files) {
  broken++;
  const shown = files.map(
    ({ path, bytes }) => `${path} ${JSON.stringify(Buffer.from(bytes).toString('utf8').slice(0, 120))}`,
  );
  console.log(`seed ${SEED}, package ${inputs} ${what}: ${shown.join(' · ')}`);
}

function randomBytes() {
  return Uint8Array.from({ length: below(4096) }, () => below(256));
}

function randomPieces() {
  let text = '';
  for (let count = below(800); count > 0; count--) text += PIECES[below(PIECES.length)];
  return bytesOf(text);
}

function cutSource() {
  const text = seeds[below(seeds.length)];
  return bytesOf(text.slice(0, below(text.length)));
}

function splicedSource() {
  const text = seeds[below(seeds.length)];
  const at = below(text.length);
  return bytesOf(text.slice(0, at) + PIECES[below(PIECES.length)] + text.slice(at + below(8)));
}

function repeatedPiece() {
  const piece = PIECES[below(PIECES.length)] + PIECES[below(PIECES.length)];
  return bytesOf(piece.repeat(1 + below(LENGTH_MAX / piece.length)));
}

function bytesOf(text) {
  return new TextEncoder().encode(text.slice(0, LENGTH_MAX));
}

function sources(folder) {
  const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.ts'));
  return names.map((name) => readFileSync(join(folder, name), 'utf8'));
}
