import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { ROOT } from '../scripts/root.ts';
import { aegis, temporaryFolder } from './cli.ts';
import { account, bySession } from './people.ts';

const author = () => account('acme', 'author');
const NAME = 'e2e-standup';

/** An Agent Skills folder as people have them: instructions, a script, no manifest. */
function plainSkill(): string {
  const folder = join(temporaryFolder(), NAME);
  mkdirSync(join(folder, 'scripts'), { recursive: true });
  writeFileSync(
    join(folder, 'SKILL.md'),
    `---\nname: ${NAME}\ndescription: Collects what changed since yesterday.\n---\n\nRun scripts/changes.py.\n`,
  );
  writeFileSync(join(folder, 'scripts/changes.py'), 'import json\n\nprint(json.dumps({"changes": []}))\n');
  return folder;
}

/** Publishes what lies there and approves it. */
async function approved(folder: string): Promise<string> {
  const done = await aegis(['publish', '--wait', '--json'], { cwd: folder, as: author() });
  const id = /"(skv-[0-9a-z]{26})"/.exec(done.stdout)?.[1] ?? '';
  expect(id, done.stdout + done.stderr).not.toBe('');
  await bySession(account('platform', 'reviewer')).reviews.decide(id, { status: 'approved', notes: 'Read.' });
  return id;
}

/** What the init container of docs/how-to.md runs after `aegis`, with folders of this machine for its mounts. */
function podCommand(config: string, skills: string): string[] {
  const page = readFileSync(join(ROOT, 'docs/how-to.md'), 'utf8');
  const block = /^```yaml\napiVersion: v1\nkind: Pod\n.*?^```$/ms.exec(page)?.[0] ?? '';
  const [program, ...words] = /command: \[(.+)\]/.exec(block)?.[1]?.split(', ') ?? [];
  expect(program).toBe('aegis');
  expect(block).toMatch(/AEGIS_REGISTRY.*\n.*AEGIS_TOKEN.*\n.*\n.*mountPath: \/config.*\n.*mountPath: \/skills/);
  return words.map((word) => word.replace(/^\/config(?=\/|$)/, config).replace(/^\/skills(?=\/|$)/, skills));
}

it('a plain skill comes in without rewriting and goes out verified: import, publish, install, upgrade, a pod, revoke', async () => {
  const folder = plainSkill();
  const imported = await aegis(['import', folder], { cwd: folder });
  expect(imported, imported.stderr).toMatchObject({ code: 0 });
  await approved(folder);

  const project = temporaryFolder();
  const run = async (...args: string[]) => await aegis(args, { cwd: project, as: author() });
  const installed = await run('install', NAME, '--agent', 'claude-code');
  expect(installed, installed.stderr).toMatchObject({ code: 0 });
  expect(readdirSync(join(project, '.claude/skills', NAME)).sort()).toEqual(['SKILL.md', 'manifest.yaml', 'scripts']);
  expect(await run('list')).toMatchObject({ code: 0 });

  const manifest = join(folder, 'manifest.yaml');
  const wider = readFileSync(manifest, 'utf8')
    .replace('"1.0.0"', '"1.1.0"')
    .replace('network: []', 'network: [api.example.com]');
  writeFileSync(manifest, wider);
  const second = await approved(folder);
  const outdated = await run('outdated');
  expect(outdated).toMatchObject({ code: 1, stdout: expect.stringContaining('+ The agent can reach api.example.com') });
  expect(await run('upgrade')).toMatchObject({ code: 0 });

  // The init container of the how-to: lock and keys from one folder, skills to another.
  const { url } = inject('house');
  const config = temporaryFolder();
  const target = join(temporaryFolder(), 'skills');
  writeFileSync(join(config, 'aegis.lock'), readFileSync(join(project, 'aegis.lock')));
  writeFileSync(join(config, 'keys.json'), await (await fetch(`${url}/.well-known/aegis/keys.json`)).text());
  const pod = await aegis(podCommand(config, target), { cwd: config, as: author() });
  expect(pod, pod.stderr).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(join(target, NAME, 'manifest.yaml'), 'utf8')).toBe(wider);

  await bySession(account('platform', 'admin')).reviews.revoke(second, { reason: 'The end of the test.' });
  const again = join(temporaryFolder(), 'skills');
  const refused = await aegis(podCommand(config, again), { cwd: config, as: author() });
  expect(refused).toMatchObject({ code: 9, stderr: expect.stringContaining(`${NAME}@1.1.0 was not installed`) });
  expect(existsSync(again)).toBe(false);
  expect(await run('outdated')).toMatchObject({ code: 9, stdout: expect.stringContaining('REVOKED') });
});
