import { env } from 'cloudflare:workers';
import { verifyBase } from '@aegis/skill-sdk/approval';
import type { Agent } from '@aegis/skill-sdk/wire/agents';
import type { KeySet } from '@aegis/skill-sdk/wire/clusters';
import type { BaseReview, ReviewTask, ReviewWorkspace } from '@aegis/skill-sdk/wire/reviews';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createWorld,
  enrolCluster,
  type Person,
  packSkill,
  publishApproved,
  type SkillOptions,
  upload,
  type World,
} from '../testing/world.ts';

let world: World;
let names = 0;

beforeAll(async () => {
  world = await createWorld();
}, 120_000);

/** Has one finding, which says only what it is. */
const KNOWN = 'export const load = (name) => import(name);\n';
/** A name that no other test uses. */
const fresh = () => `skill-${++names}`;
const publish = async (options: SkillOptions = {}, tenant = world.acme) =>
  ((await (await upload(tenant.author, tenant.id, packSkill({ name: fresh(), ...options }))).json()) as { id: string })
    .id;
const reviewPath = (id: string) => `/api/admin/skills/private/${id}/review`;
const send = (person: Person, path: string, body: object, method = 'PUT') => person.fetch(path, { method, body });
const decide = (id: string, body: object, person = world.reviewer) => send(person, reviewPath(id), body);
const approve = (id: string, more: object = {}) => decide(id, { status: 'approved', notes: 'Read.', ...more });
const problemOf = async (answer: Response) =>
  [answer.status, ((await answer.json()) as { code: string }).code] as [number, string];
const workspace = (id: string, person = world.reviewer) => person.json<ReviewWorkspace>(reviewPath(id));
const count = async (sql: string, ...values: unknown[]) =>
  (
    await env.DB.prepare(sql)
      .bind(...values)
      .first<{ n: number }>()
  )?.n;
const changesOf = (id: string) => count('select count(*) as n from changes where subject_id = ?', id);
const keys = () => world.nobody.json<KeySet>('/.well-known/aegis/keys.json');

