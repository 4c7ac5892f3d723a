import { z } from 'zod';
import { createClient } from '../client.ts';
import { AegisError } from '../errors.ts';
import type { Io } from './io.ts';
import { connect, nonEmpty } from './registry.ts';

/** A new token is fetched this long before the old one ends. */
const SPARE_MS = 60_000;

/** True where a job can show who it is: it asks for a token, or was given one. */
export function isCiJob({ env }: Io): boolean {
  return nonEmpty(env.AEGIS_ID_TOKEN) !== undefined || nonEmpty(env.ACTIONS_ID_TOKEN_REQUEST_URL) !== undefined;
}

/**
 * A client that acts as this CI job for one skill, and the tenant that trusts it. There is no falling back: where the
 * job is not trusted, that is the error. Throws INVALID_GRANT, USAGE, or what the registry says.
 */
export async function connectAsJob(io: Io, url: string, skill: string, warn: (line: string) => void) {
  const anyone = connect(io, url, undefined, warn);
  // Another registry that got this token could do nothing with it here: the token names the address that we mean.
  const audience = new URL(url).origin;
  const exchange = async () => {
    const token = await readIdToken(io, audience);
    const given = await anyone.publishers.exchange({ token, skill });
    return { ...given, untilMs: io.now() + given.expires_in * 1000 - SPARE_MS };
  };
  let current = await exchange();
  const client = createClient({
    url,
    fetch: io.fetch,
    token: async () => {
      if (io.now() >= current.untilMs) current = await exchange();
      return current.access_token;
    },
  });
  return { client, tenantId: current.tenant_id };
}

const Answer = z.object({ value: z.string() });

/** The job's OIDC token: AEGIS_ID_TOKEN, else asked of GitHub Actions, which hands one out for any audience. */
async function readIdToken(io: Io, audience: string): Promise<string> {
  const given = nonEmpty(io.env.AEGIS_ID_TOKEN);
  if (given !== undefined) return given;
  const address = nonEmpty(io.env.ACTIONS_ID_TOKEN_REQUEST_URL);
  const bearer = nonEmpty(io.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
  if (address === undefined || bearer === undefined || !URL.canParse(address)) {
    throw new AegisError('USAGE', {
      detail: 'This job may not show who it is: its workflow lacks `permissions: id-token: write`.',
    });
  }
  const url = new URL(address);
  url.searchParams.set('audience', audience);
  const answer = await io
    .fetch(url, { headers: { authorization: `bearer ${bearer}`, accept: 'application/json' } })
    .catch((cause) => {
      throw new AegisError('NETWORK', { detail: `${url.origin} did not answer with the token of this job.`, cause });
    });
  const found = answer.ok ? Answer.safeParse(await answer.json().catch(() => null)) : null;
  if (found?.success) return found.data.value;
  throw new AegisError('NETWORK', {
    detail: `${url.origin} answered ${answer.status}, wanted the token of this job. Run the job again.`,
  });
}
