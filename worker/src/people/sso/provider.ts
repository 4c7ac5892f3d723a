import { AegisError } from '@aegis/skill-sdk/errors';
import { jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import type { Context } from '../../context.ts';
import { CLOCK_TOLERANCE_SECONDS, ID_TOKEN_ALGORITHMS, type Issuer, readIssuer } from '../../issuers.ts';
import { askOutside, reasonAgainstAddress } from '../../outside.ts';
import { unseal } from '../../sealed.ts';
import type { Attempt } from './attempt.ts';
import type { Connection } from './store.ts';

const SCOPE = 'openid email profile';

/** What the client's secret of a tenant is sealed for. */
export const secretOwner = (tenantId: string) => `sso ${tenantId}`;

/** Where a provider sends people back to: one address per tenant, so that no provider answers for another (RFC 9700, 4.4.2.2). */
export function redirectUri(ctx: Context, tenantId: string): string {
  return `${ctx.config.APP_ORIGIN}/api/auth/sso/${tenantId}/callback`;
}

/** Where the browser goes, and what it must bring back. Throws UNAVAILABLE. */
export async function beginAt(
  ctx: Context,
  connection: Connection,
  email: string,
): Promise<{ url: URL; secrets: Pick<Attempt, 'state' | 'nonce' | 'verifier'> }> {
  const { metadata } = await readIssuer(ctx, connection.issuer);
  const url = authorizationEndpoint(ctx, metadata);
  const secrets = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
  };
  const asked = {
    response_type: 'code',
    client_id: connection.clientId,
    redirect_uri: redirectUri(ctx, connection.tenantId),
    scope: SCOPE,
    state: secrets.state,
    nonce: secrets.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(secrets.verifier),
    code_challenge_method: 'S256',
    login_hint: email,
  };
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  return { url, secrets };
}

/** The page of the provider where people sign in. Throws UNAVAILABLE when it names none that may be visited. */
export function authorizationEndpoint(ctx: Context, metadata: Issuer['metadata']): URL {
  const named = metadata.authorization_endpoint;
  const url = typeof named === 'string' && URL.canParse(named) ? new URL(named) : null;
  if (url === null || reasonAgainstAddress(url, ctx.config.APP_ENV === 'dev') !== null)
    throw new AegisError('UNAVAILABLE', { detail: 'The provider names no page to sign in at that can be used.' });
  return url;
}

/**
 * What the provider says of the person that its answer is about: claims of an ID token whose issuer, audience, times,
 * nonce and signature are right, with what its user-info endpoint adds. Throws INVALID_GRANT, or UNAVAILABLE.
 */
export async function redeem(
  ctx: Context,
  connection: Connection,
  attempt: Attempt,
  answer: URLSearchParams,
): Promise<Record<string, unknown> & { sub: string }> {
  const { metadata, keys } = await readIssuer(ctx, connection.issuer);
  const server = metadata as oauth.AuthorizationServer;
  const client: oauth.Client = { client_id: connection.clientId, [oauth.clockTolerance]: CLOCK_TOLERANCE_SECONDS };
  try {
    const checked = oauth.validateAuthResponse(server, client, answer, attempt.state);
    const response = await askToken(ctx, connection, { server, client, checked, verifier: attempt.verifier });
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: attempt.nonce,
      requireIdToken: true,
    });
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    if (claims === undefined || tokens.id_token === undefined) throw new Error('no ID token');
    await jwtVerify(tokens.id_token, keys, {
      issuer: connection.issuer,
      audience: connection.clientId,
      algorithms: ID_TOKEN_ALGORITHMS,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(ctx.nowMs),
    });
    return { ...(await askUserInfo(ctx, server, client, tokens.access_token, claims.sub)), ...claims };
  } catch (cause) {
    if (cause instanceof AegisError) throw cause;
    throw new AegisError('INVALID_GRANT', { detail: wordsOf(cause), cause });
  }
}

interface Asked {
  server: oauth.AuthorizationServer;
  client: oauth.Client;
  checked: URLSearchParams;
  verifier: string;
}

/** The answer of the token endpoint to a code, of whatever status. Throws UNAVAILABLE. */
export async function askToken(
  ctx: Context,
  connection: Connection,
  { server, client, checked, verifier }: Asked,
): Promise<Response> {
  const { sealedSecret, tenantId } = connection;
  const secret =
    sealedSecret === null ? null : await unseal(ctx.config.AUTH_SECRET, secretOwner(tenantId), sealedSecret);
  const redirect = redirectUri(ctx, tenantId);
  return await oauth.authorizationCodeGrantRequest(
    server,
    client,
    asClient(server, secret),
    checked,
    redirect,
    verifier,
    {
      ...guarded(ctx),
    },
  );
}

/** OpenID Connect Core 1.0, section 9: basic unless the provider leaves it out. */
function asClient(server: oauth.AuthorizationServer, secret: string | null): oauth.ClientAuth {
  if (secret === null) return oauth.None();
  const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  return methods.includes('client_secret_basic') || !methods.includes('client_secret_post')
    ? oauth.ClientSecretBasic(secret)
    : oauth.ClientSecretPost(secret);
}

/** Many providers keep addresses and groups out of the ID token. */
async function askUserInfo(
  ctx: Context,
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  accessToken: string,
  subject: string,
): Promise<Record<string, unknown>> {
  if (server.userinfo_endpoint === undefined) return {};
  const response = await oauth.userInfoRequest(server, client, accessToken, guarded(ctx));
  return await oauth.processUserInfoResponse(server, client, subject, response);
}

function guarded(ctx: Context) {
  const dev = ctx.config.APP_ENV === 'dev';
  return {
    [oauth.allowInsecureRequests]: dev,
    [oauth.customFetch]: (url: string, init: { method: string; headers: Record<string, string>; body?: unknown }) =>
      askOutside(new URL(url), dev, {
        method: init.method,
        headers: init.headers,
        body: init.body === undefined || init.body === null ? null : String(init.body),
      }),
  };
}

/** For the tenant's trail: what did not fit, and nothing that is secret. */
function wordsOf(cause: unknown): string {
  if (cause instanceof oauth.AuthorizationResponseError || cause instanceof oauth.ResponseBodyError)
    return `The provider answered ${cause.error}${cause.error_description === undefined ? '' : `: ${cause.error_description.slice(0, 200)}`}.`;
  const detail = cause instanceof Error ? cause.message.slice(0, 200) : 'unknown';
  return `The provider’s answer does not hold: ${detail}.`;
}