describe('the workspace (A171)', () => {
  it('holds everything that a reviewer decides by', async () => {
    const name = fresh();
    const text = (path: string, content: string) => ({
      path,
      bytes: new TextEncoder().encode(content),
      mode: '0644' as const,
    });
    const old = await publishApproved(world, world.acme, {
      name,
      hosts: ['a.two.example'],
      files: [text('OLD.md', 'old'), text('lib/known.js', KNOWN)],
    });
    const { owner, id: tenantId } = world.acme;
    const agent = await owner.json<Agent>(`/api/tenants/${tenantId}/agents`, {
      method: 'POST',
      body: { name: fresh() },
    });
    await owner.json(`/api/tenants/${tenantId}/agents/${agent.id}/skills/private`, {
      method: 'POST',
      body: { privateSkillId: old },
    });
    const cluster = await enrolCluster(world.admin, 'workspace');
    await world.admin.json(`/api/admin/clusters/${cluster.id}/tenants/${tenantId}`, { method: 'PUT', body: {} });

    const id = await publish({
      name,
      version: '1.1.0',
      hosts: ['a.two.example', 'b.two.example'],
      // The line that was approved moved down, and there is another one.
      files: [
        text('NEW.md', 'new'),
        text('lib/known.js', `// moved\n${KNOWN}export const other = (name) => import(name + '.js');\n`),
      ],
    });
    const found = await workspace(id);
    expect(found).toMatchObject({
      skill: { id, name, version: '1.1.0', status: 'pending_review' },
      diff: { against: { id: old, version: '1.0.0' }, widens: true },
      report: { state: 'done' },
      decisions: [],
      revision: 0,
      can: { approve: { allowed: true }, reject: { allowed: true }, revoke: { allowed: false } },
    });
    expect(found.effect.agents).toBe(1);
    expect(found.effect.tenantAgents).toBeGreaterThanOrEqual(1);
    expect(found.effect.clusters).toContainEqual({
      id: cluster.id,
      name: 'workspace',
      mode: 'soft',
      enforcement: 'unknown',
    });
    expect(found.effect.hosts.join()).toContain('b.two.example');
    expect(found.effect.hosts.join()).not.toContain('a.two.example');
    expect(Object.fromEntries(found.fileChanges.map(({ path, change }) => [path, change]))).toEqual({
      'NEW.md': 'added',
      'OLD.md': 'removed',
      'handlers/greet.js': 'same',
      'lib/known.js': 'changed',
      'manifest.yaml': 'changed',
    });
    expect(found.newFindings).toEqual([expect.stringMatching(/^dynamic-load:lib\/known\.js:/)]);
    expect((await workspace(old)).newFindings).toBeNull();
    expect(found.gates.map(({ id: gate, state }) => `${gate} ${state}`)).toEqual([
      'analysis ok',
      'critical ok',
      'ticks ok',
      'inspected ok',
      'dry-run attention',
      'wider attention',
      'publisher ok',
    ]);
    const byAuditor = await workspace(id, world.auditor);
    expect(byAuditor.can.approve).toMatchObject({ allowed: false, reason: expect.stringContaining('auditor') });
  });

  it('and the queue are for people of the platform', async () => {
    const id = await publish();
    for (const path of [reviewPath(id), '/api/admin/reviews']) {
      expect((await world.acme.owner.fetch(path)).status).toBe(404);
      expect((await world.nobody.fetch(path)).status).toBe(401);
      expect((await world.auditor.fetch(path)).status).toBe(200);
    }
    expect((await world.reviewer.fetch(reviewPath('skv-00000000000000000000000000'))).status).toBe(404);
    expect((await world.reviewer.fetch(reviewPath('nonsense'))).status).toBe(404);
    expect((await decide(id, { status: 'approved' }, world.auditor)).status).toBe(403);
    expect((await decide(id, { status: 'approved' }, world.acme.owner)).status).toBe(403);
    expect((await decide(id, { status: 'approved' }, world.globex.owner)).status).toBe(404);
    expect((await decide(id, { status: 'approved' }, world.nobody)).status).toBe(401);
  });
});

