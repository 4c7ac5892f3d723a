import { type Client, createClient } from '@aegis/skill-sdk/client';
import { AegisError, fromProblem, type Problem } from '@aegis/skill-sdk/errors';

/** Signs in as a browser does, and returns a client that acts with that session. Throws what the registry says. */
export async function signIn(url: string, email: string, password: string): Promise<Client> {
  const response = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ email, password }),
  });
  if (!response.ok) throw fromProblem((await response.json()) as Problem);
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  if (cookie === '') throw new AegisError('NOT_A_REGISTRY', { detail: `${url} signed ${email} in without a cookie.` });
  return createClient({ url, headers: { cookie, origin: url } });
}
