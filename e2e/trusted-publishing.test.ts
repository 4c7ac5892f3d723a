import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@aegis/skill-sdk/client';
import { AegisError } from '@aegis/skill-sdk/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { invitePeople, type People } from '../scripts/demo-people.ts';
import { type Stack, startStack } from '../scripts/stack.ts';
import { aegisWith, temporaryFolder } from './cli.ts';
import { type OidcIssuer, startOidcIssuer } from './oidc-issuer.ts';

// A registry of its own, which trusts an issuer that this test runs on loopback.
const SKILL = 'crm-export';
const JOB = {
  sub: 'repo:acme/skills:ref:refs/heads/main',
  repository: 'acme/skills',
  repository_id: '11',
  repository_owner_id: '22',
  workflow_ref: 'acme/skills/.github/workflows/publish.yml@refs/heads/main',
  event_name: 'push',
};

let folder: string;
let issuer: OidcIssuer;
let stack: Stack;
let people: People;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aegis-oidc-'));
  issuer = await startOidcIssuer(() => stack.url);
  issuer.job = JOB;
  const other = { id: 'forge', issuer: `${issuer.url}`, kind: 'github', claims: [] };
  stack = await startStack({ stateDir: folder, dashboard: false, demo: true, trustedIssuers: JSON.stringify([other]) });
  people = await invitePeople(stack.url, stack.secrets.setupToken);
  await people.tenants.acme.owner.client.publishers.create(people.tenants.acme.tenantId, {
    skillName: SKILL,
    issuerId: 'forge',
    label: 'acme/skills',
    claims: { repository_id: '11', repository_owner_id: '22' },
    workflows: ['publish.yml'],
  });
}, 240_000);
afterAll(async () => {
  await stack.stop();
  await issuer.stop();
  rmSync(folder, { recursive: true, force: true });
});

const anyone = () => createClient({ url: stack.url });
/** What an exchange comes to: the token, or code and words of the refusal. */
async function exchange(token: string, skill = SKILL): Promise<string> {
  try {
    return (await anyone().publishers.exchange({ token, skill })).access_token;
  } catch (error) {
    if (error instanceof AegisError) return `${error.code}: ${error.detail}`;
    throw error;
  }
}
const listed = async () => {
  const { owner, tenantId } = people.tenants.acme;
  return (await owner.client.publishers.list(tenantId)).publishers.find(({ skillName }) => skillName === SKILL);
};

