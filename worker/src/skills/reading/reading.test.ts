import { env } from 'cloudflare:workers';
import { digestOf } from '@aegis/skill-sdk/digest';
import { compareVersions, isPrerelease, latestOf } from '@aegis/skill-sdk/version';
import type { StaticReport } from '@aegis/skill-sdk/wire/reports';
import type { Resolution, Skill, SkillFileContent, SkillSummary } from '@aegis/skill-sdk/wire/skills';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createKey,
  createWorld,
  enrolCluster,
  type Person,
  packSkill,
  publishApproved,
  type SkillOptions,
  type TestTenant,
  upload,
  type World,
} from '../../testing/world.ts';

let world: World;
let names = 0;

beforeAll(async () => {
  world = await createWorld();
}, 120_000);

/** A name that no other test uses. */
const fresh = () => `skill-${++names}`;
const publish = async (tenant: TestTenant, options: SkillOptions) =>
  ((await (await upload(tenant.author, tenant.id, packSkill(options))).json()) as { id: string }).id;
const codeOf = async (answer: Response) => [answer.status, ((await answer.json()) as { code: string }).code];
const put = (person: Person, path: string, body: object) => person.json(path, { method: 'PUT', body });
const skillOf = async (person: Person, id: string) =>
  (await person.json<{ skill: Skill }>(`/api/skills/private/${id}`)).skill;

describe('the list of skills (A84, A105)', () => {
  type List = { skills: SkillSummary[]; nextCursor: string | null };
  const list = (person: Person, query: string) => person.json<List>(`/api/skills/private?${query}`);

  it('shows the newest version of each skill, and every version with all=true or a name', async () => {
    const name = fresh();
    const [older, newer] = [await publish(world.acme, { name }), await publish(world.acme, { name, version: '1.1.0' })];
    const idsOf = ({ skills }: List) => skills.filter((skill) => skill.name === name).map(({ id }) => id);
    expect(idsOf(await list(world.acme.member, 'limit=200'))).toEqual([newer]);
    expect(idsOf(await list(world.acme.member, 'limit=200&all=false'))).toEqual([newer]);
    expect(idsOf(await list(world.acme.member, 'limit=200&all=true'))).toEqual([newer, older]);
    expect(idsOf(await list(world.acme.member, `name=${name}`))).toEqual([newer, older]);
    const [first] = (await list(world.acme.member, `name=${name}`)).skills;
    expect(first).toMatchObject({
      name,
      version: '1.1.0',
      status: 'pending_review',
      versions: 2,
      agents: 0,
      latest: false,
    });
  });

  it('finds by name, host and digest, also text longer than a LIKE pattern may be', async () => {
    const name = `needle-${fresh()}`;
    const bytes = packSkill({ name, hosts: ['api.haystack.example'] });
    await upload(world.acme.author, world.acme.id, bytes);
    const digest = await digestOf(bytes);
    for (const q of [name.slice(0, 8), 'HAYSTACK.example', digest, digest.slice(7, 30)]) {
      expect((await list(world.acme.member, `q=${encodeURIComponent(q)}`)).skills.map((skill) => skill.name)).toEqual([
        name,
      ]);
    }
    expect((await list(world.acme.member, 'q=%25')).skills).toEqual([]);
  });

  it('by status, shows the newest version that has it', async () => {
    const name = fresh();
    const approved = await publishApproved(world, world.acme, { name });
    await publish(world.acme, { name, version: '2.0.0' });
    const { skills } = await list(world.acme.member, `status=approved&limit=200`);
    expect(skills.filter((skill) => skill.name === name).map(({ id }) => id)).toEqual([approved]);
  });

  it('pages by cursor without a gap or a repeat, and refuses a cursor that it did not make', async () => {
    const name = fresh();
    const ids = [];
    for (const version of ['1.0.0', '1.0.1', '1.0.2']) ids.push(await publish(world.acme, { name, version }));
    const seen: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 4; pages++) {
      const page = await list(world.acme.member, `name=${name}&limit=1${cursor}`);
      seen.push(...page.skills.map(({ id }) => id));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(seen).toEqual(ids.toReversed());
    expect(await codeOf(await world.acme.member.fetch('/api/skills/private?cursor=x'))).toEqual([
      400,
      'INVALID_REQUEST',
    ]);
    expect((await world.acme.member.fetch('/api/skills/private?limit=201')).status).toBe(422);
  });

  it('A112: shows tenants their own skills, and people of the platform all or one tenant’s', async () => {
    const name = fresh();
    await publish(world.acme, { name });
    const namesFor = async (person: Person, query = '') =>
      (await list(person, `limit=200&all=true${query}`)).skills.map((skill) => skill.name);
    expect(await namesFor(world.acme.member)).toContain(name);
    expect(await namesFor(world.globex.owner)).not.toContain(name);
    expect(await namesFor(world.auditor)).toContain(name);
    expect(await namesFor(world.auditor, `&tenantId=${world.globex.id}`)).not.toContain(name);
    expect((await world.globex.owner.fetch(`/api/skills/private?tenantId=${world.acme.id}`)).status).toBe(404);
    expect((await world.nobody.fetch('/api/skills/private')).status).toBe(401);
  });
});

