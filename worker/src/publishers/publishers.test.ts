import { beforeAll, describe, expect, test } from 'vitest';
import { createJob, createPublisher, githubPublisher } from '../testing/jobs.ts';
import { createWorld, type Person, packSkill, upload, type World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

const trust = (who: Person, change: Record<string, unknown> = {}) =>
  who.fetch(`/api/tenants/${world.acme.id}/publishers`, {
    method: 'POST',
    body: { ...githubPublisher('exporter'), ...change },
  });

// What a real issuer signs is tried end to end, in e2e/trusted-publishing.test.ts.
describe('trusted publishers (X6)', () => {
  test.each([
    ['a name where a number is wanted', { claims: { repository_id: 'acme', repository_owner_id: '22' } }],
    ['an id too few', { claims: { repository_id: '11' } }],
    ['a claim that GitHub does not have', { claims: { repository_id: '11', repository_owner_id: '22', ref: 'x' } }],
    ['no workflow', { workflows: [] }],
    ['a path for a workflow', { workflows: ['../publish.yml'] }],
    ['an issuer that is not trusted', { issuerId: 'gitlab' }],
    ['a name that no skill can have', { skillName: 'Not A Skill' }],
  ])('%s is refused', async (_, change) => {
    expect((await trust(world.acme.owner, change)).status).toBe(422);
  });

  test('a skill that does not exist yet waits for its first version; a job publishes that one and no other', async () => {
    await createPublisher(world.acme.owner, world.acme.id, 'pending-one');
    const job = await createJob(world.acme.owner, world.acme.id, 'exporter');
    const listed = async () => {
      const path = `/api/tenants/${world.acme.id}/publishers`;
      const { publishers } = await world.acme.owner.json<{ publishers: { skillName: string; pending: boolean }[] }>(
        path,
      );
      return Object.fromEntries(publishers.map(({ skillName, pending }) => [skillName, pending]));
    };
    expect(await listed()).toEqual({ 'pending-one': true, exporter: true });
    expect((await upload(job, world.acme.id, packSkill({ name: 'exporter' }))).status).toBe(201);
    expect((await upload(job, world.acme.id, packSkill({ name: 'pending-one' }))).status).toBe(403);
    expect((await upload(job, world.globex.id, packSkill({ name: 'exporter' }))).status).toBe(404);
    expect(await listed()).toEqual({ 'pending-one': true, exporter: false });
  });

  test('a token ends with the trust, and what is no token is not asked about anywhere', async () => {
    const job = await createJob(world.acme.owner, world.acme.id, 'ends');
    expect((await job.fetch('/api/me')).status).toBe(200);
    await world.acme.owner.json(`/api/tenants/${world.acme.id}/publishers/${job.id}`, { method: 'DELETE' });
    await expect.poll(async () => (await job.fetch('/api/me')).status, { timeout: 5000 }).toBe(401);
    const answer = await world.nobody.fetch('/api/ci/token', {
      method: 'POST',
      body: { token: 'x.y.z', skill: 'ends' },
    });
    expect([answer.status, (await answer.json<{ error: string }>()).error]).toEqual([400, 'invalid_grant']);
  });
});
