import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Authenticator, createAuthenticator } from '../../testing/authenticator.ts';
import { sendStrictly } from '../../testing/second-factor.ts';
import { accept, createWorld, PASSWORD, type Person, person, signIn, type World } from '../../testing/world.ts';

const ORIGIN = 'http://localhost:8788';
let world: World;
let made = 0;
beforeAll(async () => {
  world = await createWorld();
});

async function newPerson(): Promise<Person> {
  const email = `passkey-${++made}@acme.example`;
  const { url } = await world.acme.owner.json<{ url: string }>(`/api/tenants/${world.acme.id}/invitations`, {
    method: 'POST',
    body: { email, role: 'owner' },
  });
  return await accept(url, email, email);
}

const post = (who: Person, path: string, body: unknown = {}) => who.fetch(path, { method: 'POST', body });
const optionsFor = (who: Person, path: string, body: unknown = {}) =>
  who.json<{ publicKey: Record<string, unknown> }>(path, { method: 'POST', body });

async function addPasskey(
  who: Person,
  device: Authenticator,
  name = 'Laptop',
): Promise<{ id: string; answer: Response }> {
  const options = await optionsFor(who, '/api/account/passkeys/options', { password: PASSWORD });
  const answer = await post(who, '/api/account/passkeys', { name, credential: await device.create(options) });
  return { id: (await answer.clone().json<{ id: string }>()).id, answer };
}

/** Signs in with the passkey alone; the answer, and the person when it was good. */
async function signInWith(device: Authenticator, credential?: Record<string, unknown>) {
  const options = await optionsFor(world.nobody, '/api/auth/passkey/options');
  const proof = credential ?? (await device.get(options));
  const answer = await world.nobody.fetch('/api/auth/passkey', {
    method: 'POST',
    headers: { origin: ORIGIN },
    body: { credential: proof },
  });
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return { answer, proof, who: person('usr', '', { cookie, origin: ORIGIN }) };
}

const soon = (read: () => Promise<unknown>) => expect.poll(read, { timeout: 3000 });