describe('latest is the highest approved version that is neither yanked, revoked nor a prerelease', () => {
  const latestIn = async (name: string) => {
    const { skills } = await world.acme.member.json<{ skills: SkillSummary[] }>(`/api/skills/private?name=${name}`);
    return skills.filter(({ latest }) => latest).map(({ version }) => version);
  };

  it('by semver, not by time or by text', async () => {
    const name = fresh();
    const versions = ['2.0.0', '10.0.0', '9.10.0', '9.9.11', '11.0.0-rc.1', '1.0.0'];
    const ids = new Map<string, string>();
    for (const version of versions) ids.set(version, await publishApproved(world, world.acme, { name, version }));
    await publish(world.acme, { name, version: '12.0.0' });
    expect(await latestIn(name)).toEqual([latestOf(versions)]);
    const yank = (version: string) =>
      put(world.acme.owner, `/api/skills/private/${ids.get(version)}/yank`, { reason: 'Broken.' });
    const left = versions.filter((version) => !isPrerelease(version)).sort((one, other) => compareVersions(other, one));
    for (const version of left) {
      expect(await latestIn(name)).toEqual([version]);
      await yank(version);
    }
    expect(await latestIn(name)).toEqual([]);
  });
});

describe('resolve, on the way to an install (A113)', () => {
  const resolve = (query: string, person = world.acme.member) => person.fetch(`/api/skills/private/resolve?${query}`);

  it('answers the latest or the named version with its signed approval, and 304 when nothing changed', async () => {
    const name = fresh();
    const id = await publishApproved(world, world.acme, { name });
    await publishApproved(world, world.acme, { name, version: '0.9.0' });
    const answer = await resolve(`name=${name}`);
    expect(answer.status).toBe(200);
    const found = (await answer.json()) as Resolution;
    expect(found).toMatchObject({ id, name, version: '1.0.0', status: 'approved', warning: null, replacement: null });
    expect(found.approval.signatures).toHaveLength(1);
    const bytes = new Uint8Array(await (await world.acme.member.fetch(found.packageUrl)).arrayBuffer());
    expect(await digestOf(bytes)).toBe(found.archiveDigest);
    expect((await (await resolve(`name=${name}&version=0.9.0`)).json()) as Resolution).toMatchObject({
      version: '0.9.0',
    });
    const headers = { 'if-none-match': answer.headers.get('etag') ?? '' };
    const again = await world.acme.member.fetch(`/api/skills/private/resolve?name=${name}`, { headers });
    expect(again.status).toBe(304);
  });

  it('a program that asks again gets the same bytes, is counted again, and sees a change at once', async () => {
    const name = fresh();
    const bytes = packSkill({ name });
    const { id } = (await (await upload(world.acme.author, world.acme.id, bytes)).json()) as { id: string };
    await put(world.reviewer, `/api/admin/skills/private/${id}/review`, { status: 'approved', notes: 'Fine.' });
    const program = await createKey(world.acme.author, world.acme.id);
    const blob = `/api/skills/private/blobs/${await digestOf(bytes)}`;
    const left = ({ headers }: Response) => Number(/r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]);
    for (const path of [`/api/skills/private/resolve?name=${name}`, blob]) {
      const [first, second] = [await program.fetch(path), await program.fetch(path)];
      expect(left(second)).toBe(left(first) - 1);
      expect(second.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
      const own = ['x-request-id', 'ratelimit'];
      const shared = ({ headers }: Response) => [...headers].filter(([header]) => !own.includes(header));
      expect(shared(second)).toEqual(shared(first));
      expect(await second.bytes()).toEqual(await first.bytes());
      const etag = first.headers.get('etag') ?? '';
      expect((await program.fetch(path, { headers: { 'if-none-match': etag } })).status).toBe(304);
      const foreign = await createKey(world.globex.author, world.globex.id);
      expect((await foreign.fetch(path)).status).toBe(404);
      expect((await program.fetch(path, { headers: { 'aegis-wire': '0.0' } })).status).toBe(
        (await program.fetch('/api/skills/private', { headers: { 'aegis-wire': '0.0' } })).status,
      );
    }
    await put(world.admin, `/api/admin/skills/private/${id}/revocation`, { reason: 'Bad.' });
    expect((await program.fetch(`/api/skills/private/resolve?name=${name}`)).status).toBe(409);
  });

  it('a deprecated version warns and names its replacement', async () => {
    const name = fresh();
    const id = await publishApproved(world, world.acme, { name });
    await put(world.acme.author, `/api/skills/private/${id}/deprecation`, {
      reason: 'Old API.',
      replacement: `${name}@2.0.0`,
    });
    const found = (await (await resolve(`name=${name}`)).json()) as Resolution;
    expect(found).toMatchObject({ status: 'deprecated', replacement: `${name}@2.0.0` });
    expect(found.warning).toBe(`${name} 1.0.0 is deprecated. Old API. Use ${name}@2.0.0 instead.`);
  });

  const STATES: Record<string, (id: string) => Promise<unknown>> = {
    pending_review: () => Promise.resolve(),
    rejected: (id) =>
      put(world.reviewer, `/api/admin/skills/private/${id}/review`, { status: 'rejected', notes: 'No.' }),
    yanked: async (id) => {
      await put(world.reviewer, `/api/admin/skills/private/${id}/review`, { status: 'approved', notes: 'Fine.' });
      await put(world.acme.author, `/api/skills/private/${id}/yank`, { reason: 'Broken.' });
    },
    revoked: async (id) => {
      await put(world.reviewer, `/api/admin/skills/private/${id}/review`, { status: 'approved', notes: 'Fine.' });
      await put(world.admin, `/api/admin/skills/private/${id}/revocation`, { reason: 'Malicious.' });
    },
  };
  it.each(Object.keys(STATES))(
    'a version that is %s is not installable, and the answer names the status',
    async (status) => {
      const name = fresh();
      const id = await publish(world.acme, { name });
      await STATES[status]?.(id);
      for (const query of [`name=${name}&version=1.0.0`, `name=${name}`]) {
        const answer = await resolve(query);
        expect(answer.status).toBe(409);
        expect(await answer.json()).toMatchObject({ code: 'NOT_INSTALLABLE', meta: { status, version: '1.0.0' } });
      }
      expect(await skillOf(world.acme.member, id)).toMatchObject({ status, can: { install: { allowed: false } } });
    },
  );

  it('a prerelease is installed only by its version', async () => {
    const name = fresh();
    await publishApproved(world, world.acme, { name, version: '1.0.0-beta.1' });
    const answer = await resolve(`name=${name}`);
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ detail: expect.stringContaining(`${name}@1.0.0-beta.1`) });
    expect((await resolve(`name=${name}&version=1.0.0-beta.1`)).status).toBe(200);
  });

  it('what the tenant does not have is 404, and another tenant’s too', async () => {
    const name = fresh();
    await publishApproved(world, world.acme, { name });
    expect((await resolve(`name=${fresh()}`)).status).toBe(404);
    expect((await resolve(`name=${name}&version=9.0.0`)).status).toBe(404);
    expect((await resolve(`name=${name}`, world.globex.member)).status).toBe(404);
    expect((await resolve(`name=${name}&tenantId=${world.acme.id}`, world.globex.member)).status).toBe(404);
  });

  it('people of the platform name the tenant', async () => {
    const name = fresh();
    await publishApproved(world, world.acme, { name });
    expect(await codeOf(await resolve(`name=${name}`, world.auditor))).toEqual([422, 'VALIDATION_FAILED']);
    expect((await resolve(`name=${name}&tenantId=${world.acme.id}`, world.auditor)).status).toBe(200);
  });
});

