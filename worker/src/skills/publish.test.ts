import { env } from 'cloudflare:workers';
import { digestOf } from '@aegis/skill-sdk/digest';
import { ARCHIVE_BYTES_MAX } from '@aegis/skill-sdk/limits';
import { beforeAll, describe, expect, it } from 'vitest';
import { failing, form, publishWith, sendUpload } from '../testing/uploads.ts';
import {
  createKey,
  createWorld,
  type Person,
  packSkill,
  publishApproved,
  upload,
  type World,
} from '../testing/world.ts';

let world: World;
/** A key that the direct requests below use: no session, so no second sign-in library per environment. */
let secret: string;
let names = 0;

beforeAll(async () => {
  world = await createWorld();
  const { owner, id } = world.acme;
  const made = await owner.json<{ secret: string }>(`/api/tenants/${id}/keys`, {
    method: 'POST',
    body: { name: 'publish', scopes: ['skill:publish', 'skill:read'], ownedBy: 'tenant', days: 1 },
  });
  secret = made.secret;
}, 120_000);

/** A name that no other test uses. */
const fresh = () => `skill-${++names}`;

interface Problem {
  code: string;
  status: number;
  detail: string;
  errors?: { pointer: string; detail: string }[];
  meta?: Record<string, Record<string, unknown>>;
}
const problemOf = async (answer: Response) => (await answer.json()) as Problem;
const count = async (sql: string, ...values: unknown[]) =>
  (
    await env.DB.prepare(sql)
      .bind(...values)
      .first<{ n: number }>()
  )?.n;
const versionsNamed = (name: string) => count('select count(*) as n from private_skills where name = ?', name);

const direct = (headers: Record<string, string>, body: BodyInit | null) =>
  sendUpload({ authorization: `Bearer ${secret}`, ...headers }, body);

describe('a package that is in order', () => {
  it('A81-A83: is answered 201 with its place and its attempt, and pending', async () => {
    const name = fresh();
    const answer = await upload(world.acme.author, world.acme.id, packSkill({ name }));
    expect(answer.status).toBe(201);
    const body = (await answer.json()) as { id: string };
    expect(body).toEqual({ id: expect.stringMatching(/^skv-/), name, version: '1.0.0', status: 'pending_review' });
    expect(answer.headers.get('location')).toBe(`/api/skills/private/${body.id}`);
    const attempt = answer.headers.get('aegis-attempt');
    expect(await world.acme.author.json(`/api/skills/private/attempts/${attempt}`)).toMatchObject({
      id: attempt,
      state: 'in_review',
      versionId: body.id,
      status: 'pending_review',
      problem: null,
    });
  });

  it('A104: comes out exactly as it went in', async () => {
    const bytes = packSkill({ name: fresh() });
    const digest = await digestOf(bytes);
    await upload(world.acme.author, world.acme.id, bytes, { archiveDigest: digest });
    const answer = await world.acme.member.fetch(`/api/skills/private/blobs/${digest}`);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes);
    expect(answer.headers.get('content-type')).toBe('application/gzip');
    expect(answer.headers.get('etag')).toBe(`"${digest}"`);
    expect(answer.headers.get('cache-control')).toBe('private, immutable, max-age=31536000');
    const again = await world.acme.member.fetch(`/api/skills/private/blobs/${digest}`, {
      headers: { 'if-none-match': `"${digest}"` },
    });
    expect(again.status).toBe(304);
  });

  it('is the same version when the same bytes come again, and nothing is written twice', async () => {
    const name = fresh();
    const first = await (await upload(world.acme.author, world.acme.id, packSkill({ name }))).json();
    const answer = await upload(world.acme.owner, world.acme.id, packSkill({ name }));
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(first);
    expect(await versionsNamed(name)).toBe(1);
    expect(
      await count(
        "select count(*) as n from audit_events where action = 'skill:publish' and target_id = ?",
        (first as { id: string }).id,
      ),
    ).toBe(1);
  });

  it('A108: stands beside other versions of the same skill', async () => {
    const name = fresh();
    const ids = [];
    for (const version of ['1.0.0', '1.1.0']) {
      ids.push(
        (
          (await (await upload(world.acme.author, world.acme.id, packSkill({ name, version }))).json()) as {
            id: string;
          }
        ).id,
      );
    }
    const { versions } = await world.acme.member.json<{ versions: { id: string }[] }>(
      `/api/skills/private/${ids[0]}/versions`,
    );
    expect(versions.map((version) => version.id)).toEqual(ids.toReversed());
  });

  it('A77: may have the name and number of another tenant’s', async () => {
    const name = fresh();
    expect((await upload(world.acme.author, world.acme.id, packSkill({ name }))).status).toBe(201);
    expect((await upload(world.globex.author, world.globex.id, packSkill({ name }))).status).toBe(201);
  });

  it('A103: is published with a manifest part that means the same', async () => {
    const bytes = packSkill({ name: fresh() });
    const { id } = (await (await upload(world.acme.author, world.acme.id, bytes)).json()) as { id: string };
    const { skill } = await world.acme.author.json<{ skill: { manifest: object } }>(`/api/skills/private/${id}`);
    const answer = await upload(world.acme.author, world.acme.id, bytes, { manifest: JSON.stringify(skill.manifest) });
    expect(answer.status).toBe(200);
  });

  it('goes to the only tenant where the person may publish', async () => {
    const { body, type } = form({ file: packSkill({ name: fresh() }) });
    const answer = await world.acme.author.fetch('/api/skills/private/upload', {
      method: 'POST',
      headers: { 'content-type': type, 'content-length': String(body.length) },
      body,
    });
    expect(answer.status).toBe(201);
  });
});

