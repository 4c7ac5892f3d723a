// What the analyzer finds, what it says of harmless packages and how fast it is, beside js-x-ray on the same files in
// the same run:
//   npm run bench analyze CORPORA [--only NAME,…] [--list] [--peer no]
// CORPORA is what `npm run bench corpora` wrote. The packages below node_modules of this checkout are one more harmless
// set. js-x-ray is fetched with npm into a temporary folder. Nothing that is measured is ever run.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const PEER = { '@nodesecure/js-x-ray': '16.0.0' };
/** What the samples of a set should be: `hidden` ones must get at least one high finding. */
const SETS = {
  malskills: 'malicious',
  'js-malware': 'malicious',
  'js-obfuscated': 'hidden',
  'js-obfuscator-io': 'hidden',
  wild: 'harmless',
  'js-bundles': 'harmless',
  installed: 'harmless',
};
/** Every second warning of js-x-ray is about style; these are about security. */
const PEER_SECURITY = new Set([
  'unsafe-import',
  'unsafe-regex',
  'unsafe-stmt',
  'suspicious-literal',
  'suspicious-file',
  'obfuscated-code',
  'shady-link',
  'unsafe-command',
  'serialize-environment',
  'data-exfiltration',
  'sql-injection',
  'monkey-patch',
  'prototype-pollution',
  'unsafe-vm-context',
]);
const CODE = /\.[cm]?[jt]sx?$/;
const WARM_UP_FILES = 100;
const SPEED_ROUNDS = 3;
const SPEED_BYTES_MAX = 8_000_000;
const ROOT = fileURLToPath(new URL('..', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    list: { type: 'boolean' },
    tool: { type: 'string' },
    peer: { type: 'string', default: 'yes' },
    modules: { type: 'string' },
  },
});
const [corpora] = positionals;
if (corpora === undefined || !existsSync(corpora)) {
  process.stderr.write('Say where the packs are: npm run bench analyze CORPORA (npm run bench corpora makes them)\n');
  process.exit(2);
}
if (values.tool === undefined) await compare();
else process.stdout.write(JSON.stringify(await measure(values.tool === 'aegis' ? await aegis() : await jsXRay())));

/** Each tool has a process of its own, one after the other. */
async function compare() {
  console.log(`${availableParallelism()} processors, load ${loadavg()[0].toFixed(1)}, Node ${process.versions.node}`);
  const folder = mkdtempSync(join(tmpdir(), 'aegis-bench-'));
  try {
    const results = { aegis: await runTool('aegis') };
    if (values.peer === 'yes') {
      writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: PEER }));
      const { status } = spawnSync('npm', ['install', '--ignore-scripts', '--silent'], {
        cwd: folder,
        stdio: 'inherit',
      });
      if (status !== 0) throw new Error('js-x-ray could not be installed; run again with --peer no');
      results['js-x-ray'] = await runTool('js-x-ray', ['--modules', folder]);
    }
    show(results);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runTool(tool, more = []) {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), corpora, '--tool', tool, ...more];
  if (values.only !== undefined) args.push('--only', values.only);
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const parts = [];
  for await (const part of child.stdout) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}

function show(results) {
  console.log(
    `\n${'set'.padEnd(18)}${'wanted'.padEnd(11)}${'tool'.padEnd(10)}samples  blocked      any high     errors`,
  );
  for (const [name, wanted] of Object.entries(SETS)) {
    for (const [tool, { samples }] of Object.entries(results)) {
      const rows = samples.filter(({ set }) => set === name);
      if (rows.length === 0) continue;
      const share = (test) => {
        const count = rows.filter(test).length;
        return `${count} (${((100 * count) / rows.length).toFixed(1)} %)`.padEnd(13);
      };
      const counts = `${String(rows.length).padStart(7)}  ${share((row) => row.blocked)}${share((row) => row.high)}`;
      console.log(`${name.padEnd(18)}${wanted.padEnd(11)}${tool.padEnd(10)}${counts}${share((row) => row.error)}`);
    }
  }
  if (values.list) list(results.aegis.samples);
  console.log(`\nJavaScript and TypeScript only, MB per second of one processor (best, median of ${SPEED_ROUNDS})`);
  const median = ({ rates }) => rates[Math.floor(rates.length / 2)];
  for (const [tool, { speed }] of Object.entries(results)) {
    const [best] = speed.rates.slice(-1);
    const size = `${(speed.bytes / 1e6).toFixed(1)} MB in ${speed.files} files`;
    console.log(`${tool.padEnd(10)}${best.toFixed(2).padStart(7)}${median(speed).toFixed(2).padStart(8)}   ${size}`);
  }
  const peer = results['js-x-ray'];
  if (peer !== undefined) console.log(`ratio ${(median(results.aegis.speed) / median(peer.speed)).toFixed(2)}×`);
}

/** What went wrong by itself: harmless samples that are blocked, and the others that are not. */
function list(samples) {
  for (const { set, id, blocked, high, why } of samples) {
    const wanted = SETS[set];
    const isWrong = wanted === 'harmless' ? blocked : wanted === 'hidden' ? !high : !blocked;
    if (isWrong) console.log(`${set}  ${id}  ${why}`);
  }
}

