import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { typed } from '../typed.ts';
import { type Newcomer, spellTook, TIMED, tookOf } from './newcomer.ts';

const WITHIN_SECONDS = 10;

/** Imports a copy of every folder of Agent Skills in `source` with one command. */
export async function importFolders(newcomer: Newcomer, source: string, say: (line: string) => void): Promise<void> {
  const { clone, folder, environment } = newcomer;
  const copy = join(folder, 'imported');
  cpSync(source, copy, { recursive: true });
  const path = `export PATH="${clone}/node_modules/.bin:$PATH"`;
  const ran = await typed([path, `${TIMED} aegis import "${copy}" --json`], folder, environment);
  assert.equal(ran.code, 0, ran.stderr);
  const took = tookOf(ran.stderr);
  const skills: string[] = readdirSync(copy, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(?:^|\/)SKILL\.md$/.test(name))
    .map((name) => join(copy, name, '..'))
    .filter((skill) => existsSync(join(skill, 'manifest.yaml')));
  for (const skill of skills)
    assert.deepEqual(permissionsWithoutPlace(readFileSync(join(skill, 'manifest.yaml'), 'utf8')), [], skill);
  const valid = await typed([path, ...skills.map((skill) => `aegis validate "${skill}"`)], folder, environment);
  assert.equal(valid.code, 0, valid.stderr + valid.stdout);
  say(
    `- ${skills.length} skills imported in one command, all valid, each permission with its place: ${spellTook(took, WITHIN_SECONDS)}`,
  );
  // Other programs of the machine make the clock slower, and the processor's time hardly.
  assert.ok(took.cpuSeconds <= WITHIN_SECONDS, 'the import takes too long');
}

/** Entries of the draft's permissions above which no `# file:line` stands. */
function permissionsWithoutPlace(manifest: string): string[] {
  const lines = manifest.slice(manifest.indexOf('\npermissions:'), manifest.indexOf('\ntools:')).split('\n');
  return lines.filter((line, at) => {
    const isEntry = /^\s+- /.test(line) || /^\s+shell: true/.test(line);
    return isEntry && !/^\s+# .*(?:\.\w+|SKILL\.md|[\w/.-]+):\d+/.test(lines[at - 1] ?? '');
  });
}