describe('a version number is used once', () => {
  const differs = (name: string) => packSkill({ name, source: 'export default async () => "other";\n' });
  const id = async (answer: Response) => ((await answer.json()) as { id: string }).id;
  const review = (versionId: string, body: object) =>
    world.reviewer.json(`/api/admin/skills/private/${versionId}/review`, { method: 'PUT', body });

  const ENDS: Record<string, (name: string) => Promise<void>> = {
    'while it is pending': async (name) => {
      await upload(world.acme.author, world.acme.id, packSkill({ name }));
    },
    'after reject': async (name) => {
      const versionId = await id(await upload(world.acme.author, world.acme.id, packSkill({ name })));
      await review(versionId, { status: 'rejected', notes: 'No.' });
    },
    'after revoke': async (name) => {
      const versionId = await publishApproved(world, world.acme, { name });
      await world.admin.json(`/api/admin/skills/private/${versionId}/revocation`, {
        method: 'PUT',
        body: { reason: 'Bad.' },
      });
    },
    'after delete': async (name) => {
      const versionId = await id(await upload(world.acme.author, world.acme.id, packSkill({ name })));
      await world.acme.author.json(`/api/skills/private/${versionId}`, { method: 'DELETE' });
    },
  };
  it.each(Object.keys(ENDS))('other bytes are 409 %s', async (end) => {
    const name = fresh();
    await ENDS[end]?.(name);
    const answer = await upload(world.acme.author, world.acme.id, differs(name));
    expect(answer.status).toBe(409);
    expect(await problemOf(answer)).toMatchObject({
      code: 'VERSION_EXISTS',
      detail: expect.stringContaining(`${name} 1.0.0`),
    });
    const attempt = answer.headers.get('aegis-attempt');
    expect(await world.acme.author.json(`/api/skills/private/attempts/${attempt}`)).toMatchObject({
      state: 'failed',
      versionId: null,
      problem: { code: 'VERSION_EXISTS' },
    });
  });

  it('the same bytes are 409 too once the version was deleted, and its bytes are gone', async () => {
    const name = fresh();
    await ENDS['after delete']?.(name);
    expect((await upload(world.acme.author, world.acme.id, packSkill({ name }))).status).toBe(409);
    const digest = await digestOf(packSkill({ name }));
    expect((await world.acme.author.fetch(`/api/skills/private/blobs/${digest}`)).status).toBe(404);
    expect(await env.ARTIFACTS.head(`tenants/${world.acme.id}/packages/${digest.slice(7)}`)).toBeNull();
  });

  it('of two at the same moment one wins, the other is 409, and the winner’s bytes are served', async () => {
    const name = fresh();
    const both = [packSkill({ name }), differs(name)];
    const answers = await Promise.all(both.map((bytes) => upload(world.acme.author, world.acme.id, bytes)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await versionsNamed(name)).toBe(1);
    const winner = both[answers.findIndex(({ status }) => status === 201)] ?? new Uint8Array();
    const answer = await world.acme.author.fetch(`/api/skills/private/blobs/${await digestOf(winner)}`);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(winner);
  });

  it('of two with the same bytes at the same moment one is 201, the other 200', async () => {
    const name = fresh();
    const answers = await Promise.all([1, 2].map(() => upload(world.acme.author, world.acme.id, packSkill({ name }))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 201]);
    expect(await versionsNamed(name)).toBe(1);
  });

  it('the loser of a race that both started is told by the database', async () => {
    const name = fresh();
    // The other upload commits between this one's look-up and its batch.
    const bindings = failing({
      beforeBatch: 2,
      run: async () => void (await upload(world.acme.author, world.acme.id, differs(name))),
    });
    const answer = await publishWith(secret, packSkill({ name }), bindings);
    expect(answer.status).toBe(409);
    expect(await versionsNamed(name)).toBe(1);
    expect(
      await count(
        "select count(*) as n from audit_events where action = 'skill:publish' and json_extract(after, '$.name') = ?",
        name,
      ),
    ).toBe(1);
  });
});

describe('a package that differs from what was said', () => {
  it('A104: another declared digest is 422 and shows both', async () => {
    const bytes = packSkill({ name: fresh() });
    const declared = `sha256:${'0'.repeat(64)}`;
    const answer = await upload(world.acme.author, world.acme.id, bytes, { archiveDigest: declared });
    expect(answer.status).toBe(422);
    expect(await problemOf(answer)).toMatchObject({
      code: 'DIGEST_MISMATCH',
      meta: { declared, found: await digestOf(bytes) },
    });
  });

  it('A103: another manifest is 422 and shows both', async () => {
    const name = fresh();
    const bytes = packSkill({ name });
    await upload(world.acme.author, world.acme.id, bytes);
    const { skills } = await world.acme.author.json<{ skills: { id: string }[] }>(`/api/skills/private?name=${name}`);
    const { skill } = await world.acme.author.json<{ skill: { manifest: Record<string, unknown> } }>(
      `/api/skills/private/${skills[0]?.id}`,
    );
    const manifest = JSON.stringify({ ...skill.manifest, version: '9.9.9' });
    const answer = await upload(world.acme.author, world.acme.id, packSkill({ name, version: '1.2.0' }), { manifest });
    expect(answer.status).toBe(422);
    expect(await problemOf(answer)).toMatchObject({
      code: 'MANIFEST_MISMATCH',
      errors: [{ pointer: '/version' }],
      meta: { sent: { version: '9.9.9' }, package: { version: '1.2.0' } },
    });
  });

  it.each([
    ['a digest that is none', { archiveDigest: 'md5:1' }, 422, 'VALIDATION_FAILED'],
    ['a manifest that is not JSON', { manifest: '{' }, 400, 'INVALID_REQUEST'],
    ['a manifest that is not valid', { manifest: '{"name": 1, "version": "x"}' }, 422, 'MANIFEST_INVALID'],
  ])('%s is refused', async (_, fields, status, code) => {
    const answer = await upload(world.acme.author, world.acme.id, packSkill({ name: fresh() }), fields);
    expect([answer.status, (await problemOf(answer)).code]).toEqual([status, code]);
  });

  it('names every error of the manifest inside', async () => {
    const answer = await upload(world.acme.author, world.acme.id, packSkill({ name: 'Not A Name', version: 'one' }));
    const problem = await problemOf(answer);
    expect([answer.status, problem.code]).toEqual([422, 'MANIFEST_INVALID']);
    expect(problem.errors?.map((error) => error.pointer)).toEqual(expect.arrayContaining(['/name', '/version']));
  });
});

describe('bad input over HTTP', () => {
  const ok = () => form({ file: packSkill({ name: fresh() }) });
  const length = (body: Uint8Array) => ({ 'content-length': String(body.length) });

  it.each<[string, () => { headers: Record<string, string>; body: BodyInit | null }, number, string]>([
    [
      'JSON',
      () => ({ headers: { 'content-type': 'application/json', 'content-length': '2' }, body: '{}' }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'a form without a boundary',
      () => ({ headers: { 'content-type': 'multipart/form-data', 'content-length': '2' }, body: 'hi' }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['no length', () => ({ headers: { 'content-type': ok().type }, body: ok().body }), 411, 'LENGTH_REQUIRED'],
    [
      'a length that is no number',
      () => ({ headers: { 'content-type': ok().type, 'content-length': 'many' }, body: ok().body }),
      411,
      'LENGTH_REQUIRED',
    ],
    [
      'a length above the bound',
      () => ({ headers: { 'content-type': ok().type, 'content-length': String(18 * 1024 * 1024) }, body: ok().body }),
      413,
      'PAYLOAD_TOO_LARGE',
    ],
    [
      'more bytes than announced',
      () => ({ headers: { 'content-type': ok().type, 'content-length': '100' }, body: ok().body }),
      413,
      'PAYLOAD_TOO_LARGE',
    ],
    [
      'fewer bytes than announced',
      () => ({ headers: { 'content-type': ok().type, 'content-length': '9999' }, body: ok().body }),
      400,
      'INVALID_REQUEST',
    ],
    [
      'a body that is no form',
      () => ({ headers: { 'content-type': ok().type, 'content-length': '5' }, body: 'hello' }),
      400,
      'INVALID_REQUEST',
    ],
    [
      'no file',
      () => {
        const { body, type } = form({ manifest: '{}' });
        return { headers: { 'content-type': type, ...length(body) }, body };
      },
      422,
      'VALIDATION_FAILED',
    ],
    [
      'not gzip',
      () => {
        const { body, type } = form({ file: 'hello' });
        return { headers: { 'content-type': type, ...length(body) }, body };
      },
      422,
      'ARCHIVE_INVALID',
    ],
    [
      'an empty file',
      () => {
        const { body, type } = form({ file: '' });
        return { headers: { 'content-type': type, ...length(body) }, body };
      },
      422,
      'ARCHIVE_INVALID',
    ],
  ])('%s', async (_, make, status, code) => {
    const before = await count('select count(*) as n from private_skills');
    const { headers, body } = make();
    const answer = await direct(headers, body);
    expect([answer.status, (await problemOf(answer)).code]).toEqual([status, code]);
    expect(await count('select count(*) as n from private_skills')).toBe(before);
  });

  it('one byte more than 16 MiB of package is 413, whatever else is in the form', async () => {
    const { body, type } = form({ file: new Uint8Array(ARCHIVE_BYTES_MAX + 1) });
    const answer = await direct({ 'content-type': type, 'content-length': String(body.length) }, body);
    expect(answer.status).toBe(413);
  });

  it('an upload that is aborted half way is 400, and leaves an attempt that says so and nothing else', async () => {
    const { body, type } = ok();
    const objects = (await env.ARTIFACTS.list()).objects.length;
    const versions = await count('select count(*) as n from private_skills');
    let sent = false;
    const aborted = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent) controller.error(new Error('connection reset'));
        else controller.enqueue(body.subarray(0, 100));
        sent = true;
      },
    });
    const answer = await direct({ 'content-type': type, 'content-length': String(body.length) }, aborted);
    expect(answer.status).toBe(400);
    expect((await problemOf(answer)).detail).toContain(`after 100 of ${body.length} bytes`);
    expect((await env.ARTIFACTS.list()).objects.length).toBe(objects);
    expect(await count('select count(*) as n from private_skills')).toBe(versions);
    const attempt = await world.acme.author.json(`/api/skills/private/attempts/${answer.headers.get('aegis-attempt')}`);
    expect(attempt).toMatchObject({ state: 'failed', problem: { code: 'INVALID_REQUEST' } });
  });
});

