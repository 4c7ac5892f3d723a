import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pack } from '@aegis/skill-sdk/archive';
import { createClient } from '@aegis/skill-sdk/client';
import { signIn } from '../../scripts/session.ts';
import { until } from '../../scripts/until.ts';
import { accountOf, type Newcomer, spellTook, TIMED, type Took, tookOf } from './newcomer.ts';

const SKILLS = 50;
const MOMENTS = 20;
const WITHIN_SECONDS = 3;
const ANALYSED_WITHIN_MS = 60_000;

export interface Ended {
  code: number | null;
  output: string;
}

/** A project with 50 installed skills in version 1, each of which has a version 2. */
export interface Fifty {
  project: string;
  run(args: string[], options?: { cwd?: string; killAfterMs?: number; registry?: string }): Promise<Ended>;
  publish(name: string, version: string): Promise<string>;
}

/** Publishes and installs 50 skills, installs them again from the lock, and kills an upgrade of all at 20 moments. */
export async function installFifty(newcomer: Newcomer, say: (line: string) => void): Promise<Fifty> {
  const fifty = await prepare(newcomer);
  const { project, run, publish } = fifty;
  const names = Array.from({ length: SKILLS }, (_, at) => `words-${at}`);
  for (const name of names) await publish(name, '1.0.0');
  await succeed(run(['install', ...names]));
  const rounds: Took[] = [];
  for (let round = 0; round < 3; round++) {
    rmSync(join(project, 'skills'), { recursive: true });
    rounds.push(tookOf(await succeed(run(['install', '--frozen']))));
  }
  const [best] = rounds.sort((a, b) => a.wallSeconds - b.wallSeconds);
  assert.ok(best !== undefined);
  say(`- install --frozen of ${SKILLS} skills: ${spellTook(best, WITHIN_SECONDS)}`);
  assert.ok(best.cpuSeconds <= WITHIN_SECONDS, 'the install takes too long');
  for (const name of names) await publish(name, '2.0.0');
  await killUpgrade(newcomer, fifty, names, say);
  return fifty;
}

async function prepare(newcomer: Newcomer): Promise<Fifty> {
  const { folder, clone, home, url, environment } = newcomer;
  const project = join(folder, 'project');
  mkdirSync(project);
  const author = accountOf(newcomer, 'globex', 'author');
  const client = createClient({ url, token: author.apiKey ?? undefined });
  const { email, password } = accountOf(newcomer, null, 'reviewer');
  const reviewer = await signIn(url, email, password);
  const asAuthor = { ...environment, HOME: home, AEGIS_TOKEN: author.apiKey ?? '' };
  return {
    project,
    async publish(name, version) {
      const { id } = await client.skills.upload(skillOf(name, version), {});
      await until(`the analysis of ${name}`, ANALYSED_WITHIN_MS, async () =>
        (await client.skills.get(id)).skill.report?.state === 'done' ? true : null,
      );
      await reviewer.reviews.decide(id, { status: 'approved', notes: 'Counts.' });
      return id;
    },
    run: (args, { cwd = project, killAfterMs, registry = url } = {}) =>
      new Promise((resolve, reject) => {
        const env = { ...asAuthor, AEGIS_REGISTRY: registry };
        const program = [process.execPath, join(clone, 'sdk/bin/aegis.js'), ...args];
        // What is to be killed is the program itself, and not a shell around it.
        const command = killAfterMs === undefined ? ['bash', '-c', `${TIMED} "$@"`, 'bash', ...program] : program;
        const child = spawn(command[0] ?? '', command.slice(1), { cwd, env });
        let output = '';
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding('utf8').on('data', (text: string) => (output += text));
        if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
        child.on('error', reject).on('close', (code) => resolve({ code, output }));
      }),
  };
}

function skillOf(name: string, version: string): Uint8Array {
  const files = {
    'SKILL.md': `---\nname: ${name}\ndescription: Counts words.\n---\n\nCount words, version ${version}.\n`,
    'manifest.yaml': `name: ${name}\nversion: ${version}\ndescription: Counts words.\ntools: []\n`,
    'words.md': `${name} `.repeat(2000),
  };
  return pack(
    Object.entries(files).map(([path, text]) => ({ path, bytes: new TextEncoder().encode(text), mode: '0644' })),
  );
}

export async function succeed(ended: Promise<Ended>): Promise<string> {
  const { code, output } = await ended;
  assert.equal(code, 0, output);
  return output;
}

/** SIGKILL at moments that fall evenly into an upgrade: afterwards all skills are old or all are new. */
async function killUpgrade(
  { folder }: Newcomer,
  { project, run }: Fifty,
  names: readonly string[],
  say: (line: string) => void,
): Promise<void> {
  const upgradeMs = async (name: string) => {
    const cwd = join(folder, `measured-${name}`);
    cpSync(project, cwd, { recursive: true });
    const startedAtMs = performance.now();
    await succeed(run(['upgrade'], { cwd }));
    return performance.now() - startedAtMs;
  };
  // The first one may wait for its turn: so many requests were sent just before.
  const wholeMs = Math.min(await upgradeMs('first'), await upgradeMs('second'));
  const whole = `${(wholeMs / 1000).toFixed(1)} s`;
  const seen = { old: 0, new: 0 };
  for (let moment = 1; moment <= MOMENTS; moment++) {
    const cwd = join(folder, `killed-${moment}`);
    cpSync(project, cwd, { recursive: true });
    await run(['upgrade'], { cwd, killAfterMs: (wholeMs * moment) / MOMENTS });
    await succeed(run(['list'], { cwd }));
    const versions = new Set(
      names.map((name) => /version: (.*)/.exec(readFileSync(join(cwd, `skills/${name}/manifest.yaml`), 'utf8'))?.[1]),
    );
    assert.equal(versions.size, 1, `moment ${moment}: a mix of ${[...versions].join(' and ')}`);
    assert.deepEqual(leftOver(cwd), []);
    seen[versions.has('1.0.0') ? 'old' : 'new']++;
    rmSync(cwd, { recursive: true });
  }
  say(
    `- kill -9 at ${MOMENTS} moments of an upgrade of ${names.length} skills (${whole} when it lives): ${seen.old} times the old state, ${seen.new} times the new one, never a mix`,
  );
}

function leftOver(cwd: string): string[] {
  const folders = [cwd, join(cwd, 'skills')].filter((path) => existsSync(path));
  return folders.flatMap((path) => readdirSync(path).filter((name) => name.startsWith('.aegis')));
}
