import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { ROOT } from '../scripts/root.ts';
import { START_USAGE } from '../scripts/start-options.ts';
import { aegis, temporaryFolder } from './cli.ts';
import { account, bySession, tenantIdOf } from './people.ts';
import { shellBlocksOf, typed, wrongBlocks } from './typed.ts';

/** A page is up to a dozen programs, one after the other, on a machine that runs the other suites at the same time. */
const PAGE_WITHIN_MS = 240_000;

/** What somebody has who follows a page: a home of their own, and `aegis` on the path. */
function newcomer(more: NodeJS.ProcessEnv = {}): { home: string; environment: NodeJS.ProcessEnv } {
  const home = temporaryFolder();
  const path = `${join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}`;
  return { home, environment: { PATH: path, HOME: home, TMPDIR: home, NO_COLOR: '1', ...more } };
}

const toType = (page: string) => shellBlocksOf(page).filter(({ reason }) => reason === null);

const TYPED = ['README.md', 'docs/tutorial.md', 'docs/how-to.md'];
const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'ARCHITECTURE.md', 'STYLE.md', 'sdk/README.md'],
  ...['docs', 'docs/reference'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];

it('every command block of the pages is typed by a test below, or says why it is not', () => {
  expect(PAGES.flatMap(wrongBlocks)).toEqual([]);
  const untested = PAGES.filter((page) => !TYPED.includes(page)).flatMap(toType);
  expect(untested.map(({ place }) => place)).toEqual([]);
});

