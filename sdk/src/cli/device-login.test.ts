import { expect, it } from 'vitest';
import { signingRegistry } from '../../testing/signing-registry.ts';
import { testIo } from '../../testing/test-io.ts';

/** Signs in at a registry whose device endpoint answers so, one after the other. */
async function loginWith(answers: readonly string[]) {
  const registry = await signingRegistry();
  registry.device.push(...answers);
  const io = await testIo({ answers: [] });
  const begunAtMs = io.now();
  const code = await io.aegis('login', '--registry', registry.url);
  return { io, code, seconds: (io.now() - begunAtMs) / 1000, polls: registry.device.length };
}

it('tells the code, waits as it is told, and keeps the key that comes out (RFC 8628, section 3.5)', async () => {
  const { io, code, seconds } = await loginWith([
    'AUTHORIZATION_PENDING',
    'SLOW_DOWN',
    'AUTHORIZATION_PENDING',
    'token',
  ]);
  expect(code, io.err()).toBe(0);
  expect(io.err()).toContain('BCDF-GHJK');
  expect(io.err()).toContain('/device');
  // Five seconds each, and ten from the slow_down on.
  expect(seconds).toBe(5 + 5 + 10 + 10);
  expect(await io.aegis('whoami')).toBe(0);
});

it.each([
  ['ACCESS_DENIED', 'was denied'],
  ['EXPIRED_TOKEN', 'Nobody decided in time'],
  ['INVALID_GRANT', 'used already'],
])('%s ends it, with nothing stored', async (answer, words) => {
  const { io, code } = await loginWith(['AUTHORIZATION_PENDING', answer]);
  expect(code).toBe(4);
  expect(io.err()).toContain(words);
  expect(await io.aegis('whoami')).toBe(4);
});

it('ends by itself when nobody decides, and asks less often where nothing answers', async () => {
  const never = await loginWith(Array.from({ length: 200 }, () => 'AUTHORIZATION_PENDING'));
  expect([never.code, never.seconds]).toEqual([4, 600]);
  const { code, seconds } = await loginWith(['gone', 'gone', 'token']);
  expect([code, seconds]).toEqual([0, 5 + 10 + 20]);
});

it('asks for the scopes that are named, and for no other', async () => {
  const registry = await signingRegistry();
  registry.device.push('token');
  const io = await testIo({ answers: [] });
  expect(await io.aegis('login', '--registry', registry.url, '--scopes', 'skill:read,install:read')).toBe(0);
  const asked = registry.received.find(({ url }) => url === '/api/device/code');
  expect(JSON.parse(String(asked?.body))).toMatchObject({ client_id: 'aegis-cli', scope: 'skill:read install:read' });
  expect(await io.aegis('login', '--registry', registry.url, '--scopes', 'skill:fly')).toBe(2);
  expect(io.err()).toContain('skill:fly');
});

it('signing out revokes the key that was made for this machine, and says so when it could not', async () => {
  const { io, registry } = await signedIn('--device');
  registry.lies.revocation = 'gone';
  expect(await io.aegis('logout')).toBe(1);
  expect(io.err()).toMatch(/could not be revoked, and works until it expires: .*\n.*page “Keys”/);
  expect(await io.aegis('whoami')).toBe(4);
  const again = await signedIn('--device');
  expect(await again.io.aegis('logout')).toBe(0);
  expect(again.io.out()).toContain('the key of this machine is revoked');
  expect(again.registry.received.at(-1)).toMatchObject({ method: 'DELETE', url: '/api/keys/own' });
});

it('signing out leaves a key alone that was given, which may be in use elsewhere, unless it is told to revoke it', async () => {
  const { io, registry } = await signedIn('--token', 'aeg_good');
  expect(await io.aegis('logout')).toBe(0);
  expect(io.out()).toContain('lives on');
  expect(registry.received.some(({ url }) => url === '/api/keys/own')).toBe(false);
  const again = await signedIn('--token', 'aeg_good');
  expect(await again.io.aegis('logout', '--revoke')).toBe(0);
  expect(again.registry.received.some(({ url }) => url === '/api/keys/own')).toBe(true);
});

it('signing out with a key that is dead already is done', async () => {
  const { io, registry } = await signedIn('--device');
  // Revoked on the page, by its owner.
  const authorization = 'Bearer aeg_good';
  await fetch(`${registry.url}/api/keys/own`, { method: 'DELETE', headers: { authorization } });
  expect(await io.aegis('logout')).toBe(0);
});

async function signedIn(...how: string[]) {
  const registry = await signingRegistry();
  registry.device.push('token');
  const io = await testIo({ answers: [] });
  expect(await io.aegis('login', '--registry', registry.url, ...how), io.err()).toBe(0);
  return { io, registry };
}