async function measure(tool) {
  const samples = [];
  const code = [];
  for (const set of Object.keys(SETS)) {
    if (values.only !== undefined && !values.only.split(',').includes(set)) continue;
    for (const { id, files } of read(set)) {
      try {
        samples.push({ set, id, error: false, ...(await tool.judge(files)) });
      } catch (error) {
        samples.push({ set, id, blocked: false, high: false, error: true, why: String(error).slice(0, 200) });
      }
      code.push(files.filter(({ path, bytes }) => CODE.test(path) && bytes.length <= 500_000));
    }
  }
  return { samples, speed: await speedOf(tool, code) };
}

/** The same files in the same order for every tool: a generator with a fixed seed shuffles them. */
async function speedOf(tool, packages) {
  let seed = 42;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const order = packages.filter((files) => files.length > 0).map((files) => ({ files, at: random() }));
  order.sort((left, right) => left.at - right.at);
  const chosen = [];
  let bytes = 0;
  for (const { files } of order) {
    if (bytes >= SPEED_BYTES_MAX) break;
    bytes += files.reduce((sum, file) => sum + file.bytes.length, 0);
    chosen.push(files);
  }
  let warm = 0;
  for (const files of chosen) {
    if (warm >= WARM_UP_FILES) break;
    warm += files.length;
    await quietly(tool, files);
  }
  const rates = [];
  for (let round = 0; round < SPEED_ROUNDS; round++) {
    const before = process.threadCpuUsage();
    for (const files of chosen) await quietly(tool, files);
    const { user, system } = process.threadCpuUsage(before);
    rates.push(bytes / Math.max(1, user + system));
  }
  return { rates: rates.sort((left, right) => left - right), bytes, files: chosen.flat().length };
}

async function quietly(tool, files) {
  try {
    await tool.judge(files);
  } catch {
    // Counted among the samples; here only the time matters.
  }
}

function* read(set) {
  if (set === 'installed') {
    yield* installed(join(ROOT, 'node_modules'));
    return;
  }
  const pack = join(corpora, `${set}.jsonl`);
  if (!existsSync(pack)) return;
  for (const line of readFileSync(pack, 'utf8').split('\n')) {
    if (line === '') continue;
    const { id, files } = JSON.parse(line);
    yield { id, files: files.map(({ path, b64 }) => file(path, Buffer.from(b64, 'base64'))) };
  }
}

function* installed(folder) {
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (name.startsWith('.') || !statSync(path).isDirectory()) continue;
    if (name.startsWith('@')) {
      for (const inner of readdirSync(path).sort()) yield* onePackage(join(path, inner), `${name}/${inner}`);
    } else yield* onePackage(path, name);
  }
}

/** Links lead to our own workspaces. */
function* onePackage(folder, id) {
  if (!existsSync(join(folder, 'package.json')) || readdirSync(join(folder, '..')).length === 0) return;
  const files = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const absolute = join(entry.parentPath, entry.name);
    const path = absolute.slice(folder.length + 1);
    if (!entry.isFile() || path.startsWith('node_modules/')) continue;
    files.push(file(path, readFileSync(absolute)));
  }
  const bytes = files.reduce((sum, item) => sum + item.bytes.length, 0);
  if (bytes <= 16 * 1024 * 1024 && files.length <= 5000) yield { id, files };
}

function file(path, bytes) {
  return { path, bytes: new Uint8Array(bytes), mode: '0644' };
}

async function aegis() {
  const { analyze } = await import('@aegis/skill-sdk/analyze');
  const { checkPackage } = await import('@aegis/skill-sdk/manifest');
  return {
    async judge(files) {
      const { decision, findings, score } = await analyze({ files, manifest: checkPackage(files).manifest });
      const [worst] = findings;
      const high = worst !== undefined && (worst.severity === 'critical' || worst.severity === 'high');
      const said = worst === undefined ? '' : `${worst.ruleId} ${worst.file}:${worst.line} ${worst.message}`;
      return { blocked: decision === 'block', high, why: `${decision} ${score} ${said}` };
    },
  };
}

/** Blocks on a critical warning; any warning about security is a reason to look. */
async function jsXRay() {
  const entry = join(values.modules, 'node_modules/@nodesecure/js-x-ray/dist/index.js');
  const { AstAnalyser, TsSourceParser } = await import(entry);
  const analyser = new AstAnalyser();
  return {
    async judge(files) {
      const kinds = [];
      let blocked = false;
      for (const { path: location, bytes } of files) {
        if (!CODE.test(location)) continue;
        const source = new TextDecoder().decode(bytes);
        const options = /\.[cm]?tsx?$/.test(location) ? { customParser: new TsSourceParser() } : {};
        try {
          for (const { kind, severity } of analyser.analyse(source, { location, ...options }).warnings) {
            kinds.push(kind);
            blocked ||= severity === 'Critical';
          }
        } catch (error) {
          kinds.push(`error ${error.message}`);
        }
      }
      const high = kinds.some((kind) => PEER_SECURITY.has(kind));
      const error = kinds.some((kind) => kind.startsWith('error') || kind === 'parsing-error');
      return { blocked, high, error, why: [...new Set(kinds)].join(' ') };
    },
  };
}