describe('publishing from CI without a secret (X6, A227)', () => {
  it('a job publishes the first version of a skill, by its OIDC token alone, and waits for the analysis', async () => {
    expect(await listed()).toMatchObject({ pending: true, lastUsedAt: null });
    const home = temporaryFolder();
    const environment = { AEGIS_REGISTRY: stack.url, ...issuer.runner };
    const made = await aegisWith(home, ['init', SKILL, '--yes'], environment);
    expect(made.code, made.stderr).toBe(0);
    const ran = await aegisWith(home, ['publish', SKILL, '--wait'], environment);
    expect(ran.code, ran.stderr + ran.stdout).toBe(0);
    expect(ran.stderr).toContain(`Publishing ${SKILL} as this CI job`);
    expect(await listed()).toMatchObject({ pending: false, lastUsedAt: expect.any(String) });
    const { skills } = await people.tenants.acme.owner.client.skills.list({ name: SKILL });
    expect(skills[0]?.publishedBy).toMatchObject({ kind: 'ci', name: 'acme/skills' });
    // Nobody who may publish here approves what a job published: whoever changes the workflow could do both.
    const stray = await aegisWith(home, ['publish', SKILL], { ...environment, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' });
    expect(stray.code).not.toBe(0);
  });

  it.each([
    ['a token for another registry', {}, { audience: 'https://other.example' }, 'wanted http://localhost'],
    ['an expired one', {}, { issuedInSeconds: -400, expiresInSeconds: -100 }, 'has expired'],
    ['one that is old, whatever it says', {}, { issuedInSeconds: -700, expiresInSeconds: 9000 }, 'ten minutes'],
    ['one with a key that the issuer does not publish', {}, { stranger: true }, 'does not publish'],
    ['another repository with the same name', { repository_id: '99' }, {}, 'repository_id 99'],
    ['the same name under a new owner', { repository_owner_id: '99' }, {}, 'repository_owner_id 99'],
    ['another workflow', { workflow_ref: 'acme/skills/.github/workflows/test.yml@x' }, {}, 'test.yml'],
    ['a pull request', { event_name: 'pull_request' }, {}, 'event_name pull_request'],
  ])('%s is refused, with what it says of itself', async (_, claims, how, words) => {
    const answer = await exchange(await issuer.mint({ ...JOB, ...claims }, how));
    expect(answer).toMatch(/^INVALID_GRANT: /);
    expect(answer).toContain(words);
  });

  it('a renamed repository is still the same one', async () => {
    const renamed = { repository: 'acme/tools', workflow_ref: 'acme/tools/.github/workflows/publish.yml@refs/tags/v1' };
    expect(await exchange(await issuer.mint({ ...JOB, ...renamed }))).toMatch(/^aec_/);
  });

  it('a token is exchanged once, also of two at once (replay)', async () => {
    const token = await issuer.mint(JOB);
    const answers = await Promise.all([exchange(token), exchange(token)]);
    expect(answers.filter((answer) => answer.startsWith('aec_'))).toHaveLength(1);
    expect(await exchange(token)).toContain('was exchanged before');
    const again = await issuer.mint(JOB, { jti: 'the-same' });
    expect(await exchange(again)).toMatch(/^aec_/);
    expect(await exchange(await issuer.mint(JOB, { jti: 'the-same' }))).toContain('was exchanged before');
  });

  it('what is no token, unsigned, signed with a shared secret, or of a stranger, tells nothing and gets nothing', async () => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { ...JOB, iss: issuer.url, aud: stack.url, iat: 1, exp: 4_000_000_000, jti: 'x' };
    expect(await exchange('made-up')).toContain('is no token');
    expect(await exchange(`${encode({ alg: 'none' })}.${encode(claims)}.`)).toMatch(/^INVALID_GRANT/);
    expect(await exchange(`${encode({ alg: 'HS256' })}.${encode(claims)}.AAAA`)).toMatch(/^INVALID_GRANT/);
    const foreign = `${encode({ alg: 'RS256' })}.${encode({ ...claims, iss: 'https://evil.example' })}.AAAA`;
    expect(await exchange(foreign)).toContain('does not trust');
    // A skill that nobody trusts it with, and one that does not exist, answer alike.
    const words = async (skill: string) => (await exchange(await issuer.mint(JOB), skill)).replace(skill, 'SKILL');
    expect(await words('exchange-rates')).toBe(await words('never-heard-of'));
  });

  it('a new key of the issuer is found', async () => {
    issuer.rotate();
    await expect.poll(async () => await exchange(await issuer.mint(JOB)), { timeout: 30_000 }).toMatch(/^aec_/);
  });

  it('the token reaches its one skill and nothing else, and ends with the trust', async () => {
    const token = await exchange(await issuer.mint(JOB));
    const job = createClient({ url: stack.url, token });
    const { owner, tenantId } = people.tenants.acme;
    const home = temporaryFolder();
    const environment = { AEGIS_REGISTRY: stack.url, AEGIS_TOKEN: token };
    await aegisWith(home, ['init', 'other-skill', '--yes'], environment);
    const foreign = await aegisWith(home, ['publish', 'other-skill', '--tenant', tenantId], environment);
    expect([foreign.code, foreign.stderr]).toEqual([1, expect.stringContaining(`for the skill ${SKILL} alone`)]);
    for (const attempt of [
      () => job.skills.list(),
      () => job.skills.resolve({ name: SKILL }),
      () => job.keys.list(tenantId),
      () => job.agents.list(tenantId),
      () => job.tenants.get(tenantId),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const publisher = await listed();
    expect((await job.me()).kind).toBe('ci');
    await owner.client.publishers.remove(tenantId, publisher?.id ?? '');
    await expect
      .poll(
        () =>
          job.me().then(
            () => 'alive',
            (error: AegisError) => error.code,
          ),
        { timeout: 10_000 },
      )
      .toBe('UNAUTHENTICATED');
    expect(await exchange(await issuer.mint(JOB))).toMatch(/^INVALID_GRANT/);
  });
});
