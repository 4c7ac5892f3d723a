import { AegisError } from '@aegis/skill-sdk/errors';
import type { SsoTest } from '@aegis/skill-sdk/wire/sso';
import * as oauth from 'oauth4webapi';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { type Issuer, readIssuer } from '../../issuers.ts';
import { readOutside } from '../../outside.ts';
import { askToken, authorizationEndpoint, redirectUri } from './provider.ts';
import type { Connection, Domain } from './store.ts';

type Check = SsoTest['checks'][number];
const Keys = z.object({ keys: z.array(z.object({ kty: z.string() })) });

/** Tries everything that can be tried without a person, and says in words what is wrong. It stops where nothing else can be tried. */
export async function testConnection(
  ctx: Context,
  connection: Connection,
  domains: readonly Domain[],
): Promise<Check[]> {
  const issuer = await attempt('Provider', async () => {
    const found = await readIssuer(ctx, connection.issuer, true);
    authorizationEndpoint(ctx, found.metadata);
    return { value: found, detail: `${connection.issuer} describes itself as OpenID Connect wants.` };
  });
  const proved = domains.filter(({ verifiedAtMs }) => verifiedAtMs !== null).map(({ domain }) => domain);
  const domain: Check = {
    name: 'Domains',
    ok: proved.length > 0,
    detail:
      proved.length > 0
        ? `People with an address at ${proved.join(', ')} can come in.`
        : 'No domain is verified yet, so nobody can come in. Add one and set its TXT record.',
  };
  if (issuer.value === undefined) return [issuer.check, domain];
  const { metadata } = issuer.value;
  return [
    issuer.check,
    checkCode(metadata),
    (await checkKeys(ctx, metadata)).check,
    await checkClient(ctx, connection, metadata),
    domain,
  ];
}

function checkCode(metadata: Issuer['metadata']): Check {
  const challenges = metadata.code_challenge_methods_supported;
  const responses = metadata.response_types_supported;
  const name = 'Authorization code with PKCE';
  if (Array.isArray(responses) && !responses.includes('code'))
    return { name, ok: false, detail: 'The provider does not offer the response type code.' };
  if (Array.isArray(challenges) && !challenges.includes('S256'))
    return { name, ok: false, detail: 'The provider does not offer PKCE with S256. Switch it on for this client.' };
  return {
    name,
    ok: true,
    detail: Array.isArray(challenges)
      ? 'Offered.'
      : 'The provider does not say whether it knows PKCE; it is sent anyway.',
  };
}

async function checkKeys(ctx: Context, metadata: Issuer['metadata']) {
  return await attempt('Keys', async () => {
    const answer = await readOutside(new URL(metadata.jwks_uri), ctx.config.APP_ENV === 'dev');
    const found = Keys.safeParse(await answer.json().catch(() => null));
    const amount = found.success ? found.data.keys.filter(({ kty }) => kty !== 'oct').length : 0;
    if (amount === 0)
      throw new AegisError('UNAVAILABLE', {
        detail: `${metadata.jwks_uri} has no key that tokens can be checked with.`,
      });
    return { value: amount, detail: amount === 1 ? 'One key is published.' : `${amount} keys are published.` };
  });
}

/** A code that nobody was given: whoever knows the client refuses the code, whoever does not refuses the client (RFC 6749, 5.2). */
async function checkClient(ctx: Context, connection: Connection, metadata: Issuer['metadata']): Promise<Check> {
  const name = 'Client id and secret';
  const server = metadata as oauth.AuthorizationServer;
  const client: oauth.Client = { client_id: connection.clientId };
  const state = oauth.generateRandomState();
  try {
    const made = new URLSearchParams({ code: 'aegis-connection-test', state, iss: connection.issuer });
    const checked = oauth.validateAuthResponse(server, client, made, state);
    const verifier = oauth.generateRandomCodeVerifier();
    const answer = await askToken(ctx, connection, { server, client, checked, verifier });
    const body = z.object({ error: z.string() }).safeParse(await answer.json().catch(() => null));
    const error = body.success ? body.data.error : `status ${answer.status}`;
    if (error === 'invalid_grant') return { name, ok: true, detail: 'The provider knows this client.' };
    if (error === 'invalid_client')
      return {
        name,
        ok: false,
        detail: 'The provider does not know this client, or its secret is another one. Enter both anew.',
      };
    if (error === 'unauthorized_client')
      return { name, ok: false, detail: 'The provider knows this client and does not let it use authorization codes.' };
    return {
      name,
      ok: false,
      detail: `The provider answered ${error.slice(0, 80)}. See that it allows the redirect URI ${redirectUri(ctx, connection.tenantId)}.`,
    };
  } catch (cause) {
    return { name, ok: false, detail: wordsOf(cause) };
  }
}

async function attempt<T>(
  name: string,
  look: () => Promise<{ value: T; detail: string }>,
): Promise<{ check: Check; value?: T }> {
  try {
    const { value, detail } = await look();
    return { check: { name, ok: true, detail }, value };
  } catch (cause) {
    return { check: { name, ok: false, detail: wordsOf(cause) } };
  }
}

function wordsOf(cause: unknown): string {
  if (cause instanceof AegisError) return cause.detail ?? cause.title;
  return `It does not work: ${cause instanceof Error ? cause.message.slice(0, 200) : 'unknown'}.`;
}
