import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { signIn } from '../../scripts/session.ts';
import { until } from '../../scripts/until.ts';
import { shellBlocksOf, typed } from '../typed.ts';
import { accountOf, type Newcomer, seconds } from './newcomer.ts';

const ADOPTED_WITHIN_MS = 60_000;

/** Types every block of the tutorial in one shell; nothing else is known of the product. */
export async function typeTutorial(newcomer: Newcomer, say: (line: string) => void): Promise<void> {
  const { clone, home, environment, clonedAtMs } = newcomer;
  const blocks = shellBlocksOf('docs/tutorial.md').filter(({ reason }) => reason === null);
  const startedAtMs = performance.now();
  const ran = await typed([...blocks.map(({ commands }) => commands), 'pwd'], clone, { ...environment, HOME: home });
  assert.equal(ran.code, 0, `${ran.stdout}\n${ran.stderr}`);
  const project = ran.stdout.trim().split('\n').at(-1) ?? '';
  assert.ok(existsSync(join(project, '.claude/skills/release-notes/SKILL.md')), 'the skill is not installed');
  say(
    `- the tutorial, typed (published, approved, installed, policy written): ${seconds(startedAtMs)}, ${seconds(clonedAtMs)} since git clone`,
  );
}

/** Pastes what `npm start` printed, and does in the API what its sentences say to do on the pages. */
export async function typeThreeThings(newcomer: Newcomer, say: (line: string) => void): Promise<void> {
  const { output, url, home, folder, environment } = newcomer;
  const [path = '', registry = '', scan = '', deny = ''] = output.split('\n').filter((line) => /^ {9}\S/.test(line));
  const cwd = join(folder, 'pasted');
  mkdirSync(cwd);
  const paste = (line: string) => typed([path, registry, line], cwd, { ...environment, HOME: home });
  const scanned = await paste(scan);
  assert.ok(scanned.code <= 1, scanned.stderr);
  const before = JSON.parse((await paste(deny)).stdout);
  assert.equal(before.error.code, 'PERMISSION_DENIED');

  const id = /admin\/reviews\/(skv-\w+)/.exec(output)?.[1] ?? '';
  const { email, password } = accountOf(newcomer, null, 'reviewer');
  const reviewer = await signIn(url, email, password);
  const { findings } = await reviewer.skills.report(id);
  await reviewer.reviews.decide(id, {
    status: 'approved',
    notes: 'One host more, read only.',
    acknowledged: findings.map((finding) => finding.id),
  });
  const owner = accountOf(newcomer, 'acme', 'owner');
  const tenantId = owner.tenantId ?? '';
  const asOwner = await signIn(url, owner.email, owner.password);
  const { agents } = await asOwner.agents.list(tenantId);
  const agent = agents.find(({ name }) => name === 'treasury-desk');
  await asOwner.agents.install(tenantId, agent?.id ?? '', { privateSkillId: id });
  const after = await until('the agent lets the request out', ADOPTED_WITHIN_MS, async () => {
    const run = JSON.parse((await paste(deny)).stdout);
    return run.version === '1.1.0' ? run : null;
  });
  assert.notEqual(after.error?.code, 'PERMISSION_DENIED');
  assert.deepEqual(
    after.calls.map((call: { allowed: boolean }) => call.allowed),
    [true],
  );
  say(`- three things to try: scanned (exit ${scanned.code}); denied before, ${JSON.stringify(after.error)} after`);
}
