import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { TOTP } from '@aegis/skill-sdk/limits';
import { createApp } from '../app.ts';
import type { Env } from '../env.ts';
import { hotp } from '../people/account/totp.ts';
import { PASSWORD, type Person, type Send } from './world.ts';

const strict: Env = { ...env, DEMO: 'off' };
const app = createApp();

/** To a registry without the demo's exception: people of the platform need a second factor. */
export const sendStrictly: Send = async (url, init) => {
  const execution = createExecutionContext();
  const answer = await app.fetch(new Request(url, init), strict, execution);
  await waitOnExecutionContext(execution);
  return answer;
};

/** The code of an app, so many steps from now; -1, 0 and 1 hold, and each works once. */
export function codeOf(secret: string, stepsFromNow: -1 | 0 | 1): string {
  return hotp(secret, Math.floor(Date.now() / 1000 / TOTP.periodSeconds) + stepsFromNow);
}

/** Sets up an authenticator app with the code of the step before. */
export async function enrolTotp(person: Person): Promise<{ secret: string; backupCodes: string[] }> {
  const { secret } = await person.json<{ secret: string }>('/api/account/totp', {
    method: 'POST',
    body: { password: PASSWORD },
  });
  const { codes } = await person.json<{ codes: string[] }>('/api/account/totp/confirm', {
    method: 'POST',
    body: { code: codeOf(secret, -1) },
  });
  return { secret, backupCodes: codes };
}
