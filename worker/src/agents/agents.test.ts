import { beforeAll, describe, expect, test } from 'vitest';
import { createAgent, place, readState, readTenant } from '../testing/desired-state.ts';
import { createWorld, enrolCluster, publishApproved, type TestCluster, type World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

describe('agents and installs', () => {
  let cluster: TestCluster;
  let agentId: string;
  const skills = () => `/api/tenants/${world.acme.id}/agents/${agentId}/skills/private`;
  beforeAll(async () => {
    cluster = await enrolCluster(world.admin, 'agents');
    await place(world.admin, cluster, world.acme);
    agentId = await createAgent(world.acme, cluster, 'assistant');
  });

  test('an install, an upgrade, a rollback and an uninstall (A87, X1)', async () => {
    const one = await publishApproved(world, world.acme, { name: 'stepper', version: '1.0.0' });
    const two = await publishApproved(world, world.acme, { name: 'stepper', version: '1.1.0' });
    const install = (privateSkillId: string) =>
      world.acme.member.fetch(skills(), { method: 'POST', body: { privateSkillId } });
    expect((await install(one)).status).toBe(201);
    expect((await install(one)).status).toBe(200);
    expect(await (await install(two)).json()).toMatchObject({
      version: '1.1.0',
      rollbackTo: { version: '1.0.0' },
      enforcement: 'pending',
    });
    expect(await world.acme.member.json(`${skills()}/stepper/rollback`, { method: 'POST' })).toMatchObject({
      version: '1.0.0',
    });
    await world.acme.member.json(`${skills()}/stepper`, { method: 'DELETE' });
    expect((await world.acme.member.fetch(`${skills()}/stepper`, { method: 'DELETE' })).status).toBe(404);
    expect(await world.acme.member.json(skills())).toEqual({ installs: [], nextCursor: null });
  });

  test('a yanked version cannot be installed anew and stays where it is', async () => {
    const versionId = await publishApproved(world, world.acme, { name: 'yankee' });
    await world.acme.member.json(skills(), { method: 'POST', body: { privateSkillId: versionId } });
    await world.acme.author.json(`/api/skills/private/${versionId}/yank`, {
      method: 'PUT',
      body: { reason: 'Wrong units.' },
    });
    const other = await createAgent(world.acme, cluster, 'assistant-2');
    const answer = await world.acme.member.fetch(`/api/tenants/${world.acme.id}/agents/${other}/skills/private`, {
      method: 'POST',
      body: { privateSkillId: versionId },
    });
    expect([answer.status, (await answer.json<{ code: string }>()).code]).toEqual([409, 'NOT_INSTALLABLE']);
    const { installs } = await world.acme.member.json<{ installs: { name: string; status: string }[] }>(skills());
    expect(installs).toContainEqual(expect.objectContaining({ name: 'yankee', status: 'yanked' }));
  });

  test('another tenant’s agent, version and install are 404 (A112)', async () => {
    const versionId = await publishApproved(world, world.acme, { name: 'private-thing' });
    for (const [method, path, body] of [
      ['GET', `/api/tenants/${world.acme.id}/agents/${agentId}`, undefined],
      ['PATCH', `/api/tenants/${world.acme.id}/agents/${agentId}`, {}],
      ['DELETE', `/api/tenants/${world.acme.id}/agents/${agentId}`, undefined],
      ['PUT', `/api/tenants/${world.acme.id}/agents/${agentId}/base`, { network: [] }],
      ['GET', skills(), undefined],
      ['POST', skills(), { privateSkillId: versionId }],
      ['GET', `/api/skills/private/${versionId}/installs`, undefined],
      ['GET', `/api/tenants/${world.globex.id}/agents/${agentId}`, undefined],
    ] as const) {
      expect([path, (await world.globex.owner.fetch(path, { method, body })).status]).toEqual([path, 404]);
    }
    const own = await world.globex.owner.json<{ id: string }>(`/api/tenants/${world.globex.id}/agents`, {
      method: 'POST',
      body: { name: 'thief' },
    });
    const answer = await world.globex.owner.fetch(`/api/tenants/${world.globex.id}/agents/${own.id}/skills/private`, {
      method: 'POST',
      body: { privateSkillId: versionId },
    });
    expect(answer.status).toBe(404);
  });

  test('a base is proposed, reviewed, signed, and only then opens something', async () => {
    const base = `/api/tenants/${world.acme.id}/agents/${agentId}/base`;
    const proposed = await world.acme.owner.json<{ proposedBase: { id: string } }>(base, {
      method: 'PUT',
      body: { network: ['llm.models.example'] },
    });
    const allowOf = async () => {
      const { document } = await readState(cluster);
      const found = document === null ? null : await readTenant(cluster, document, world.acme.id);
      return found?.agents.find((agent) => agent.agentId === agentId);
    };
    expect((await allowOf())?.allow.map((entry) => entry.host)).not.toContain('llm.models.example');
    await world.reviewer.json(`/api/admin/bases/${proposed.proposedBase.id}/review`, {
      method: 'PUT',
      body: { status: 'approved', notes: 'The model provider.' },
    });
    const after = await allowOf();
    expect(after?.allow).toContainEqual({
      host: 'llm.models.example',
      ports: [443],
      protocol: 'tls',
      origin: { kind: 'base', revision: 1 },
    });
    expect(after?.base?.payloadType).toBe('application/vnd.in-toto+json');
  });

  test('a base with an address or an unknown preset is refused with every reason', async () => {
    const answer = await world.acme.owner.fetch(`/api/tenants/${world.acme.id}/agents/${agentId}/base`, {
      method: 'PUT',
      body: { network: ['10.0.0.1', 'ok.example'], presets: ['nonsense'] },
    });
    expect(answer.status).toBe(422);
    expect((await answer.json<{ errors: unknown[] }>()).errors.length).toBeGreaterThanOrEqual(2);
  });

  test('an agent is bound only to clusters of its tenant, and names are unique', async () => {
    const elsewhere = await enrolCluster(world.admin, 'elsewhere');
    const create = (body: Record<string, unknown>) =>
      world.acme.owner.fetch(`/api/tenants/${world.acme.id}/agents`, { method: 'POST', body });
    expect((await create({ name: 'lost', clusterId: elsewhere.id })).status).toBe(422);
    expect((await create({ name: 'assistant' })).status).toBe(409);
    expect((await create({ name: 'Not Valid' })).status).toBe(422);
  });
});
