import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { codeOf, enrolTotp, sendStrictly } from '../../testing/second-factor.ts';
import { accept, createTenant, createWorld, PASSWORD, type Person, signIn, type World } from '../../testing/world.ts';

let world: World;
let made = 0;
beforeAll(async () => {
  world = await createWorld();
});

/** Somebody new of acme; with a session of their own. */
async function newPerson(): Promise<Person> {
  const email = `person-${++made}@acme.example`;
  const { url } = await world.acme.owner.json<{ url: string }>(`/api/tenants/${world.acme.id}/invitations`, {
    method: 'POST',
    body: { email, role: 'owner' },
  });
  return await accept(url, email, email);
}

/** A new platform admin, at a registry that excepts nobody. */
async function newAdmin(): Promise<Person> {
  const email = `admin-${++made}@platform.example`;
  const { url } = await world.admin.json<{ url: string }>('/api/admin/invitations', {
    method: 'POST',
    body: { email, role: 'admin' },
  });
  await accept(url, email, email);
  return await signIn(email, PASSWORD, sendStrictly);
}

const prove = (person: Person, code: string) =>
  person.fetch('/api/account/second-factor', { method: 'POST', body: { code } });
const codeIn = async (answer: Response) => [answer.status, (await answer.json<{ code?: string }>()).code];
/** Roles and sessions may be remembered for half a second. */
const soon = (read: () => Promise<unknown>) => expect.poll(read, { timeout: 3000 });

