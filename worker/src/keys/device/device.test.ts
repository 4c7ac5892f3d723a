import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { sendStrictly } from '../../testing/second-factor.ts';
import { createWorld, PASSWORD, type Person, person, signIn, type World } from '../../testing/world.ts';

let world: World;
let author: Person;
let member: Person;
beforeAll(async () => {
  world = await createWorld();
  author = await signIn(world.acme.author.email, PASSWORD, sendStrictly);
  member = await signIn(world.acme.member.email, PASSWORD, sendStrictly);
});
// Intervals are seconds: with the clock at rest they do not depend on how fast this machine is.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});
const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

const GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
let addresses = 0;
/** A device at an address of its own. */
const device = () => person('nobody', '', { 'cf-connecting-ip': `192.0.2.${++addresses}` }, sendStrictly);

interface Code {
  device_code: string;
  user_code: string;
}
const begin = (who: Person, more: Record<string, unknown> = {}) =>
  who.json<Code>('/api/device/code', {
    method: 'POST',
    body: { client_id: 'aegis-cli', scope: 'skill:read skill:publish', device_name: 'ada@laptop', ...more },
  });
const poll = (who: Person, { device_code }: Code) =>
  who.fetch('/api/device/token', {
    method: 'POST',
    body: { grant_type: GRANT, device_code, client_id: 'aegis-cli' },
  });
const wordOf = async (answer: Response) => {
  const { error, code } = await answer.json<{ error: string; code: string }>();
  expect(code.toLowerCase()).toBe(error);
  return [answer.status, error];
};
const look = (who: Person, { user_code }: Code) =>
  who.fetch('/api/device/request', { method: 'POST', body: { userCode: user_code } });
const decide = (who: Person, { user_code }: Code, more: Record<string, unknown> = {}) =>
  who.fetch('/api/device/decision', {
    method: 'POST',
    body: { decision: 'approve', userCode: user_code, tenantId: world.acme.id, scopes: ['skill:read'], ...more },
  });
async function approved(who: Person, by = author): Promise<Code> {
  const code = await begin(who);
  expect((await look(by, code)).status).toBe(200);
  expect((await decide(by, code)).status).toBe(200);
  return code;
}

describe('the device flow, state by state (RFC 8628, section 3.5; X6)', () => {
  test('pending, too fast, approved, once', async () => {
    const own = device();
    const code = await begin(own);
    expect(await wordOf(await poll(own, code))).toEqual([400, 'authorization_pending']);
    pass(1);
    expect(await wordOf(await poll(own, code))).toEqual([400, 'slow_down']);
    // Five seconds more from now on.
    pass(6);
    expect(await wordOf(await poll(own, code))).toEqual([400, 'slow_down']);
    pass(15);
    expect(await wordOf(await poll(own, code))).toEqual([400, 'authorization_pending']);
    const seen = await (await look(author, code)).json();
    expect(seen).toMatchObject({
      userCode: code.user_code,
      client: 'aegis-cli',
      deviceName: 'ada@laptop',
      scopes: ['skill:read', 'skill:publish'],
      place: { ipAddress: `192.0.2.${addresses}` },
      tenants: [{ id: world.acme.id, name: 'acme', scopes: ['skill:read', 'skill:publish'] }],
    });
    expect((await decide(author, code)).status).toBe(200);
    const token = await (await poll(own, code)).json<{ access_token: string }>();
    expect(token).toMatchObject({ token_type: 'Bearer', scope: 'skill:read', tenant_id: world.acme.id });
    expect(await wordOf(await poll(own, code))).toEqual([400, 'invalid_grant']);
  });

  test('denied: the device is told, and nothing can be changed any more', async () => {
    const own = device();
    const code = await begin(own);
    await look(author, code);
    expect((await decide(author, code, { decision: 'deny' })).status).toBe(200);
    expect((await decide(author, code)).status).toBe(409);
    expect(await wordOf(await poll(own, code))).toEqual([400, 'access_denied']);
  });

  test('expired: after ten minutes neither code is worth anything', async () => {
    const own = device();
    const [open, granted] = [await begin(own), await approved(own)];
    await look(author, open);
    pass(600);
    for (const code of [open, granted]) expect(await wordOf(await poll(own, code))).toEqual([400, 'expired_token']);
    expect((await look(author, open)).status).toBe(404);
    expect((await decide(author, open)).status).toBe(409);
  });

  test('a code that nobody was given', async () => {
    const code = { device_code: `aed_${'0'.repeat(70)}`, user_code: 'BCDF-GHJK' };
    expect(await wordOf(await poll(device(), code))).toEqual([400, 'invalid_grant']);
    expect((await look(author, code)).status).toBe(404);
  });

  test('of two polls at once one gets the key', async () => {
    const own = device();
    const code = await approved(own);
    const answers = await Promise.all([1, 2, 3].map(() => poll(own, code)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400]);
    const { results } = await env.DB.prepare('select id from api_keys where name = ?').bind('ada@laptop').all();
    expect(new Set(results.map(({ id }) => id)).size).toBe(results.length);
  });

  test('takes a form, as the RFC has it, and JSON; nothing else', async () => {
    const send = (type: string, body: string) =>
      device().fetch('/api/device/code', {
        method: 'POST',
        headers: { 'content-type': type, 'content-length': String(body.length) },
        body,
      });
    const form = 'client_id=aegis-cli&scope=skill%3Aread';
    expect((await send('application/x-www-form-urlencoded', form)).status).toBe(200);
    expect((await send('text/plain', form)).status).toBe(415);
    expect((await send('application/x-www-form-urlencoded', 'scope=skill%3Aread')).status).toBe(422);
    expect((await device().fetch('/api/device/code', { method: 'POST' })).status).toBe(422);
  });
});

