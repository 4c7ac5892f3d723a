import { env } from 'cloudflare:workers';
import { beforeAll, expect, test } from 'vitest';
import { createWorld, person, type World } from '../testing/world.ts';

interface Outbox {
  sender: string;
  mails: { to: string; subject: string; state: string; text: string | null }[];
}
// To a provider mails go end to end: `e2e/single-sign-on.test.ts` has the network for it.
let world: World;
beforeAll(async () => {
  world = await createWorld();
});
const outbox = () => world.admin.json<Outbox>('/api/admin/mails');
const invite = (email: string) =>
  world.acme.owner.json<{ url: string; mailed: boolean }>(`/api/tenants/${world.acme.id}/invitations`, {
    method: 'POST',
    body: { email, role: 'member' },
  });

test('an invitation is written to whom it is for, with the link that works once; the link can still be copied', async () => {
  const { url, mailed } = await invite('guest@acme.example');
  expect(mailed).toBe(false);
  const { sender, mails } = await outbox();
  const [mail] = mails;
  expect([sender, mail?.to, mail?.subject, mail?.state]).toEqual([
    'outbox',
    'guest@acme.example',
    'You are invited to acme',
    'kept',
  ]);
  expect(mail?.text).toContain(url);
  const token = new URL(/https?:\S+/.exec(mail?.text ?? '')?.[0] ?? '').searchParams.get('token');
  const accept = () =>
    person('nobody', '', {}).fetch('/api/invitations/accept', {
      method: 'POST',
      body: { token, name: 'Guest', password: 'A-guest-in-2026!' },
    });
  expect((await accept()).status).toBe(201);
  expect((await accept()).status).toBe(404);
});

test('the link stands nowhere in the clear, and is forgotten when it has ended (C39)', async () => {
  const { url } = await invite('late@acme.example');
  const token = new URL(url).searchParams.get('token') ?? '';
  const rows = async () => JSON.stringify((await env.DB.prepare('select * from mails').all()).results);
  expect(await rows()).not.toContain(token);
  await env.DB.prepare('update mails set expires_at_ms = 1').run();
  expect((await outbox()).mails.every(({ text }) => text === null)).toBe(true);
  await invite('next@acme.example');
  const { results } = await env.DB.prepare('select id from mails where sealed is not null').all();
  expect(results).toHaveLength(1);
});
