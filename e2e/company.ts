import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider, { type ProviderContext } from 'oidc-provider';

export const CLIENT = { id: 'aegis', secret: 'a-secret-of-the-company' };
type Claims = Record<string, unknown>;

/** A company with an OpenID Connect provider (a certified one), a name server and a mail provider, all on loopback. */
export interface Company {
  issuer: string;
  dns: string;
  /** Claims of each person, by subject. */
  people: Map<string, Claims>;
  /** TXT records by name. */
  records: Map<string, string>;
  /** What was mailed through it; while `refusesMail`, nothing. */
  mails: { authorization: string; body: Record<string, unknown> }[];
  refusesMail: boolean;
  /** Who is signed in at the provider whatever the hint says; null: whom the hint names. */
  someoneElse: string | null;
  /** Changes the ID token before it goes out; it is signed anew with the provider's own key unless a text is returned. */
  crooked: ((claims: Claims) => Claims | string) | null;
  /** Addresses that people may be sent back to. */
  allow(redirectUris: string[]): void;
  stop(): Promise<void>;
}

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function startCompany(): Promise<Company> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: crypto.randomUUID(), alg: 'RS256', use: 'sig' };
  let provider: Provider | null = null;
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', company.issuer);
    if (url.pathname === '/dns-query') {
      const text = company.records.get(url.searchParams.get('name') ?? '');
      const answer = text === undefined ? { Status: 3 } : { Status: 0, Answer: [{ type: 16, data: `"${text}"` }] };
      response.writeHead(200, { 'content-type': 'application/dns-json' }).end(JSON.stringify(answer));
    } else if (url.pathname === '/mail') {
      const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
      if (!company.refusesMail) company.mails.push({ authorization: request.headers.authorization ?? '', body });
      response.writeHead(company.refusesMail ? 500 : 202).end('{}');
    } else if (provider === null) response.writeHead(503).end();
    else if (url.pathname.startsWith('/interaction/')) {
      const { params } = await provider.interactionDetails(request, response);
      const accountId = company.someoneElse ?? params.login_hint ?? '';
      if (request.method === 'POST') return provider.interactionFinished(request, response, { login: { accountId } });
      response.writeHead(200, { 'content-type': 'text/html' }).end(page(accountId));
    } else await provider.callback()(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const signed = (claims: Claims) => {
    const text = `${base64url({ alg: 'RS256', typ: 'JWT', kid: jwk.kid })}.${base64url(claims)}`;
    return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
  };
  const company: Company = {
    issuer,
    dns: `${issuer}/dns-query`,
    people: new Map(),
    records: new Map(),
    mails: [],
    refusesMail: false,
    someoneElse: null,
    crooked: null,
    allow: (redirectUris) => {
      provider = newProvider(company, jwk, redirectUris);
      provider.use(async (context, next) => {
        await next();
        const body = context.body as { id_token?: string } | undefined;
        if (context.path !== '/token' || company.crooked === null || body?.id_token === undefined) return;
        const [, claims = ''] = body.id_token.split('.');
        const changed = company.crooked(JSON.parse(Buffer.from(claims, 'base64url').toString()));
        body.id_token = typeof changed === 'string' ? changed : signed(changed);
      });
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return company;
}

/** An ID token that says so of itself and is signed by nobody. */
export function unsigned(claims: Claims): string {
  return `${base64url({ alg: 'none', typ: 'JWT' })}.${base64url(claims)}.`;
}

function newProvider(company: Company, jwk: object, redirectUris: string[]): Provider {
  return new Provider(company.issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: redirectUris,
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ['for tests only'] },
    claims: { openid: ['sub', 'groups', 'amr'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, AuthorizationCode: 60, IdToken: 600 },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    findAccount: (_: unknown, sub: string) =>
      company.people.has(sub)
        ? { accountId: sub, claims: async () => ({ sub, ...company.people.get(sub) }) }
        : undefined,
    loadExistingGrant: async ({ oidc }: ProviderContext) => {
      const { Grant } = oidc.provider;
      const grant = new Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
}

function page(who: string): string {
  return `<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Company</title><h1>Company</h1><form method="post"><button>Continue as ${who}</button></form></html>`;
}
