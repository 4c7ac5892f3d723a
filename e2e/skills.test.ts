import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AegisError } from '@aegis/skill-sdk/errors';
import { expect, it } from 'vitest';
import { aegis, temporaryFolder } from './cli.ts';
import { account, byKey, bySession, tenantIdOf } from './people.ts';

/** What a new skill of that name is like after `aegis init`. */
async function initialised(name: string): Promise<string> {
  const cwd = temporaryFolder();
  const made = await aegis(['init', name, '--author', 'Test', '--yes'], { cwd });
  expect(made, made.stderr).toMatchObject({ code: 0 });
  return join(cwd, name);
}

async function publish(folder: string, tenant: 'acme' | 'globex' = 'acme'): Promise<string> {
  const done = await aegis(['publish', '--wait', '--json'], { cwd: folder, as: account(tenant, 'author') });
  expect(done, done.stderr + done.stdout).toMatchObject({ code: 0 });
  return idIn(done.stdout);
}

function idIn(json: string): string {
  const id = /"(skv-[0-9a-z]{26})"/.exec(json)?.[1];
  if (id === undefined) throw new Error(`no version id in ${json}`);
  return id;
}

async function decide(
  id: string,
  status: 'approved' | 'rejected',
  rest: { notes?: string; reasonCodes?: 'quality'[] } = {},
) {
  const reviewer = bySession(account('platform', 'reviewer'));
  return await reviewer.reviews.decide(id, { status, ...rest });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return await promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof AegisError ? error.code : String(error)),
  );
}

it('a private skill is uploaded, validated and waits for a reviewer (A218, A81-A83, A231-A233)', async () => {
  const folder = await initialised('e2e-upload');
  const validated = await aegis(['validate'], { cwd: folder });
  expect(validated.stdout).toContain('✓ Manifest valid');
  const id = await publish(folder);
  const { skill, installationCount } = await byKey(account('acme', 'author')).skills.get(id);
  expect(skill).toMatchObject({ name: 'e2e-upload', version: '1.0.0', status: 'pending_review', manifestValid: true });
  expect(skill.report?.state).toBe('done');
  expect(installationCount).toBe(0);
});

it('an invalid manifest is refused by the CLI and by the registry, with the place of each error (A219)', async () => {
  const folder = await initialised('e2e-invalid');
  const path = join(folder, 'manifest.yaml');
  writeFileSync(
    path,
    readFileSync(path, 'utf8').replace('version: "1.0.0"', 'version: "one"').replace('"string"', '"text"'),
  );
  const validated = await aegis(['validate'], { cwd: folder });
  expect(validated.code).toBe(1);
  expect(validated.stdout + validated.stderr).toContain('✗ Errors found');
  expect(validated.stdout + validated.stderr).toMatch(/manifest\.yaml:\d+:\d+/);
  const published = await aegis(['publish'], { cwd: folder, as: account('acme', 'author') });
  expect(published.code).toBe(1);
});

it('an approved skill is installed on an agent and a pending one is not (A220, A113, A234)', async () => {
  const folder = await initialised('e2e-install');
  const id = await publish(folder);
  const owner = bySession(account('acme', 'owner'));
  const tenantId = tenantIdOf('acme');
  const agent = await owner.agents.create(tenantId, { name: 'e2e-install-agent' });
  expect(await codeOf(owner.agents.install(tenantId, agent.id, { privateSkillId: id }))).toBe('NOT_INSTALLABLE');
  await decide(id, 'approved');
  const install = await owner.agents.install(tenantId, agent.id, { privateSkillId: id });
  expect(install).toMatchObject({
    name: 'e2e-install',
    version: '1.0.0',
    status: 'approved',
    enforcement: 'no_cluster',
  });
  expect((await owner.skills.get(id)).installationCount).toBe(1);
});