it('every command within a sentence exists, with its options', async () => {
  const texts = PAGES.map((page) => readFileSync(join(ROOT, page), 'utf8')).join('\n');
  const inline = [...texts.matchAll(/`((?:aegis|npm) [^`\n]+)`/g)].map(([, command = '']) => command);
  const scripts: object = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts;
  const own = new Set(inline.flatMap((command) => /^aegis ([a-z]+)/.exec(command)?.[1] ?? []));
  const helps = new Map(
    await Promise.all([...own].map(async (name) => [name, await aegis([name, '--help'], { cwd: ROOT })] as const)),
  );
  expect(own.size).toBeGreaterThan(3);
  for (const command of inline) {
    const [program, name = ''] = command.split(' ');
    const script = /^npm run ([\w-]+)/.exec(command)?.[1];
    if (script !== undefined) expect(scripts, command).toHaveProperty(script);
    if (program === 'aegis') expect(helps.get(name)?.code, command).toBe(0);
    const help =
      program === 'aegis' ? helps.get(name)?.stdout : command.startsWith('npm start --') ? START_USAGE : null;
    for (const option of help === null ? [] : (command.match(/ --[a-z][a-z-]*/g) ?? [])) {
      if (option !== ' --help') expect(help, command).toContain(option.trim());
    }
  }
});

it(
  'what `npm start` says to paste works, and then the README publishes a first skill (A1, A259, A263)',
  async () => {
    const { output } = inject('house');
    const pasted = output.split('\n').filter((line) => /^ {9}\S/.test(line));
    expect(pasted.map((line) => line.trim().split(/[ =]/).slice(0, 2).join(' '))).toEqual([
      'export PATH',
      'export AEGIS_REGISTRY',
      'aegis scan',
      `AEGIS_STATE_DIR "${inject('house').stateDir}/cluster-agent"`,
    ]);
    const [path = '', registry = '', scan = '', deny = ''] = pasted;
    const { home } = newcomer();
    const environment = { PATH: process.env.PATH, HOME: home, TMPDIR: home };
    for (const name of ['pasted', 'readme']) mkdirSync(join(home, name));
    mkdirSync(join(home, '.claude/skills/mine'), { recursive: true });
    writeFileSync(join(home, '.claude/skills/mine/SKILL.md'), '---\nname: mine\ndescription: Counts.\n---\nCount.\n');
    const first = await typed([path, registry, scan], join(home, 'pasted'), environment);
    expect(first.code, first.stderr + first.stdout).toBe(0);
    expect(first.stdout).toContain('1 skill scanned');
    const denied = await typed([path, registry, deny], join(home, 'pasted'), environment);
    expect(denied.code, denied.stderr).toBe(1);
    expect(JSON.parse(denied.stdout)).toMatchObject({
      error: { code: 'PERMISSION_DENIED' },
      calls: [{ value: 'asia.rates.example:443', allowed: false }],
    });
    // What 2 and 3 say to open is there; the proof `first-minutes` decides and sees the denial end.
    const [review = '', version = ''] = output.split('\n').flatMap((line) => /skv-\w+$/.exec(line) ?? []);
    expect(review).toBe(version);
    const { skill } = await bySession(account('platform', 'reviewer')).skills.get(review);
    expect(`${skill.name} ${skill.version}`).toBe('exchange-rates 1.1.0');

    const blocks = toType('README.md').map(({ commands }) => commands);
    expect(blocks.length).toBeGreaterThan(0);
    const ran = await typed([path, registry, ...blocks], join(home, 'readme'), environment);
    expect(ran.code, ran.stderr + ran.stdout).toBe(0);
    expect(ran.stdout).toMatch(/pending/i);
  },
  PAGE_WITHIN_MS,
);

it(
  'the tutorial takes a folder without a manifest all the way to a policy, typed by a script that knows nothing else (A1-A3, C66)',
  async () => {
    const { url, stateDir, accounts } = inject('house');
    const { home, environment } = newcomer();
    const credentials = join(home, 'demo.json');
    writeFileSync(credentials, JSON.stringify({ url, stateDir, accounts }), { mode: 0o600 });
    const typist = { ...environment, PATH: process.env.PATH, DEMO_JSON: credentials };
    const blocks = toType('docs/tutorial.md').map(({ commands }) => commands);
    const ran = await typed([...blocks, 'pwd'], ROOT, typist);
    expect(ran.code, ran.stderr + ran.stdout).toBe(0);
    for (const words of ['1 of 1 skill imported', '✓ Manifest valid', 'refused, exit code 1', 'as approved'])
      expect(ran.stdout).toContain(words);
    expect(ran.stderr).toContain('Changed since it was installed');
    const project = ran.stdout.trim().split('\n').at(-1) ?? '';
    expect(readFileSync(join(project, 'aegis.lock'), 'utf8')).toContain('release-notes');
  },
  PAGE_WITHIN_MS,
);

it(
  'the recording in the README is what those commands print',
  async () => {
    const { url } = inject('house');
    const author = account('globex', 'author');
    const { home, environment } = newcomer({ AEGIS_REGISTRY: url, AEGIS_TOKEN: author.apiKey ?? '' });
    const [, make = ''] = toType('docs/tutorial.md').map(({ commands }) => commands);
    const login = 'aegis login --registry "$AEGIS_REGISTRY" --token "$AEGIS_TOKEN"';
    const made = await typed([login, make.replace('cd "$(mktemp -d)"', '')], home, environment);
    expect(made.code, made.stderr).toBe(0);
    const page = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const recording = /^```console\n(.*?)^```$/ms.exec(page)?.[1] ?? '';
    const lines: string[] = [];
    for (const line of recording.split('\n').filter((text) => /^[$#] /.test(text))) {
      lines.push(line);
      if (line.startsWith('# ')) await approve('release-notes', 'globex');
      else lines.push(shown(await typed([`{ ${line.slice(2)}; } 2>&1`], home, environment), { url, home }));
    }
    const recorded = lines.filter((text) => text !== '').join('\n');
    if (process.env.RECORD === '1')
      writeFileSync(
        join(ROOT, 'README.md'),
        page.replace(recording, () => `${recorded}\n`),
      );
    else expect(`${recorded}\n`).toBe(recording);
  },
  PAGE_WITHIN_MS,
);

it(
  'every command of the how-tos works as it is typed',
  async () => {
    const { url } = inject('house');
    const author = account('globex', 'author');
    const admin = bySession(account('platform', 'admin'));
    const made = await admin.clusters.create({ name: 'how-to' });
    const { home, environment } = newcomer({
      AEGIS_REGISTRY: url,
      AEGIS_TOKEN: author.apiKey ?? '',
      AEGIS_JOIN_TOKEN: made.joinToken,
    });
    const prepared = await aegis(['init', 'my-skill', '--yes'], { cwd: home });
    expect(prepared.code, prepared.stderr).toBe(0);
    const folder = join(home, 'my-skill');
    for (const { place, commands } of toType('docs/how-to.md')) {
      // The folder of a skill is packed whole: what an agent keeps, and what is installed, has no place in it.
      const cwd = /aegis-agent|aegis install/.test(commands) ? home : folder;
      const ran = await typed([commands], cwd, environment);
      expect(ran.code, `${place}\n${ran.stderr}${ran.stdout}`).toBe(0);
      if (!commands.includes('aegis publish')) continue;
      await approve('my-skill', 'globex');
      const installed = await aegis(['install', 'my-skill'], { cwd: home, as: author });
      expect(installed.code, installed.stderr).toBe(0);
    }
  },
  PAGE_WITHIN_MS,
);

/** What a command printed, as it stands in a page: without what is of this run alone. */
function shown({ stdout }: { stdout: string }, { url, home }: { url: string; home: string }): string {
  return stdout
    .trimEnd()
    .replaceAll(url, 'https://registry.example')
    .replaceAll(home, '~')
    .replace(/number \d+ in the queue/g, 'number 1 in the queue')
    .replace(/sha256:([0-9a-f]{8})[0-9a-f]{56}/g, 'sha256:$1…')
    .replace(/(?:req|skv)-[0-9a-z]{26}/g, (id) => `${id.slice(0, 4)}…`);
}

/** Approves the version of that skill that waits for a review, and returns its id. */
async function approve(name: string, tenant: 'acme' | 'globex'): Promise<string> {
  const reviewer = bySession(account('platform', 'reviewer'));
  const { reviews } = await reviewer.reviews.list();
  const task = reviews.find((review) => review.title.startsWith(`${name} `) && review.tenantId === tenantIdOf(tenant));
  const id = task?.id ?? `no review of ${name}`;
  const { findings } = await reviewer.skills.report(id);
  const acknowledged = findings.map((finding) => finding.id);
  await reviewer.reviews.decide(id, { status: 'approved', notes: 'Read, line by line.', acknowledged });
  return id;
}