describe('a passkey', () => {
  test('is added, named, signs in alone with all rights, and is removed', async () => {
    const owner = await newPerson();
    const device = await createAuthenticator(ORIGIN);
    const { id, answer } = await addPasskey(owner, device);
    expect(answer.status).toBe(201);
    const { answer: signedIn, who } = await signInWith(device);
    expect(signedIn.status).toBe(200);
    expect(signedIn.headers.getSetCookie().join()).toMatch(/aegis\.session_token=.*HttpOnly/);
    expect((await who.fetch(`/api/tenants/${world.acme.id}`)).status).toBe(200);
    await owner.json(`/api/account/passkeys/${id}`, { method: 'PATCH', body: { name: 'Blue key' } });
    expect(await who.json('/api/account/security')).toMatchObject({
      passkeys: [{ id, name: 'Blue key', lastUsedAt: expect.stringContaining('T') }],
    });
    await owner.json(`/api/account/passkeys/${id}`, { method: 'DELETE' });
    expect((await signInWith(device)).answer.status).toBe(422);
  });

  test('is a second factor: after the password it is asked for, and proves it', async () => {
    const owner = await newPerson();
    const device = await createAuthenticator(ORIGIN);
    await addPasskey(owner, device);
    const half = await signIn(owner.email);
    expect((await half.fetch(`/api/tenants/${world.acme.id}`)).status).toBe(403);
    const options = await optionsFor(half, '/api/account/second-factor/passkey/options');
    const credential = await device.get(options);
    expect((await post(half, '/api/account/second-factor/passkey', { credential })).status).toBe(200);
    await soon(async () => (await half.fetch(`/api/tenants/${world.acme.id}`)).status).toBe(200);
    expect((await post(half, '/api/account/second-factor/passkey', { credential })).status).toBe(422);
  });

  test('is enough for a platform admin to enrol with', async () => {
    const { url } = await world.admin.json<{ url: string }>('/api/admin/invitations', {
      method: 'POST',
      body: { email: 'passkey-admin@platform.example', role: 'admin' },
    });
    await accept(url, 'passkey-admin@platform.example', 'Pat');
    const admin = await signIn('passkey-admin@platform.example', PASSWORD, sendStrictly);
    expect((await admin.fetch('/api/admin/tenants')).status).toBe(403);
    expect((await addPasskey(admin, await createAuthenticator(ORIGIN))).answer.status).toBe(201);
    await soon(async () => (await admin.fetch('/api/admin/tenants')).status).toBe(200);
  });

  test('proves once: the same answer again, also at the same moment, is refused and leaves no session', async () => {
    const owner = await newPerson();
    const device = await createAuthenticator(ORIGIN);
    await addPasskey(owner, device);
    const options = await optionsFor(world.nobody, '/api/auth/passkey/options');
    const proof = await device.get(options);
    const before = await countSessions(owner.id);
    const tries = await Promise.all([signInWith(device, proof), signInWith(device, proof)]);
    expect(tries.map(({ answer }) => answer.status).sort()).toEqual([200, 422]);
    expect((await signInWith(device, proof)).answer.status).toBe(422);
    expect(await countSessions(owner.id)).toBe(before + 1);
  });

  test('of another origin, without the person’s consent, or for another purpose is refused', async () => {
    const owner = await newPerson();
    for (const wrong of [
      await createAuthenticator('http://evil.example:8788'),
      await createAuthenticator(ORIGIN, { verifies: false }),
    ])
      expect((await addPasskey(owner, wrong)).answer.status).toBe(422);
    const device = await createAuthenticator(ORIGIN);
    await addPasskey(owner, device);
    const toProve = await optionsFor(owner, '/api/account/second-factor/passkey/options');
    expect((await signInWith(device, await device.get(toProve))).answer.status).toBe(422);
  });

  test('of somebody else proves nothing, cannot be named and cannot be removed', async () => {
    const [owner, other] = [await newPerson(), await newPerson()];
    const [device, theirs] = [await createAuthenticator(ORIGIN), await createAuthenticator(ORIGIN)];
    const { id } = await addPasskey(owner, device);
    await addPasskey(other, theirs);
    const half = await signIn(other.email);
    const options = await optionsFor(half, '/api/account/second-factor/passkey/options');
    expect(
      (await post(half, '/api/account/second-factor/passkey', { credential: await device.get(options) })).status,
    ).toBe(422);
    expect((await other.fetch(`/api/account/passkeys/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await other.fetch(`/api/account/passkeys/${id}`, { method: 'PATCH', body: { name: 'x' } })).status).toBe(
      404,
    );
  });

  test('is added only with the password, so that a stolen session adds none', async () => {
    const owner = await newPerson();
    const answer = await post(owner, '/api/account/passkeys/options', { password: 'Stolen-Session-1!' });
    expect(answer.status).toBe(422);
  });

  test('needs a proof of the last five minutes to be removed', async () => {
    const owner = await newPerson();
    const { id } = await addPasskey(owner, await createAuthenticator(ORIGIN));
    expect(await owner.json('/api/account/security')).toMatchObject({ freshUntil: expect.stringContaining('T') });
    await env.DB.prepare('update sessions set mfa_at_ms = ? where user_id = ?')
      .bind(Date.now() - 300_001, owner.id)
      .run();
    await soon(
      async () => (await owner.json<{ freshUntil: string | null }>('/api/account/security')).freshUntil,
    ).toBeNull();
    const answer = await owner.fetch(`/api/account/passkeys/${id}`, { method: 'DELETE' });
    expect(await answer.json()).toMatchObject({ code: 'STEP_UP_REQUIRED' });
  });

  test('the page that asks for one is told nothing about who has one', async () => {
    const { publicKey } = await optionsFor(world.nobody, '/api/auth/passkey/options');
    expect(Object.keys(publicKey).sort()).toEqual(
      expect.arrayContaining(['challenge', 'rpId', 'timeout', 'userVerification']),
    );
    expect(publicKey.allowCredentials ?? []).toEqual([]);
  });
});

async function countSessions(userId: string): Promise<number> {
  const row = await env.DB.prepare('select count(*) as n from sessions where user_id = ?')
    .bind(userId)
    .first<{ n: number }>();
  return row?.n ?? 0;
}