describe('one version (A65-A78, A85)', () => {
  it('shows what it is, who published it, where it waits, and what the caller may do', async () => {
    const name = fresh();
    const bytes = packSkill({ name, hosts: ['api.one.example'] });
    const { id } = (await (await upload(world.acme.author, world.acme.id, bytes)).json()) as { id: string };
    const digest = await digestOf(bytes);
    const skill = await skillOf(world.acme.author, id);
    expect(skill).toMatchObject({
      id,
      tenantId: world.acme.id,
      tenantName: 'acme',
      name,
      version: '1.0.0',
      status: 'pending_review',
      manifestValid: true,
      validationErrors: null,
      packageSize: bytes.length,
      packageChecksum: digest,
      archiveDigest: digest,
      files: 2,
      reviewedBy: null,
      reviewedAt: null,
      decisions: [],
      publishedBy: { kind: 'user', id: world.acme.author.id },
      report: { kind: 'static', state: 'done' },
      permissions: { network: [{ host: 'api.one.example', ports: [443], protocol: 'tls' }], shell: false },
    });
    expect(skill.queuePosition).toBeGreaterThan(0);
    expect(skill.can).toMatchObject({
      install: { allowed: false, reason: expect.stringContaining('pending review') },
      deprecate: { allowed: false, reason: 'This version is not approved.' },
      yank: { allowed: false },
      delete: { allowed: true },
      review: { allowed: false },
      revoke: { allowed: false },
    });
    expect((await skillOf(world.reviewer, id)).can).toMatchObject({
      review: { allowed: true },
      delete: { allowed: false },
    });
  });

  it('moves up in the queue when an earlier one is decided', async () => {
    const first = await publish(world.acme, { name: fresh() });
    const second = await publish(world.acme, { name: fresh() });
    const place = async () => (await skillOf(world.acme.member, second)).queuePosition ?? 0;
    const before = await place();
    await put(world.reviewer, `/api/admin/skills/private/${first}/review`, { status: 'rejected', notes: 'No.' });
    expect(await place()).toBe(before - 1);
    await put(world.reviewer, `/api/admin/skills/private/${second}/review`, { status: 'rejected', notes: 'No.' });
    expect(await place()).toBe(0);
  });

  it('A75: shows who decided, when and why', async () => {
    const id = await publishApproved(world, world.acme, { name: fresh() });
    const skill = await skillOf(world.acme.member, id);
    expect(skill).toMatchObject({
      status: 'approved',
      reviewedBy: { kind: 'user', id: world.reviewer.id },
      reviewNotes: 'Read and accepted.',
      decisions: [{ revision: 1, kind: 'approved' }],
      latest: true,
    });
    expect((await skillOf(world.acme.author, id)).can).toMatchObject({
      install: { allowed: true },
      deprecate: { allowed: true },
      delete: { allowed: false, reason: expect.stringContaining('approved once') },
    });
  });

  it('A85: counts the agents that run the skill', async () => {
    const { owner, id: tenantId } = world.acme;
    const id = await publishApproved(world, world.acme, { name: fresh() });
    const count = async () =>
      (await owner.json<{ installationCount: number }>(`/api/skills/private/${id}`)).installationCount;
    expect(await count()).toBe(0);
    const agent = await owner.json<{ id: string }>(`/api/tenants/${tenantId}/agents`, {
      method: 'POST',
      body: { name: fresh() },
    });
    await owner.json(`/api/tenants/${tenantId}/agents/${agent.id}/skills/private`, {
      method: 'POST',
      body: { privateSkillId: id },
    });
    expect(await count()).toBe(1);
  });
});

