import { beforeAll, describe, expect, test } from 'vitest';
import { createWorld, PASSWORD, type World } from '../../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

const ORIGIN = 'http://localhost:8788';
const tryToSignIn = (email: string, password: string, cookie = '') =>
  world.nobody.fetch('/api/auth/sign-in/email', {
    method: 'POST',
    headers: { origin: ORIGIN, ...(cookie === '' ? {} : { cookie }) },
    body: { email, password },
  });

/** How many of so many wrong tries, all at once, were looked at. */
async function attack(email: string, times: number) {
  const answers = await Promise.all(Array.from({ length: times }, () => tryToSignIn(email, 'Wrong-Password-1!')));
  const refused = answers.filter(({ status }) => status === 429);
  return { heard: answers.filter(({ status }) => status === 401).length, refused };
}

describe('guessing at sign-in (A222, C32)', () => {
  test('of forty tries at once at most five are looked at, and the rest are told when to come back', async () => {
    const { heard, refused } = await attack(world.globex.member.email, 40);
    expect(heard).toBeLessThanOrEqual(5);
    expect(heard + refused.length).toBe(40);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await tryToSignIn(world.globex.member.email, PASSWORD)).status).toBe(429);
  });

  test('an account that does not exist answers in the same words', async () => {
    const { refused } = await attack('nobody@nowhere.example', 10);
    const { refused: known } = await attack(world.globex.author.email, 10);
    const words = async (answer: Response | undefined) => {
      const { detail = '', code } = (await answer?.json<{ detail?: string; code: string }>()) ?? {};
      return [answer?.status, code, detail.replaceAll(/\d+/g, 'N')];
    };
    expect(await words(refused[0])).toEqual(await words(known[0]));
  });

  test('who attacks an account does not lock its owner out of a browser that they used before', async () => {
    const first = await tryToSignIn(world.acme.member.email, PASSWORD);
    const device = first.headers
      .getSetCookie()
      .map((line) => line.split(';')[0] ?? '')
      .find((pair) => pair.startsWith('aegis.device='));
    await attack(world.acme.member.email, 10);
    expect((await tryToSignIn(world.acme.member.email, PASSWORD)).status).toBe(429);
    expect((await tryToSignIn(world.acme.member.email, PASSWORD, device)).status).toBe(200);
    // The cookie of one account is worth nothing for another.
    await attack(world.acme.author.email, 10);
    expect((await tryToSignIn(world.acme.author.email, PASSWORD, device)).status).toBe(429);
  });

  test('an invitation is no way around: whoever invites somebody guesses their password no faster', async () => {
    const email = world.globex.owner.email;
    const { url } = await world.acme.owner.json<{ url: string }>(`/api/tenants/${world.acme.id}/invitations`, {
      method: 'POST',
      body: { email, role: 'member' },
    });
    const token = new URL(url).searchParams.get('token');
    const guess = () =>
      world.nobody.fetch('/api/invitations/accept', {
        method: 'POST',
        body: { token, name: 'X', password: 'Wrong-Password-1!' },
      });
    const statuses = (await Promise.all(Array.from({ length: 12 }, guess))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 403).length).toBeLessThanOrEqual(5);
    expect(new Set(statuses)).toEqual(new Set([403, 429]));
  });

  test('whoever signs in rightly is not counted', async () => {
    for (let index = 0; index < 8; index++)
      expect((await tryToSignIn(world.acme.owner.email, PASSWORD)).status).toBe(200);
  });
});