describe('a second factor', () => {
  test('a platform admin without one can do nothing but enrol it (A183, A196)', async () => {
    const admin = await newAdmin();
    expect(await codeIn(await admin.fetch('/api/admin/tenants'))).toEqual([403, 'ENROLMENT_REQUIRED']);
    const me = await admin.json<{ pending: string; can: { platform: string[] } }>('/api/me');
    expect([me.pending, me.can.platform]).toEqual(['enrolment', []]);
    await enrolTotp(admin);
    await soon(async () => (await admin.fetch('/api/admin/tenants')).status).toBe(200);
  });

  test('the demo’s exception is for the demo only', async () => {
    expect((await world.admin.fetch('/api/admin/tenants')).status).toBe(200);
    expect(await world.admin.json('/api/account/security')).toMatchObject({ required: true, exempt: true });
  });

  test('a session without it has no rights, however it was begun; with it, all of them', async () => {
    const person = await newPerson();
    const { secret } = await enrolTotp(person);
    const half = await signIn(person.email);
    for (const path of [`/api/tenants/${world.acme.id}`, '/api/skills/private', '/api/account/sessions', '/api/audit'])
      expect([path, ...(await codeIn(await half.fetch(path)))]).toEqual([path, 403, 'SECOND_FACTOR_REQUIRED']);
    expect(await half.json('/api/me')).toMatchObject({ pending: 'second_factor', tenants: [] });
    expect((await prove(half, codeOf(secret, 0))).status).toBe(200);
    await soon(async () => (await half.fetch(`/api/tenants/${world.acme.id}`)).status).toBe(200);
  });

  test('a code works once: sent again, also at the same moment, it is refused', async () => {
    const person = await newPerson();
    const { secret } = await enrolTotp(person);
    const code = codeOf(secret, 0);
    const sessions = [await signIn(person.email), await signIn(person.email)];
    const answers = await Promise.all(sessions.map((session) => prove(session, code)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
    expect((await prove(person, code)).status).toBe(422);
  });

  test('of ten backup codes each works once', async () => {
    const person = await newPerson();
    const { backupCodes } = await enrolTotp(person);
    expect(backupCodes).toHaveLength(10);
    const [first = '', second = ''] = backupCodes;
    expect((await prove(person, first.toUpperCase().replaceAll('-', ' '))).status).toBe(200);
    expect((await prove(person, first)).status).toBe(422);
    expect((await prove(person, second)).status).toBe(200);
    expect(await person.json('/api/account/security')).toMatchObject({ backupCodesLeft: 8 });
    const { codes } = await person.json<{ codes: string[] }>('/api/account/backup-codes', { method: 'POST' });
    expect((await prove(person, backupCodes[2] ?? '')).status).toBe(422);
    expect((await prove(person, codes[0] ?? '')).status).toBe(200);
  });

  test('another person’s code does not help', async () => {
    const [one, other] = [await newPerson(), await newPerson()];
    const { secret, backupCodes } = await enrolTotp(one);
    await enrolTotp(other);
    const half = await signIn(other.email);
    expect((await prove(half, codeOf(secret, 0))).status).toBe(422);
    expect((await prove(half, backupCodes[0] ?? '')).status).toBe(422);
  });

  test('whoever stole a session cannot enrol a factor of their own', async () => {
    const person = await newPerson();
    const answer = await person.fetch('/api/account/totp', { method: 'POST', body: { password: 'Stolen-Session-1!' } });
    expect(await codeIn(answer)).toEqual([422, 'VALIDATION_FAILED']);
  });

  test('a secret that was shown and not confirmed opens and closes nothing', async () => {
    const person = await newPerson();
    await person.json('/api/account/totp', { method: 'POST', body: { password: PASSWORD } });
    expect((await signIn(person.email).then((again) => again.json<{ pending: null }>('/api/me'))).pending).toBeNull();
    const answer = await person.fetch('/api/account/totp/confirm', { method: 'POST', body: { code: '000000' } });
    expect(answer.status).toBe(422);
  });

  test('the secret is encrypted at rest, and codes are kept as hashes (C39)', async () => {
    const person = await newPerson();
    const { secret, backupCodes } = await enrolTotp(person);
    const dump = JSON.stringify([
      await env.DB.prepare('select * from totp_secrets').all(),
      await env.DB.prepare('select * from backup_codes').all(),
      await env.DB.prepare('select * from audit_events').all(),
    ]);
    expect(dump).not.toContain(secret);
    for (const code of backupCodes) expect(dump).not.toContain(code);
  });

  test('guessing ends after five tries, and says when to go on', async () => {
    const person = await newPerson();
    await enrolTotp(person);
    const half = await signIn(person.email);
    const answers: Response[] = [];
    for (let index = 0; index < 8; index++) answers.push(await prove(half, String(index).padStart(6, '9')));
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.length - refused.length).toBeLessThanOrEqual(5);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('step-up', () => {
  test('what cannot be undone needs a proof of the last five minutes', async () => {
    const admin = await newAdmin();
    const { secret } = await enrolTotp(admin);
    const create = () => admin.fetch('/api/admin/clusters', { method: 'POST', body: { name: `step-up-${++made}` } });
    await soon(async () => (await create()).status).toBe(201);
    await env.DB.prepare('update sessions set mfa_at_ms = ? where user_id = ?')
      .bind(Date.now() - 300_001, admin.id)
      .run();
    await soon(async () => codeIn(await create())).toEqual([403, 'STEP_UP_REQUIRED']);
    expect((await admin.fetch('/api/admin/clusters')).status).toBe(200);
    for (const path of ['/api/account/totp', '/api/account/backup-codes']) {
      const method = path.endsWith('totp') ? 'DELETE' : 'POST';
      expect(await codeIn(await admin.fetch(path, { method }))).toEqual([403, 'STEP_UP_REQUIRED']);
    }
    expect((await prove(admin, codeOf(secret, 0))).status).toBe(200);
    await soon(async () => (await create()).status).toBe(201);
  });

  test('whoever takes the factor away is back where they began', async () => {
    const admin = await newAdmin();
    await enrolTotp(admin);
    await soon(async () => (await admin.fetch('/api/account/totp', { method: 'DELETE' })).status).toBe(200);
    await soon(async () => codeIn(await admin.fetch('/api/admin/tenants'))).toEqual([403, 'ENROLMENT_REQUIRED']);
  });
});

describe('sessions (X6)', () => {
  interface Listed {
    sessions: { id: string; current: boolean; device: string; country: string | null; ipAddress: string | null }[];
  }
  const listOf = (person: Person) => person.json<Listed>('/api/account/sessions');

  test('are listed with device and place; one can be ended, or all others', async () => {
    const person = await newPerson();
    const [second, third] = [await signIn(person.email), await signIn(person.email)];
    const { sessions } = await listOf(person);
    expect(sessions.map(({ current }) => current).sort()).toEqual([false, false, true]);
    const theirs = (await listOf(second)).sessions.find(({ current }) => current)?.id;
    await person.json(`/api/account/sessions/${theirs}`, { method: 'DELETE' });
    await soon(async () => (await second.fetch('/api/me')).status).toBe(401);
    expect((await third.fetch('/api/me')).status).toBe(200);
    await person.json('/api/account/sessions', { method: 'DELETE' });
    await soon(async () => (await third.fetch('/api/me')).status).toBe(401);
    expect((await listOf(person)).sessions).toHaveLength(1);
  });

  test('say where they were begun', async () => {
    const person = await newPerson();
    await person.fetch('/api/auth/sign-in/email', {
      method: 'POST',
      headers: { 'cf-ipcountry': 'PT', 'cf-connecting-ip': '192.0.2.7', 'user-agent': 'X (X11; Linux) Firefox/144.0' },
      body: { email: person.email, password: PASSWORD },
    });
    expect((await listOf(person)).sessions).toContainEqual(
      expect.objectContaining({ country: 'PT', ipAddress: '192.0.2.7', device: 'Firefox on Linux' }),
    );
  });

  test('another person’s session is not there', async () => {
    const [one, other] = [await newPerson(), await newPerson()];
    const id = (await listOf(other)).sessions[0]?.id;
    expect((await one.fetch(`/api/account/sessions/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await other.fetch('/api/me')).status).toBe(200);
  });

  test('end after a day of rest, and after seven days of work', async () => {
    const day = 24 * 3_600_000;
    const age = async (person: Person, createdMs: number, seenMs: number) => {
      await env.DB.prepare('update sessions set created_at = ?, updated_at = ? where user_id = ?')
        .bind(Date.now() - createdMs, Date.now() - seenMs, person.id)
        .run();
    };
    const [rested, busy] = [await newPerson(), await newPerson()];
    await age(rested, 2 * day, day + 1);
    await age(busy, 7 * day + 1, 0);
    for (const person of [rested, busy]) await soon(async () => (await person.fetch('/api/me')).status).toBe(401);
  });

  test('another password ends all others', async () => {
    const person = await newPerson();
    const other = await signIn(person.email);
    const change = (current: string, next: string) =>
      person.fetch('/api/account/password', { method: 'PUT', body: { current, next } });
    expect((await change('Wrong-Password-1!', 'Another-Lamp-42!')).status).toBe(422);
    expect(await codeIn(await change(PASSWORD, 'Password123!'))).toEqual([422, 'VALIDATION_FAILED']);
    expect((await change(PASSWORD, 'Another-Lamp-42!')).status).toBe(200);
    await soon(async () => (await other.fetch('/api/me')).status).toBe(401);
    expect((await person.fetch('/api/me')).status).toBe(200);
    await signIn(person.email, 'Another-Lamp-42!');
  });

  test('a key has no account', async () => {
    const tenant = await createTenant(world.admin, `keys-${++made}`);
    const { secret } = await tenant.owner.json<{ secret: string }>(`/api/tenants/${tenant.id}/keys`, {
      method: 'POST',
      body: { name: 'k', scopes: ['skill:read'] },
    });
    const answer = await world.nobody.fetch('/api/account/sessions', {
      headers: { authorization: `Bearer ${secret}` },
    });
    expect(answer.status).toBe(403);
  });
});