describe('what is inside a package', () => {
  const text = (path: string, content: string) => ({
    path,
    bytes: new TextEncoder().encode(content),
    mode: '0644' as const,
  });

  it('A171: the report is exactly the bytes that its digest covers', async () => {
    const id = await publish(world.acme, { name: fresh() });
    const answer = await world.acme.author.fetch(`/api/skills/private/${id}/report`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const { report } = await skillOf(world.acme.author, id);
    expect(await digestOf(bytes)).toBe(report?.digest);
    expect(answer.headers.get('etag')).toBe(`"${report?.digest}"`);
    const parsed = JSON.parse(new TextDecoder().decode(bytes)) as StaticReport;
    expect(parsed).toMatchObject({ kind: 'static', score: report?.score, decision: report?.decision });
  });

  it('files are listed, and read beside their last approved form', async () => {
    const name = fresh();
    await publishApproved(world, world.acme, { name, files: [text('README.md', 'one\n')] });
    const binary = { path: 'logo.bin', bytes: new Uint8Array([0, 159, 146, 150]), mode: '0644' as const };
    const id = await publish(world.acme, {
      name,
      version: '1.1.0',
      files: [text('README.md', 'two\n'), text('NEW.md', 'new\n'), binary],
    });
    const { files } = await world.acme.member.json<{ files: { path: string; text: boolean }[] }>(
      `/api/skills/private/${id}/files`,
    );
    expect(files.map(({ path, text: isText }) => [path, isText])).toEqual([
      ['NEW.md', true],
      ['README.md', true],
      ['handlers/greet.js', true],
      ['logo.bin', false],
      ['manifest.yaml', true],
    ]);
    const file = (path: string) => world.reviewer.json<SkillFileContent>(`/api/skills/private/${id}/file?path=${path}`);
    expect(await file('README.md')).toEqual({
      path: 'README.md',
      size: 4,
      content: 'two\n',
      approvedContent: 'one\n',
      change: 'changed',
    });
    expect(await file('NEW.md')).toMatchObject({ content: 'new\n', approvedContent: null, change: 'added' });
    expect(await file('handlers/greet.js')).toMatchObject({ change: 'same' });
    expect(await file('logo.bin')).toMatchObject({ size: 4, content: null });
    expect((await world.reviewer.fetch(`/api/skills/private/${id}/file?path=../etc/passwd`)).status).toBe(404);
  });

  it('permissions are compared with the last approved version, never with a revoked one', async () => {
    const name = fresh();
    const approved = await publishApproved(world, world.acme, { name, hosts: ['a.one.example'] });
    const wide = await publishApproved(world, world.acme, {
      name,
      version: '1.1.0',
      hosts: ['a.one.example', 'b.one.example'],
    });
    const id = await publish(world.acme, { name, version: '1.2.0', hosts: ['b.one.example'] });
    type Diff = {
      against: { id: string } | null;
      widens: boolean;
      changes: { change: string; after: string | null }[];
    };
    const diff = (version: string) => world.acme.author.json<Diff>(`/api/skills/private/${version}/diff`);
    expect(await diff(approved)).toMatchObject({ against: null, widens: true });
    expect(await diff(wide)).toMatchObject({ against: { id: approved }, widens: true });
    expect(await diff(id)).toMatchObject({ against: { id: wide }, widens: false });
    await put(world.admin, `/api/admin/skills/private/${wide}/revocation`, { reason: 'Too wide.' });
    expect(await diff(id)).toMatchObject({ against: { id: approved }, widens: true });
  });

  it('the approval is there for what was approved, and only for that', async () => {
    const id = await publishApproved(world, world.acme, { name: fresh() });
    const envelope = await world.acme.member.json<{ payloadType: string }>(`/api/skills/private/${id}/approval`);
    expect(envelope.payloadType).toBe('application/vnd.in-toto+json');
    const pending = await publish(world.acme, { name: fresh() });
    expect((await world.acme.member.fetch(`/api/skills/private/${pending}/approval`)).status).toBe(404);
  });
});

describe('delete', () => {
  it('takes a draft away, leaves its number, and tells the audit', async () => {
    const name = fresh();
    const id = await publish(world.acme, { name });
    expect((await world.acme.member.fetch(`/api/skills/private/${id}`, { method: 'DELETE' })).status).toBe(403);
    expect((await world.acme.author.fetch(`/api/skills/private/${id}`, { method: 'DELETE' })).status).toBe(200);
    for (const rest of ['', '/versions', '/report', '/files', '/diff', '/approval']) {
      expect((await world.acme.author.fetch(`/api/skills/private/${id}${rest}`)).status).toBe(404);
    }
    expect((await world.acme.author.fetch(`/api/skills/private/${id}`, { method: 'DELETE' })).status).toBe(404);
    const row = await env.DB.prepare('select manifest, deleted_at_ms as at from private_skills where id = ?')
      .bind(id)
      .first();
    expect(row).toMatchObject({ manifest: '{}', at: expect.any(Number) });
    const events = await env.DB.prepare(
      "select count(*) as n from audit_events where action = 'skill:delete' and target_id = ?",
    )
      .bind(id)
      .first();
    expect(events).toEqual({ n: 1 });
  });

  it('a rejected version too, but never what was approved once', async () => {
    const rejected = await publish(world.acme, { name: fresh() });
    await put(world.reviewer, `/api/admin/skills/private/${rejected}/review`, { status: 'rejected', notes: 'No.' });
    expect((await world.acme.author.fetch(`/api/skills/private/${rejected}`, { method: 'DELETE' })).status).toBe(200);
    const approved = await publishApproved(world, world.acme, { name: fresh() });
    const answer = await world.acme.author.fetch(`/api/skills/private/${approved}`, { method: 'DELETE' });
    expect(await codeOf(answer)).toEqual([409, 'STATE_CONFLICT']);
  });
});

describe('A112: nothing of a tenant exists for another', () => {
  const PATHS: ((id: string, digest: string, attempt: string) => string)[] = [
    (id) => id,
    (id) => `${id}/versions`,
    (id) => `${id}/report`,
    (id) => `${id}/files`,
    (id) => `${id}/file?path=manifest.yaml`,
    (id) => `${id}/diff`,
    (id) => `${id}/approval`,
    (_, digest) => `blobs/${digest}`,
    (_, __, attempt) => `attempts/${attempt}`,
  ];

  it('every route of this room is 404 for them, and for an id that does not parse', async () => {
    const bytes = packSkill({ name: fresh() });
    const answer = await upload(world.acme.author, world.acme.id, bytes);
    const { id } = (await answer.json()) as { id: string };
    const [digest, attempt] = [await digestOf(bytes), answer.headers.get('aegis-attempt') ?? ''];
    for (const path of PATHS) {
      const url = `/api/skills/private/${path(id, digest, attempt)}`;
      expect([url, (await world.globex.owner.fetch(url)).status]).toEqual([url, 404]);
      expect([url, (await world.nobody.fetch(url)).status]).toEqual([url, 401]);
      const unknown = `/api/skills/private/${path('skv-x', 'sha256:x', 'att-x')}`;
      expect([unknown, (await world.acme.author.fetch(unknown)).status]).toEqual([unknown, 404]);
    }
    const named = `/api/skills/private/blobs/${digest}?tenantId=${world.acme.id}`;
    expect((await world.globex.owner.fetch(named)).status).toBe(404);
    expect((await world.globex.owner.fetch(`/api/skills/private/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await world.acme.member.fetch(named)).status).toBe(200);
  });

  it('a key reads with the scope for it, and a key that only publishes follows its own upload', async () => {
    const narrow = await createKey(world.acme.author, world.acme.id, { scopes: ['skill:publish'] });
    const answer = await upload(narrow, world.acme.id, packSkill({ name: fresh() }));
    const { id } = (await answer.json()) as { id: string };
    expect((await narrow.fetch(`/api/skills/private/${id}`)).status).toBe(403);
    expect((await narrow.fetch('/api/skills/private')).status).toBe(403);
    expect((await narrow.fetch(`/api/skills/private/attempts/${answer.headers.get('aegis-attempt')}`)).status).toBe(
      200,
    );
  });

  it('a cluster reads approved packages of the tenants that are placed in it, and nothing else', async () => {
    const cluster = await enrolCluster(world.admin, 'reading');
    await put(world.admin, `/api/admin/clusters/${cluster.id}/tenants/${world.acme.id}`, {});
    const approved = packSkill({ name: `cluster-${fresh()}` });
    const pending = packSkill({ name: `cluster-${fresh()}` });
    const foreign = packSkill({ name: `cluster-${fresh()}` });
    const { id } = (await (await upload(world.acme.author, world.acme.id, approved)).json()) as { id: string };
    await put(world.reviewer, `/api/admin/skills/private/${id}/review`, { status: 'approved', notes: 'Fine.' });
    await upload(world.acme.author, world.acme.id, pending);
    await upload(world.globex.author, world.globex.id, foreign);
    const read = async (bytes: Uint8Array) =>
      (await (await cluster.as()).fetch(`/api/skills/private/blobs/${await digestOf(bytes)}`)).status;
    expect([await read(approved), await read(pending), await read(foreign)]).toEqual([200, 404, 404]);
    expect((await (await cluster.as()).fetch('/api/skills/private')).status).toBe(403);
    await put(world.acme.owner, `/api/skills/private/${id}/yank`, { reason: 'Broken.' });
    expect(await read(approved)).toBe(200);
    await put(world.admin, `/api/admin/skills/private/${id}/revocation`, { reason: 'Bad.' });
    expect(await read(approved)).toBe(404);
  });
});