describe('killed at each step, a publish leaves no half version and can be sent again', () => {
  it.each<[string, Parameters<typeof failing>[0]]>([
    ['before the attempt', { prepare: /publish_attempts/ }],
    ['while it looks the number up', { batch: 1 }],
    ['while it stores the package', { put: 1 }],
    ['while it stores the report', { put: 2 }],
    ['before the rows', { batch: 2 }],
  ])('%s', async (_, fault) => {
    const name = fresh();
    const bytes = packSkill({ name });
    expect((await publishWith(secret, bytes, failing(fault))).status).toBe(500);
    expect(await versionsNamed(name)).toBe(0);
    expect(
      await count('select count(*) as n from reports where version_id not in (select id from private_skills)'),
    ).toBe(0);
    expect(await count("select count(*) as n from audit_events where json_extract(after, '$.name') = ?", name)).toBe(0);
    expect((await publishWith(secret, bytes)).status).toBe(201);
  });

  it('after the rows, before the answer: the same bytes are found again', async () => {
    const name = fresh();
    const bytes = packSkill({ name });
    expect((await publishWith(secret, bytes, failing({ batch: 2, after: true }))).status).toBe(500);
    expect((await publishWith(secret, bytes)).status).toBe(200);
    expect(await versionsNamed(name)).toBe(1);
  });
});

