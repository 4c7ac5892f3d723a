import { createExecutionContext, env, waitOnExecutionContext } from 'cloudflare:test';
import { TRIES_MAX, TRIES_WINDOW_MINUTES } from '@aegis/skill-sdk/limits';
import { vi } from 'vitest';
import { createApp } from '../app.ts';
import type { Env } from '../env.ts';
import { PASSWORD, type Person } from './world.ts';

const ORIGIN = 'http://localhost:8788';
/** As in production, where the edge says from where a request comes and nobody can make that up. */
const production: Env = { ...env, APP_ENV: 'production', DEMO: 'off' };
const app = createApp();

interface Try {
  email: string;
  password: string;
  address: string;
  cookie?: string;
}

async function trySignIn({ email, password, address, cookie }: Try): Promise<Response> {
  const headers = {
    'content-type': 'application/json',
    'cf-connecting-ip': address,
    origin: ORIGIN,
    ...(cookie === undefined ? {} : { cookie }),
  };
  const body = JSON.stringify({ email, password });
  const execution = createExecutionContext();
  const request = new Request(`${ORIGIN}/api/auth/sign-in/email`, { method: 'POST', headers, body });
  const answer = await app.fetch(request, production, execution);
  await waitOnExecutionContext(execution);
  return answer;
}

/** What became of an attack with lists of stolen passwords. */
export interface Stuffing {
  tries: number;
  /** Looked at: a password was compared. */
  heard: number;
  /** Looked at although the account or the address had its five in the window already. */
  beyond: number;
  /** Owners who could not sign in afterwards, on a browser that they used before. */
  lockedOut: number;
}

/**
 * So many tries from so many addresses, spread over the window, at accounts that exist and as many that do not; then
 * every owner signs in. The clock is the test's.
 */
export async function stuff(owners: readonly Person[], tries: number, addresses: number): Promise<Stuffing> {
  const devices = new Map<string, string>();
  for (const [index, { email }] of owners.entries()) {
    const answer = await trySignIn({ email, password: PASSWORD, address: `198.51.100.${index}` });
    const pairs = answer.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
    devices.set(email, pairs.find((pair) => pair.startsWith('aegis.device=')) ?? '');
  }
  const targets = [...owners.map(({ email }) => email), ...owners.map((_, index) => `nobody-${index}@nowhere.example`)];
  const heardOf = new Map<string, number>();
  const result: Stuffing = { tries, heard: 0, beyond: 0, lockedOut: 0 };
  const stepMs = Math.floor((TRIES_WINDOW_MINUTES * 60_000 * 0.99) / tries);
  for (let made = 0; made < tries; made++) {
    const email = targets[(made * 7) % targets.length] ?? '';
    const address = `203.0.113.${made % addresses}`;
    const answer = await trySignIn({ email, password: `Stolen-Password-${made}`, address });
    await answer.body?.cancel();
    vi.setSystemTime(Date.now() + stepMs);
    if (answer.status === 429) continue;
    result.heard++;
    const counts = [email, address].map((name) => (heardOf.get(name) ?? 0) + 1);
    heardOf.set(email, counts[0] ?? 0).set(address, counts[1] ?? 0);
    if (counts.some((count) => count > TRIES_MAX)) result.beyond++;
  }
  for (const [index, { email }] of owners.entries()) {
    const cookie = devices.get(email) ?? '';
    const answer = await trySignIn({ email, password: PASSWORD, address: `198.51.100.${index}`, cookie });
    await answer.body?.cancel();
    if (answer.status !== 200) result.lockedOut++;
  }
  return result;
}
