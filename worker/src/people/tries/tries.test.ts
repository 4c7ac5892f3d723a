import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { sendStrictly } from '../../testing/second-factor.ts';
import { createWorld, PASSWORD, person, type World } from '../../testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
// The waits are seconds: with the clock at rest they do not depend on how fast this machine is.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const ORIGIN = 'http://localhost:8788';
/** In this isolate, whose clock the test holds. */
const nobody = person('nobody', '', {}, sendStrictly);
const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

const tryToSignIn = (email: string, password: string, cookie = '') =>
  nobody.fetch('/api/auth/sign-in/email', {
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
  test('five tries in fifteen minutes are looked at, with growing waits; the rest are told when to come back', async () => {
    const { email } = world.globex.member;
    const { heard, refused } = await attack(email, 40);
    expect([heard, refused.length, refused[0]?.headers.get('retry-after')]).toEqual([3, 37, '2']);
    expect((await tryToSignIn(email, PASSWORD)).status).toBe(429);
    pass(2000);
    expect((await attack(email, 5)).heard).toBe(1);
    pass(4000);
    expect((await attack(email, 5)).heard).toBe(1);
    pass(14 * 60_000);
    expect((await attack(email, 5)).heard).toBe(0);
    pass(60_000);
    expect((await tryToSignIn(email, PASSWORD)).status).toBe(200);
  });

  test('an account that does not exist answers in the same words', async () => {
    const { refused } = await attack('nobody@nowhere.example', 10);
    const { refused: known } = await attack(world.globex.author.email, 10);
    const words = async (answer: Response | undefined) => {
      const { requestId: _, ...rest } = (await answer?.json<Record<string, unknown>>()) ?? {};
      return [answer?.status, rest];
    };
    expect(await words(refused[0])).toEqual(await words(known[0]));
  });

  test('who attacks an account does not lock its owner out of a browser that they used before', async () => {
    const { member, author } = world.acme;
    const first = await tryToSignIn(member.email, PASSWORD);
    const device = first.headers
      .getSetCookie()
      .map((line) => line.split(';')[0] ?? '')
      .find((pair) => pair.startsWith('aegis.device='));
    await attack(member.email, 10);
    expect((await tryToSignIn(member.email, PASSWORD)).status).toBe(429);
    expect((await tryToSignIn(member.email, PASSWORD, device)).status).toBe(200);
    // The cookie of one account is worth nothing for another.
    await attack(author.email, 10);
    expect((await tryToSignIn(author.email, PASSWORD, device)).status).toBe(429);
  });

  test('an invitation is no way around: whoever invites somebody guesses their password no faster', async () => {
    const { email } = world.globex.owner;
    const { url } = await world.acme.owner.json<{ url: string }>(`/api/tenants/${world.acme.id}/invitations`, {
      method: 'POST',
      body: { email, role: 'member' },
    });
    const body = { token: new URL(url).searchParams.get('token'), name: 'X', password: 'Wrong-Password-1!' };
    const guess = () => nobody.fetch('/api/invitations/accept', { method: 'POST', body });
    const statuses = (await Promise.all(Array.from({ length: 12 }, guess))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 403)).toHaveLength(3);
    expect(new Set(statuses)).toEqual(new Set([403, 429]));
  });

  test('whoever signs in rightly is not counted', async () => {
    for (let index = 0; index < 8; index++)
      expect((await tryToSignIn(world.acme.owner.email, PASSWORD)).status).toBe(200);
  });
});