describe('what a device gets', () => {
  test('is a key with the granted scopes, never a session: it cannot switch off the second factor', async () => {
    const own = device();
    const { access_token } = await (await poll(own, await approved(own))).json<{ access_token: string }>();
    const key = person('key', '', { authorization: `Bearer ${access_token}` }, sendStrictly);
    expect(await key.json('/api/me')).toMatchObject({ kind: 'key', name: 'ada@laptop', scopes: ['skill:read'] });
    for (const [method, path] of [
      ['GET', '/api/account/security'],
      ['DELETE', '/api/account/totp'],
      ['GET', `/api/tenants/${world.acme.id}/keys`],
    ] as const)
      expect([path, (await key.fetch(path, { method })).status]).toEqual([path, 403]);
    expect((await key.fetch('/api/auth/get-session')).status).toBe(404);
  });

  test('is never more than was asked for, nor than the person may do', async () => {
    const code = await begin(device(), { scope: 'skill:publish' });
    expect((await look(member, code)).status).toBe(200);
    expect((await decide(member, code, { scopes: ['skill:read'] })).status).toBe(422);
    expect((await decide(member, code, { scopes: ['skill:publish'] })).status).toBe(403);
    expect((await decide(member, code, { scopes: ['skill:publish'], tenantId: world.globex.id })).status).toBe(404);
    for (const scope of ['', 'skill:fly', 'skill:read member:invite'])
      expect(
        (await device().fetch('/api/device/code', { method: 'POST', body: { client_id: 'aegis-cli', scope } })).status,
      ).toBe(422);
  });

  test('nothing, when the person left the tenant meanwhile', async () => {
    const own = device();
    const code = await approved(own, member);
    await env.DB.prepare('delete from members where user_id = ?').bind(member.id).run();
    expect(await wordOf(await poll(own, code))).toEqual([400, 'access_denied']);
  });
});

describe('who lets it in', () => {
  test('only who has looked at the request decides about it, and only the first who looked', async () => {
    const own = device();
    const code = await begin(own);
    expect((await decide(author, code)).status).toBe(404);
    expect((await look(author, code)).status).toBe(200);
    const other = await signIn(world.acme.owner.email, PASSWORD, sendStrictly);
    expect((await look(other, code)).status).toBe(404);
    expect((await decide(other, code)).status).toBe(404);
    // Looking twice is free; the code reads however it is typed.
    const typed = { ...code, user_code: code.user_code.toLowerCase().replace('-', ' ') };
    expect((await look(author, typed)).status).toBe(200);
  });

  test('nobody names the person in the request, or another program (user_id, client_id)', async () => {
    const own = device();
    const code = await begin(own, { user_id: author.id, userId: author.id, claimed_by: author.id });
    expect((await decide(author, code)).status).toBe(404);
    expect(await wordOf(await poll(own, code))).toEqual([400, 'authorization_pending']);
    const body = { client_id: 'a-program-of-trust', scope: 'skill:read' };
    expect((await own.fetch('/api/device/code', { method: 'POST', body })).status).toBe(422);
  });

  test('a foreign page cannot make a browser decide (CSRF)', async () => {
    const code = await begin(device());
    await look(author, code);
    const answer = await author.fetch('/api/device/decision', {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
      body: { decision: 'approve', userCode: code.user_code, tenantId: world.acme.id, scopes: ['skill:read'] },
    });
    expect(answer.status).toBe(403);
  });

  test('both codes are hashes at rest, and each step that a person takes is audited (C39)', async () => {
    const own = device();
    const code = await approved(own);
    const { access_token } = await (await poll(own, code)).json<{ access_token: string }>();
    const dump = JSON.stringify([
      (await env.DB.prepare('select * from device_codes').all()).results,
      (await env.DB.prepare('select * from audit_events').all()).results,
    ]);
    for (const secret of [code.device_code, code.user_code, code.user_code.replace('-', ''), access_token])
      expect(dump).not.toContain(secret);
    expect(dump).toContain('device:decide');
    expect(dump).toContain('"action":"key:create"');
  });
});

describe('guessing and flooding (C32)', () => {
  test('one address begins thirty times in a quarter of an hour, whatever it says of itself', async () => {
    const own = device();
    const statuses: number[] = [];
    for (let at = 0; at < 31; at++) {
      const headers = { 'x-forwarded-for': `198.51.100.${at}`, 'x-real-ip': `198.51.100.${at}` };
      const body = { client_id: 'aegis-cli', scope: 'skill:read' };
      const answer = await own.fetch('/api/device/code', { method: 'POST', headers, body });
      statuses.push(answer.status);
      if (answer.status === 429) expect(answer.headers.get('retry-after')).toBe('900');
    }
    expect(statuses.lastIndexOf(200)).toBe(29);
    expect((await device().fetch('/api/device/code', { method: 'POST', body: {} })).status).toBe(422);
    pass(900);
    expect((await begin(own)).user_code).toMatch(/^[B-Z]{4}-[B-Z]{4}$/);
  });

  test('a person tries twenty codes, then waits; nobody else does', async () => {
    const guesser = await signIn(world.globex.author.email, PASSWORD, sendStrictly);
    const guess = async (who: Person) => (await look(who, { device_code: '', user_code: 'BCDF-GHJK' })).status;
    const statuses: number[] = [];
    for (let at = 0; at < 21; at++) statuses.push(await guess(guesser));
    expect([statuses[19], statuses[20]]).toEqual([404, 429]);
    expect(await guess(await signIn(world.globex.member.email, PASSWORD, sendStrictly))).toBe(404);
  });
});
