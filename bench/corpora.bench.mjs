// Packs the development corpora for `npm run bench analyze`, out of bare or plain clones, without unpacking them:
//   npm run bench corpora CLONES OUT
// CLONES holds the clones `MalSkills`, `skills` (openclaw), `js-x-ray` and `webcrack`; OUT gets one NAME.jsonl each, one
// sample a line: {id, files: [{path, b64}]}. What must stay unseen is left out before any of its bytes are read.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE_BYTES_MAX = 4_000_000;
const [clones, out] = process.argv.slice(2);
if (clones === undefined || out === undefined) {
  process.stderr.write('Say where the clones are and where the packs go: npm run bench corpora CLONES OUT\n');
  process.exit(2);
}
mkdirSync(out, { recursive: true });
packMalicious('MalSkills', 'malskills');
packWild('skills', 'wild');
packFiles(
  'js-x-ray',
  'js-malware',
  /^workspaces\/js-x-ray\/examples\/(?!npm-audit|rate-map|modrrnize|jscrush)[^/]+\.js$/,
);
packFiles(
  'js-x-ray',
  'js-obfuscated',
  /^workspaces\/js-x-ray\/test\/fixtures\/obfuscated\/(?!notMorse|unsafe-unicode)[^/]+\.js$/,
);
packFiles('webcrack', 'js-obfuscator-io', /\/deobfuscate\/test\/samples\/[^/]+\.js$/);
packFiles('webcrack', 'js-bundles', /\/unpack\/test\/samples\/[^/]+\.js$/);

/** One campaign’s skills, without every row of the sealed list. */
function packMalicious(clone, name) {
  const root = 'data/ground_truth/malicious/clawhub/';
  const rows = git(clone, ['show', 'HEAD:data/ground_truth/ground_truth_final.csv']).toString('utf8').split(/\r?\n/);
  const sealed = new Set(
    rows.slice(1).flatMap((row) => row.split(',').flatMap((cell) => [cell.trim(), cell.trim().split('/').at(-1)])),
  );
  const groups = new Map();
  for (const file of tree(clone, root)) {
    const id = file.path.slice(root.length).split('/')[0];
    if (sealed.has(id) || sealed.has(id.replace(/^[^_]*_/, ''))) continue;
    groups.set(id, [...(groups.get(id) ?? []), { ...file, path: file.path.slice(root.length + id.length + 1) }]);
  }
  pack(clone, name, groups);
}

/** The half of the authors whose names hash below 8. */
function packWild(clone, name) {
  const files = tree(clone, 'skills/').map((file) => ({ ...file, parts: file.path.split('/') }));
  const skills = new Set(
    files.filter(({ parts }) => /^skill\.md$/i.test(parts[3] ?? '')).map(({ parts }) => `${parts[1]}/${parts[2]}`),
  );
  const groups = new Map();
  for (const { parts, ...file } of files) {
    const id = `${parts[1]}/${parts[2]}`;
    if (!skills.has(id) || !/^[0-7]/.test(createHash('sha256').update(parts[1]).digest('hex'))) continue;
    groups.set(id, [...(groups.get(id) ?? []), { ...file, path: parts.slice(3).join('/') }]);
  }
  pack(clone, name, groups);
}

/** Each file as a package of its own. */
function packFiles(clone, name, wanted) {
  const files = tree(clone, '.').filter(({ path }) => wanted.test(path));
  pack(clone, name, new Map(files.map((file) => [file.path.split('/').at(-1), [{ ...file, path: 'index.js' }]])));
}

function pack(clone, name, groups) {
  const lines = [];
  for (const id of [...groups.keys()].sort()) {
    const files = groups.get(id).filter(({ size }) => size <= FILE_BYTES_MAX);
    const blobs = read(clone, files);
    const held = files.flatMap(({ path, oid }) => (blobs.has(oid) ? [{ path, b64: blobs.get(oid) }] : []));
    if (held.length > 0) lines.push(`${JSON.stringify({ id, files: held })}\n`);
  }
  writeFileSync(join(out, `${name}.jsonl`), lines.join(''));
  process.stdout.write(`${name}: ${lines.length} samples\n`);
}

function tree(clone, folder) {
  const rows = git(clone, ['ls-tree', '-r', '-l', '-z', 'HEAD', folder]).toString('utf8').split('\0').filter(Boolean);
  return rows.flatMap((row) => {
    const [meta, path] = row.split('\t');
    const [mode, type, oid, size] = meta.split(/\s+/);
    return type === 'blob' && mode !== '120000' ? [{ path, oid, size: Number(size) }] : [];
  });
}

/** The contents as base64, by object id. A clone may lack some. */
function read(clone, files) {
  const bytes = git(clone, ['cat-file', '--batch'], files.map(({ oid }) => `${oid}\n`).join(''));
  const found = new Map();
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    const [oid, type, size] = bytes.toString('latin1', at, end).split(' ');
    const length = type === 'missing' ? -1 : Number(size);
    if (length >= 0) found.set(oid, bytes.toString('base64', end + 1, end + 1 + length));
    at = end + 2 + length;
  }
  return found;
}

function git(clone, args, input) {
  const folder = join(clones, clone);
  const gitDir = existsSync(join(folder, '.git')) ? join(folder, '.git') : folder;
  const { status, stdout, stderr } = spawnSync('git', ['--git-dir', gitDir, ...args], { input, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`git ${args.join(' ')} in ${folder}: ${stderr}`);
  return stdout;
}
