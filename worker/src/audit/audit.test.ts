import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { createWorld, publishApproved, type TestTenant, type World } from '../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

async function createAgent(tenant: TestTenant): Promise<string> {
  const { id } = await tenant.owner.json<{ id: string }>(`/api/tenants/${tenant.id}/agents`, {
    method: 'POST',
    body: { name: 'audited' },
  });
  return id;
}

describe('audit', () => {
  test('every mutation leaves its event, and nothing can change one (A243)', async () => {
    const agent = await createAgent(world.acme);
    const versionId = await publishApproved(world, world.acme);
    const base = `/api/tenants/${world.acme.id}/agents/${agent}`;
    await world.acme.member.json(`${base}/skills/private`, { method: 'POST', body: { privateSkillId: versionId } });
    await world.acme.owner.json(`${base}/base`, { method: 'PUT', body: { network: ['llm.models.example'] } });
    const { events } = await world.acme.owner.json<{
      events: { action: string; actor: { id: string }; targetId: string }[];
    }>(`/api/audit?tenantId=${world.acme.id}&limit=200`);
    const actions = new Set(events.map((event) => event.action));
    for (const action of [
      'skill:publish',
      'skill:review',
      'install:write',
      'agent:write',
      'base:propose',
      'member:invite',
      'invitation:accept',
      'tenant:create',
    ]) {
      expect(actions).toContain(action);
    }
    expect(events.find((event) => event.action === 'skill:review')).toMatchObject({
      actor: { id: world.reviewer.id },
      targetId: versionId,
    });
    await expect(env.DB.prepare("update audit_events set action = 'x'").run()).rejects.toThrow(/append-only/);
    await expect(env.DB.prepare('delete from audit_events').run()).rejects.toThrow(/append-only/);
  });

  test('a member does not read it, another tenant does not know it', async () => {
    expect((await world.acme.member.fetch(`/api/audit?tenantId=${world.acme.id}`)).status).toBe(403);
    expect((await world.globex.owner.fetch(`/api/audit?tenantId=${world.acme.id}`)).status).toBe(404);
  });
});
