import { env } from 'cloudflare:workers';
import { verifyApproval } from '@aegis/skill-sdk/approval';
import { digestOf } from '@aegis/skill-sdk/digest';
import type { KeySet } from '@aegis/skill-sdk/wire/clusters';
import type { ReviewAnswer, ReviewWorkspace } from '@aegis/skill-sdk/wire/reviews';
import type { ApprovalEnvelope } from '@aegis/skill-sdk/wire/skills';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createWorld,
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

/** A name that no other test uses. */
const fresh = () => `skill-${++names}`;
const EVAL = 'export default async ({ who }) => eval(who);\n';
const EXEC = `import { execFile } from 'node:child_process';\nexport default async ({ who }) => void execFile('ls', [String(who).slice(0, 20)]);\n`;
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
const auditsOf = (id: string) =>
  count('select count(*) as n from audit_events where target_id = ? and action like ?', id, 'skill:%');
const changesOf = (id: string) => count('select count(*) as n from changes where subject_id = ?', id);
const decisionsOf = (id: string) => count('select count(*) as n from version_decisions where version_id = ?', id);
const keys = () => world.nobody.json<KeySet>('/.well-known/aegis/keys.json');

describe('a decision (A86, A106)', () => {
  it('is recorded with its audit event and its change, and answered with the version as it is then', async () => {
    const id = await publish();
    const before = await changesOf(id);
    const answer = await approve(id, { revision: 0 });
    expect(answer.status).toBe(200);
    const { skill, decision } = (await answer.json()) as ReviewAnswer;
    expect(skill).toMatchObject({ id, status: 'approved', latest: true });
    expect(decision).toMatchObject({
      revision: 1,
      kind: 'approved',
      notes: 'Read.',
      decidedBy: { id: world.reviewer.id },
    });
    expect(await changesOf(id)).toBe((before ?? 0) + 1);
    const event = await env.DB.prepare(
      "select action, actor_id, before, after from audit_events where target_id = ? and action = 'skill:review'",
    )
      .bind(id)
      .first<Record<string, string>>();
    expect(event).toMatchObject({ actor_id: world.reviewer.id, before: '{"status":"pending_review"}' });
    expect(JSON.parse(event?.after ?? '')).toMatchObject({ kind: 'approved', revision: 1 });
  });

  it('signs an approval that anybody can check offline', async () => {
    const name = fresh();
    const bytes = packSkill({ name, hosts: ['api.one.example'] });
    const { id } = (await (await upload(world.acme.author, world.acme.id, bytes)).json()) as { id: string };
    await approve(id);
    const { skill } = await world.acme.member.json<{ skill: { report: { digest: string }; contentDigest: string } }>(
      `/api/skills/private/${id}`,
    );
    const envelope = await world.acme.member.json<ApprovalEnvelope>(`/api/skills/private/${id}/approval`);
    const expected = { tenantId: world.acme.id, name, version: '1.0.0', archiveDigest: await digestOf(bytes) };
    const predicate = await verifyApproval(envelope, await keys(), expected);
    expect(predicate).toMatchObject({
      contentDigest: skill.contentDigest,
      permissions: { network: [{ host: 'api.one.example' }] },
      reports: [{ kind: 'static', digest: skill.report.digest }],
      revision: 1,
      reviewer: { id: world.reviewer.id },
    });
    const other = { ...expected, version: '1.0.1' };
    await expect(verifyApproval(envelope, await keys(), other)).rejects.toThrow();
  });

  it('asking for changes goes back with reason codes, and a new decision may approve', async () => {
    const id = await publish();
    expect((await decide(id, { status: 'rejected', reasonCodes: ['missing_tests'] })).status).toBe(200);
    expect(await changesOf(id)).toBe(0);
    const { skill } = await world.acme.author.json<{ skill: object }>(`/api/skills/private/${id}`);
    expect(skill).toMatchObject({
      status: 'rejected',
      decisions: [{ kind: 'rejected', reasonCodes: ['missing_tests'] }],
    });
    expect(await problemOf(await decide(id, { status: 'rejected', notes: 'Again.' }))).toEqual([409, 'STATE_CONFLICT']);
    expect((await approve(id)).status).toBe(200);
    expect(await problemOf(await decide(id, { status: 'rejected', notes: 'No.' }))).toEqual([409, 'STATE_CONFLICT']);
    expect(await decisionsOf(id)).toBe(2);
  });

  it('of two reviewers at the same moment one wins, and the other leaves no row', async () => {
    const id = await publish();
    const answers = await Promise.all([
      decide(id, { status: 'approved', notes: 'Fine.' }, world.reviewer),
      decide(id, { status: 'rejected', notes: 'No.' }, world.admin),
      decide(id, { status: 'approved', notes: 'Fine too.' }, world.admin),
    ]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect((await problemOf(answer))[1]).toMatch(/REVIEW_CONFLICT|STATE_CONFLICT/);
    }
    expect([await decisionsOf(id), await auditsOf(id)]).toEqual([1, 2]);
    expect(await changesOf(id)).toBeLessThanOrEqual(1);
  });

  it('that reaches the database second is REVIEW_CONFLICT, and its audit and change roll back', async () => {
    const id = await publish();
    // The other reviewer’s row is there, but this one read the version before.
    const trigger = `create trigger race before insert on version_decisions when new.version_id = '${id}' and new.notes = 'second' begin
      insert into version_decisions select 'dec-race', new.tenant_id, new.version_id, new.revision, 'rejected', 'first', '[]', '[]', null, null, null, 'user', 'usr-x', 'x', 1; end`;
    await env.DB.prepare(trigger).run();
    expect(await problemOf(await approve(id, { notes: 'second' }))).toEqual([409, 'REVIEW_CONFLICT']);
    await env.DB.prepare('drop trigger race').run();
    expect([await decisionsOf(id), await auditsOf(id), await changesOf(id)]).toEqual([0, 1, 0]);
  });

  it('about a version that is deleted at the same moment is refused as a whole', async () => {
    const id = await publish();
    const trigger = `create trigger gone before insert on changes when new.subject_id = '${id}' begin
      update private_skills set deleted_at_ms = 1 where id = '${id}'; end`;
    await env.DB.prepare(trigger).run();
    expect(await problemOf(await approve(id))).toEqual([409, 'STATE_CONFLICT']);
    await env.DB.prepare('drop trigger gone').run();
    expect([await decisionsOf(id), await auditsOf(id), await changesOf(id)]).toEqual([0, 1, 0]);
    expect((await approve(id)).status).toBe(200);
  });

  it('rests on what the reviewer read', async () => {
    const id = await publish();
    expect(await problemOf(await approve(id, { revision: 7 }))).toEqual([409, 'REVIEW_CONFLICT']);
    expect(await problemOf(await approve(id, { reportDigest: `sha256:${'0'.repeat(64)}` }))).toEqual([
      409,
      'REVIEW_CONFLICT',
    ]);
    const { report, revision } = await workspace(id);
    expect((await approve(id, { revision, reportDigest: report?.digest })).status).toBe(200);
  });

  it.each([
    ['no status', {}],
    ['an unknown status', { status: 'deprecated' }],
    ['an unknown reason code', { status: 'rejected', reasonCodes: ['mood'] }],
  ])('with %s is 422', async (_, body) => {
    expect(await problemOf(await decide(await publish(), body))).toEqual([422, 'VALIDATION_FAILED']);
  });
});