describe('who may publish', () => {
  const send = (caller: Person, tenantId: string) => upload(caller, tenantId, packSkill({ name: fresh() }));

  it.each<[string, () => Person, number]>([
    ['an author', () => world.acme.author, 201],
    ['an owner', () => world.acme.owner, 201],
    ['a member', () => world.acme.member, 403],
    ['an author of another tenant', () => world.globex.author, 404],
    ['a platform admin', () => world.admin, 403],
    ['nobody', () => world.nobody, 401],
  ])('%s', async (_, caller, status) => {
    expect((await send(caller(), world.acme.id)).status).toBe(status);
  });

  it('a key publishes into its own tenant, with the scope for it', async () => {
    const key = await createKey(world.acme.author, world.acme.id, { scopes: ['skill:publish'] });
    expect((await send(key, world.acme.id)).status).toBe(201);
    expect((await send(key, world.globex.id)).status).toBe(404);
    const narrow = await createKey(world.acme.author, world.acme.id, { scopes: ['skill:read'] });
    expect((await send(narrow, world.acme.id)).status).toBe(403);
  });

  it('a key that expired or was revoked publishes nothing', async () => {
    const expired = await createKey(world.acme.author, world.acme.id);
    await env.DB.prepare('update api_keys set expires_at_ms = 1 where id = ?').bind(expired.id).run();
    expect((await send(expired, world.acme.id)).status).toBe(401);
    const revoked = await createKey(world.acme.author, world.acme.id);
    await world.acme.author.json(`/api/tenants/${world.acme.id}/keys/${revoked.id}`, { method: 'DELETE' });
    expect((await send(revoked, world.acme.id)).status).toBe(401);
  });
});

