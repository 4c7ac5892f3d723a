import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a token is made of beside its claims; seconds count from now. */
export interface Minting {
  audience?: string | string[];
  issuedInSeconds?: number;
  expiresInSeconds?: number;
  jti?: string;
  /** Signs with a key that the issuer does not publish. */
  stranger?: boolean;
}

export interface OidcIssuer {
  url: string;
  /** Signs what a job of this issuer shows. */
  mint(claims: Record<string, unknown>, how?: Minting): Promise<string>;
  /** Signs with a new key from now on; the old one is published no more. */
  rotate(): void;
  /** What the runner tells a job: where it asks for its token. */
  runner: { ACTIONS_ID_TOKEN_REQUEST_URL: string; ACTIONS_ID_TOKEN_REQUEST_TOKEN: string };
  /** The claims of the job that asks the runner. */
  job: Record<string, unknown>;
  stop(): Promise<void>;
}

/** An OpenID Connect issuer of CI jobs on loopback, apart from the product’s own libraries: discovery, keys, and the endpoint that hands a job its token. */
export async function startOidcIssuer(audience: () => string): Promise<OidcIssuer> {
  let key = newKey();
  const stranger = newKey();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', issuer.url);
    const answer = (body: unknown, status = 200) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (url.pathname === '/.well-known/openid-configuration')
      return answer({ issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` });
    if (url.pathname === '/jwks') return answer({ keys: [key.jwk] });
    if (url.pathname === '/job-token' && request.headers.authorization === 'bearer runner-secret')
      return answer({ value: await issuer.mint(issuer.job, { audience: url.searchParams.get('audience') ?? '' }) });
    return answer({}, 404);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: OidcIssuer = {
    url,
    job: {},
    runner: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/job-token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner-secret',
    },
    mint: async (claims, how = {}) => {
      const signer = how.stranger === true ? stranger : key;
      const nowSeconds = Math.floor(Date.now() / 1000);
      const head = { alg: 'RS256', typ: 'JWT', kid: signer.kid };
      const body = {
        sub: 'job',
        ...claims,
        iss: url,
        aud: how.audience ?? audience(),
        iat: nowSeconds + (how.issuedInSeconds ?? 0),
        exp: nowSeconds + (how.expiresInSeconds ?? 300),
        jti: how.jti ?? crypto.randomUUID(),
      };
      const text = [head, body].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
      return `${text}.${sign('RSA-SHA256', Buffer.from(text), signer.privateKey).toString('base64url')}`;
    },
    rotate: () => {
      key = newKey();
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return issuer;
}

function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = crypto.randomUUID();
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' } };
}