describe('the queue', () => {
  const queue = (query = '') =>
    world.reviewer.json<{ reviews: ReviewTask[]; nextCursor: string | null }>(`/api/admin/reviews?${query}`);
  const propose = async (hosts: string[]) => {
    const { owner, id: tenantId } = world.globex;
    const agent = await owner.json<Agent>(`/api/tenants/${tenantId}/agents`, {
      method: 'POST',
      body: { name: fresh() },
    });
    const proposed = await owner.json<Agent>(`/api/tenants/${tenantId}/agents/${agent.id}/base`, {
      method: 'PUT',
      body: { network: hosts },
    });
    return { agentId: agent.id, baseId: proposed.proposedBase?.id ?? '', agentName: agent.name };
  };

  it('shows versions and base permissions that wait, oldest first, page by page', async () => {
    const name = fresh();
    await publishApproved(world, world.globex, { name, hosts: ['a.three.example'] });
    const first = await publish(
      { name, version: '1.1.0', hosts: ['a.three.example', 'b.three.example'] },
      world.globex,
    );
    const { baseId, agentName } = await propose(['models.example']);
    const last = await publish({}, world.globex);
    const mine = [first, baseId, last];
    const whole = (await queue(`tenantId=${world.globex.id}&limit=200`)).reviews.filter(({ id }) => mine.includes(id));
    expect(whole.map(({ id }) => id)).toEqual(mine);
    expect(whole[0]).toMatchObject({
      kind: 'skill',
      title: `${name} 1.1.0`,
      wider: 1,
      critical: 0,
      tenantName: 'globex',
    });
    expect(whole[1]).toMatchObject({
      kind: 'base',
      title: `base permissions of ${agentName}`,
      version: null,
      wider: 1,
    });

    const seen: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 50; pages++) {
      const page = await queue(`tenantId=${world.globex.id}&limit=2${cursor}`);
      seen.push(...page.reviews.map(({ id }) => id));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(seen.filter((id) => mine.includes(id))).toEqual(mine);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('forgets what was decided', async () => {
    const id = await publish({}, world.globex);
    await approve(id);
    expect((await queue('limit=200')).reviews.map((task) => task.id)).not.toContain(id);
  });

  it('holds exactly the versions that nobody decided about: not the deleted, nor what goes back to its author', async () => {
    const [asked, deleted, waiting] = [await publish(), await publish(), await publish()];
    await decide(asked, { status: 'rejected', notes: 'Change this.', reasonCodes: ['quality'] });
    await world.acme.author.json(`/api/skills/private/${deleted}`, { method: 'DELETE' });
    const queued = (await env.DB.prepare('select version_id as id from review_queue order by 1').all()).results;
    const undecided = await env.DB.prepare(
      "select p.id from private_skills p where deleted_at_ms is null and not exists (select 1 from version_decisions d where d.version_id = p.id and d.kind in ('approved', 'rejected')) order by 1",
    ).all();
    expect(queued).toEqual(undecided.results);
    expect(queued).toContainEqual({ id: waiting });
  });

  it('base permissions are approved once, signed, and enforced from then on', async () => {
    const { agentId, baseId } = await propose(['models.example']);
    const path = `/api/admin/bases/${baseId}/review`;
    expect(await world.reviewer.json<BaseReview>(path)).toMatchObject({
      id: baseId,
      agentId,
      state: 'pending_review',
      changes: [{ change: 'wider', kind: 'network' }],
      can: { approve: { allowed: true } },
    });
    expect((await world.globex.owner.fetch(path)).status).toBe(404);
    expect((await send(world.globex.owner, path, { status: 'approved' })).status).toBe(403);
    expect((await send(world.acme.owner, path, { status: 'approved' })).status).toBe(404);
    const before = (await changesOf(agentId)) ?? 0;
    expect((await send(world.reviewer, path, { status: 'approved' })).status).toBe(200);
    expect(await changesOf(agentId)).toBe(before + 1);
    expect(await problemOf(await send(world.admin, path, { status: 'rejected', notes: 'No.' }))).toEqual([
      409,
      'STATE_CONFLICT',
    ]);
    const agent = await world.globex.owner.json<Agent>(`/api/tenants/${world.globex.id}/agents/${agentId}`);
    expect(agent).toMatchObject({ base: { id: baseId, state: 'approved' }, proposedBase: null });
    const row = await env.DB.prepare('select envelope from base_decisions where base_id = ?')
      .bind(baseId)
      .first<{ envelope: string }>();
    const envelope = JSON.parse(row?.envelope ?? 'null');
    const predicate = await verifyBase(envelope, await keys(), { tenantId: world.globex.id, agentId });
    expect(predicate).toMatchObject({
      permissions: { network: [{ host: 'models.example' }] },
      reviewer: { id: world.reviewer.id },
    });
  });

  it('a newer proposal takes the place of an older one', async () => {
    const { agentId, baseId } = await propose(['one.example']);
    const path = `/api/tenants/${world.globex.id}/agents/${agentId}/base`;
    await world.globex.owner.json(path, { method: 'PUT', body: { network: ['two.example'] } });
    expect((await queue('limit=200')).reviews.map((task) => task.id)).not.toContain(baseId);
    expect(
      await problemOf(await send(world.reviewer, `/api/admin/bases/${baseId}/review`, { status: 'approved' })),
    ).toEqual([409, 'STATE_CONFLICT']);
  });
});

describe('marks (A96, X1)', () => {
  const path = (id: string, mark: string) =>
    mark === 'revocation' ? `/api/admin/skills/private/${id}/revocation` : `/api/skills/private/${id}/${mark}`;
  const statusOf = async (id: string) =>
    (await world.acme.member.json<{ skill: { status: string } }>(`/api/skills/private/${id}`)).skill.status;

  it.each([
    ['deprecation', 'deprecated'],
    ['yank', 'yanked'],
    ['revocation', 'revoked'],
  ])('%s is set and lifted, each once, with a reason', async (mark, status) => {
    const id = await publishApproved(world, world.acme, { name: fresh() });
    const who = mark === 'revocation' ? world.admin : world.acme.author;
    expect(await problemOf(await send(who, path(id, mark), { reason: ' ' }))).toEqual([422, 'VALIDATION_FAILED']);
    expect((await send(who, path(id, mark), { reason: 'Because.' })).status).toBe(200);
    expect(await statusOf(id)).toBe(status);
    expect(await problemOf(await send(who, path(id, mark), { reason: 'Again.' }))).toEqual([409, 'STATE_CONFLICT']);
    expect((await send(who, path(id, mark), {}, 'DELETE')).status).toBe(200);
    expect(await statusOf(id)).toBe('approved');
    expect(await problemOf(await send(who, path(id, mark), {}, 'DELETE'))).toEqual([409, 'STATE_CONFLICT']);
    const { skill } = await world.acme.member.json<{ skill: { decisions: { kind: string }[] } }>(
      `/api/skills/private/${id}`,
    );
    expect(skill.decisions.map(({ kind }) => kind)).toEqual(['approved', status, `un${status}`]);
  });

  it('are lifted without a body, too', async () => {
    const id = await publishApproved(world, world.acme, { name: fresh() });
    await send(world.acme.author, path(id, 'yank'), { reason: 'Because.' });
    expect((await world.acme.author.fetch(path(id, 'yank'), { method: 'DELETE' })).status).toBe(200);
  });

  it('only a revocation changes what clusters run', async () => {
    const id = await publishApproved(world, world.acme, { name: fresh() });
    const before = (await changesOf(id)) ?? 0;
    await send(world.acme.author, path(id, 'deprecation'), { reason: 'Old.' });
    await send(world.acme.author, path(id, 'yank'), { reason: 'Broken.' });
    expect(await changesOf(id)).toBe(before);
    await send(world.admin, path(id, 'revocation'), { reason: 'Malicious.' });
    expect(await changesOf(id)).toBe(before + 1);
    expect(await statusOf(id)).toBe('revoked');
    await send(world.admin, path(id, 'revocation'), {}, 'DELETE');
    expect(await changesOf(id)).toBe(before + 2);
    expect(await statusOf(id)).toBe('yanked');
  });

  it('are for who may set them: owners and authors theirs, platform admins revocations', async () => {
    const id = await publishApproved(world, world.acme, { name: fresh() });
    const ask = { reason: 'Because.' };
    const table: [Person, string, number][] = [
      [world.acme.member, 'yank', 403],
      [world.acme.member, 'deprecation', 403],
      [world.acme.owner, 'revocation', 403],
      [world.reviewer, 'revocation', 403],
      [world.admin, 'yank', 403],
      [world.globex.owner, 'yank', 404],
      [world.globex.owner, 'deprecation', 404],
      [world.globex.owner, 'revocation', 404],
      [world.nobody, 'yank', 401],
    ];
    for (const [person, mark, status] of table) {
      expect([person.email, mark, (await send(person, path(id, mark), ask)).status]).toEqual([
        person.email,
        mark,
        status,
      ]);
      expect([person.email, mark, (await send(person, path(id, mark), {}, 'DELETE')).status]).toEqual([
        person.email,
        mark,
        status,
      ]);
    }
    expect(await statusOf(id)).toBe('approved');
  });

  it('are never on what was not approved', async () => {
    const id = await publish();
    for (const mark of ['deprecation', 'yank']) {
      expect(await problemOf(await send(world.acme.owner, path(id, mark), { reason: 'x' }))).toEqual([
        409,
        'STATE_CONFLICT',
      ]);
    }
    expect(await problemOf(await send(world.admin, path(id, 'revocation'), { reason: 'x' }))).toEqual([
      409,
      'STATE_CONFLICT',
    ]);
  });
});