describe('what stops an approval (A172)', () => {
  it('a critical finding, whatever is ticked', async () => {
    const id = await publish({ source: EVAL });
    const report = await world.reviewer.json<{ findings: { id: string }[] }>(`/api/skills/private/${id}/report`);
    const acknowledged = report.findings.map((finding) => finding.id);
    expect(await problemOf(await approve(id, { acknowledged }))).toEqual([409, 'FINDINGS_BLOCK_APPROVAL']);
    const { gates, can } = await workspace(id);
    expect(gates).toContainEqual(expect.objectContaining({ id: 'critical', state: 'stops' }));
    expect(can.approve).toMatchObject({ allowed: false, reason: expect.stringContaining('critical') });
    expect(can.reject).toEqual({ allowed: true });
    expect((await decide(id, { status: 'rejected', reasonCodes: ['unsafe_code'] })).status).toBe(200);
  });

  it('a finding without the reviewer’s recorded tick', async () => {
    const id = await publish({ source: EXEC });
    const report = await world.reviewer.json<{ findings: { id: string; severity: string; level?: string }[] }>(
      `/api/skills/private/${id}/report`,
    );
    const needed = report.findings.filter(({ severity, level }) => severity === 'high' || level !== undefined);
    expect(needed.length).toBeGreaterThan(0);
    const refused = await approve(id);
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({
      code: 'FINDINGS_NOT_ACKNOWLEDGED',
      meta: { findings: needed.map((finding) => finding.id) },
    });
    const answer = await approve(id, { acknowledged: needed.map((finding) => finding.id) });
    expect(answer.status).toBe(200);
    expect(((await answer.json()) as ReviewAnswer).decision.acknowledged).toEqual(needed.map((finding) => finding.id));
  });

  it('wider permissions without a note', async () => {
    const name = fresh();
    await publishApproved(world, world.acme, { name, hosts: ['a.one.example'] });
    const id = await publish({ name, version: '1.1.0', hosts: ['a.one.example', 'b.one.example'] });
    expect(await problemOf(await approve(id, { notes: ' ' }))).toEqual([422, 'VALIDATION_FAILED']);
    expect((await approve(id)).status).toBe(200);
  });

  it('a reviewer who published it, also through a key', async () => {
    const { owner, id: tenantId } = world.globex;
    const { url } = await owner.json<{ url: string }>(`/api/tenants/${tenantId}/invitations`, {
      method: 'POST',
      body: { email: world.reviewer.email, role: 'author' },
    });
    const token = new URL(url).searchParams.get('token');
    await world.nobody.json('/api/invitations/accept', {
      method: 'POST',
      body: { token, name: 'Rae reviewer', password: 'Correct-Horse-7!' },
    });
    // Roles may be remembered for half a second.
    await expect
      .poll(async () => (await upload(world.reviewer, tenantId, packSkill({ name: 'warm-up' }))).status)
      .toBeLessThan(300);
    const id = async (answer: Response) => ((await answer.json()) as { id: string }).id;
    const own = await id(await upload(world.reviewer, tenantId, packSkill({ name: fresh() })));
    expect(await problemOf(await approve(own))).toEqual([403, 'REVIEWER_IS_PUBLISHER']);
    const { gates, can } = await workspace(own);
    expect(gates).toContainEqual(expect.objectContaining({ id: 'publisher', state: 'stops' }));
    expect(can.approve?.allowed).toBe(false);
    expect((await decide(own, { status: 'approved', notes: 'Fine.' }, world.admin)).status).toBe(200);

    const key = await owner.json<{ secret: string }>(`/api/tenants/${tenantId}/keys`, {
      method: 'POST',
      body: { name: 'ci', scopes: ['skill:publish'], ownedBy: 'tenant', days: 1 },
    });
    const robot = {
      ...world.nobody,
      fetch: (path: string, init: Parameters<Person['fetch']>[1] = {}) =>
        world.nobody.fetch(path, {
          ...init,
          headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${key.secret}` },
        }),
    };
    const byKey = await id(await upload(robot, tenantId, packSkill({ name: fresh() })));
    expect(await problemOf(await approve(byKey))).toEqual([403, 'REVIEWER_IS_PUBLISHER']);
    expect((await decide(byKey, { status: 'approved', notes: 'Fine.' }, world.admin)).status).toBe(200);
  });
});