it('what is rejected tells its author why, and can be mended in a new version (A234, A265)', async () => {
  const folder = await initialised('e2e-rejected');
  const id = await publish(folder);
  await decide(id, 'rejected', { notes: 'Say in the README what it counts.', reasonCodes: ['quality'] });
  const status = await aegis(['status'], { cwd: folder, as: account('acme', 'author') });
  expect(status.stdout).toContain('Say in the README what it counts.');
  const path = join(folder, 'manifest.yaml');
  writeFileSync(path, readFileSync(path, 'utf8').replace('version: "1.0.0"', 'version: "1.0.1"'));
  const next = await publish(folder);
  expect(next).not.toBe(id);
  const { versions } = await byKey(account('acme', 'author')).skills.versions(next);
  expect(versions.map(({ version, status: state }) => [version, state]).sort()).toEqual([
    ['1.0.0', 'rejected'],
    ['1.0.1', 'pending_review'],
  ]);
});

it('a version number is used once: the same bytes are the same version, other bytes are refused', async () => {
  const folder = await initialised('e2e-once');
  const id = await publish(folder);
  expect(await publish(folder)).toBe(id);
  writeFileSync(join(folder, 'README.md'), 'other bytes');
  const refused = await aegis(['publish', '--json'], { cwd: folder, as: account('acme', 'author') });
  expect(refused.code).toBe(1);
  expect(refused.stdout + refused.stderr).toContain('VERSION_EXISTS');
});

it('no other tenant sees, lists, resolves, downloads or installs a private skill (A112)', async () => {
  const folder = await initialised('e2e-private');
  const id = await publish(folder);
  await decide(id, 'approved');
  const { skill } = await byKey(account('acme', 'owner')).skills.get(id);
  const stranger = byKey(account('globex', 'owner'));
  expect(await codeOf(stranger.skills.get(id))).toBe('NOT_FOUND');
  expect(await codeOf(stranger.skills.report(id))).toBe('NOT_FOUND');
  expect(await codeOf(stranger.skills.resolve({ name: 'e2e-private' }))).toBe('NOT_FOUND');
  expect(await codeOf(stranger.skills.download(skill.archiveDigest))).toBe('NOT_FOUND');
  expect((await stranger.skills.list({ q: 'e2e-private' })).skills).toEqual([]);
  const owner = bySession(account('globex', 'owner'));
  const { agents } = await owner.agents.list(tenantIdOf('globex'));
  const agentId = agents[0]?.id ?? '';
  expect(await codeOf(owner.agents.install(tenantIdOf('globex'), agentId, { privateSkillId: id }))).toBe('NOT_FOUND');
});

it('a package comes back byte for byte, and is checked against its signed approval before it is written (A104)', async () => {
  const folder = await initialised('e2e-verify');
  const id = await publish(folder);
  const target = temporaryFolder();
  const as = account('acme', 'member');
  const early = await aegis(['install', 'e2e-verify', '--dir', target], { cwd: target, as });
  expect(early.code).not.toBe(0);
  await decide(id, 'approved');
  const installed = await aegis(['install', 'e2e-verify', '--dir', target], { cwd: target, as });
  expect(installed, installed.stderr).toMatchObject({ code: 0 });
  const { skill } = await byKey(as).skills.get(id);
  const bytes = await byKey(as).skills.download(skill.archiveDigest);
  const archive = join(target, 'copy.tar.gz');
  writeFileSync(archive, bytes);
  const verified = await aegis(['verify', archive], { cwd: target, as });
  expect(verified, verified.stderr).toMatchObject({ code: 0 });
  bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
  writeFileSync(archive, bytes);
  expect((await aegis(['verify', archive], { cwd: target, as })).code).not.toBe(0);
});

it('a critical finding blocks the approval for everybody (A172)', async () => {
  const reviewer = bySession(account('platform', 'reviewer'));
  const { reviews } = await reviewer.reviews.list();
  const hostile = reviews.find(({ critical }) => critical > 0);
  expect(hostile).toBeDefined();
  const report = await reviewer.skills.report(hostile?.id ?? '');
  const acknowledged = report.findings.map((finding) => finding.id);
  const approval = reviewer.reviews.decide(hostile?.id ?? '', { status: 'approved', acknowledged });
  expect(await codeOf(approval)).toBe('FINDINGS_BLOCK_APPROVAL');
});