describe('what a tenant may store', () => {
  it.each([
    ['versions_max', 'versionsMax'],
    ['bytes_max', 'bytesMax'],
  ])('%s is enforced with its numbers', async (column, name) => {
    const { max } = (await env.DB.prepare(`select ${column} as max from tenants where id = ?`)
      .bind(world.globex.id)
      .first<{ max: number }>()) ?? { max: 0 };
    const set = (value: number) =>
      env.DB.prepare(`update tenants set ${column} = ? where id = ?`).bind(value, world.globex.id).run();
    await set(1);
    const answer = await upload(world.globex.author, world.globex.id, packSkill({ name: fresh() }));
    await set(max);
    expect(answer.status).toBe(403);
    expect(await problemOf(answer)).toMatchObject({ code: 'QUOTA_EXCEEDED', meta: { [name]: 1 } });
  });

  it('of two uploads for the last place one wins, and the database tells the other', async () => {
    const { id } = world.acme;
    const used = await count('select count(*) as n from private_skills where tenant_id = ?', id);
    const read = 'select versions_max as n from tenants where id = ?';
    const max = await count(read, id);
    const set = (value = 0) => env.DB.prepare('update tenants set versions_max = ? where id = ?').bind(value, id).run();
    await set((used ?? 0) + 1);
    const name = fresh();
    // The other upload commits between this one's look at the quota and its batch.
    const bindings = failing({
      beforeBatch: 2,
      run: async () => expect((await upload(world.acme.author, id, packSkill({ name: fresh() }))).status).toBe(201),
    });
    const answer = await publishWith(secret, packSkill({ name }), bindings);
    await set(max);
    expect(answer.status).toBe(403);
    expect(await problemOf(answer)).toMatchObject({ code: 'QUOTA_EXCEEDED', meta: { versions: (used ?? 0) + 1 } });
    expect(await versionsNamed(name)).toBe(0);
  });
});
