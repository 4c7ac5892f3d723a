import { AegisError, fromProblem, type Problem } from '@aegis/skill-sdk/errors';
import { SsoStarted } from '@aegis/skill-sdk/wire/sso';
import type { RequestEvent } from '@sveltejs/kit';
import { bindingFetch, forwardedHeaders } from './api.ts';
import { forwardCookies } from './set-cookie.ts';

/** Signs in with e-mail and password and hands the session's cookie on. Throws what the registry says against it. */
export async function signIn(event: RequestEvent, credentials: { email: string; password: string }): Promise<void> {
  const answer = await post(event, '/api/auth/sign-in/email', credentials);
  if (!answer.ok) throw await errorOf(answer);
  forwardCookies(answer, event.cookies);
}

/** Begins a sign-in through the company of an address; returns where the browser goes for it. */
export async function startAtCompany(event: RequestEvent, ask: { email: string; next: string }): Promise<string> {
  const answer = await post(event, '/api/auth/sso/start', ask);
  if (!answer.ok) throw await errorOf(answer);
  forwardCookies(answer, event.cookies);
  return SsoStarted.parse(await answer.json()).url;
}

/** Ends the session; a session that is gone already is no error. */
export async function signOut(event: RequestEvent): Promise<void> {
  const answer = await post(event, '/api/auth/sign-out', {});
  forwardCookies(answer, event.cookies);
  if (!answer.ok && answer.status !== 401) throw await errorOf(answer);
}

function post(event: RequestEvent, path: string, body: unknown): Promise<Response> {
  return bindingFetch(event)(new URL(path, event.url.origin), {
    method: 'POST',
    headers: { ...forwardedHeaders(event.request), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function errorOf(answer: Response): Promise<AegisError> {
  const body = (await answer.json().catch(() => null)) as Problem | null;
  if (typeof body?.code === 'string') return fromProblem(body);
  return new AegisError('UNAVAILABLE', { detail: `The registry answered ${answer.status}. Nothing was changed.` });
}
