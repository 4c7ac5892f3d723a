import { AegisError } from '@aegis/skill-sdk/errors';
import { createLog } from '@aegis/skill-sdk/log';
import { WIRE_VERSION } from '@aegis/skill-sdk/wire/version';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { agents } from './agents/routes.ts';
import { spendRequest } from './allowance.ts';
import { forgetAnswers, keepAnswer } from './answered.ts';
import { ringLogs } from './audit/ring-logs.ts';
import { audit } from './audit/routes.ts';
import { authenticate, type Caller, NOBODY } from './auth.ts';
import { blocked } from './blocked/routes.ts';
import { findCluster } from './clusters/find-cluster.ts';
import { clusters } from './clusters/routes.ts';
import { type AppEnv, type Context, idsAt } from './context.ts';
import { openDb } from './db.ts';
import { dryRuns } from './dry-runs/routes.ts';
import { parseConfig } from './env.ts';
import { health } from './health.ts';
import { answerError, room, tagged } from './http.ts';
import { installs } from './installs/routes.ts';
import { findKey } from './keys/find-key.ts';
import { keys } from './keys/routes.ts';
import { postMail } from './mail/post.ts';
import { mail } from './mail/routes.ts';
import { people } from './people/routes.ts';
import { findSession, forgetSession } from './people/sign-in.ts';
import { findCiToken } from './publishers/find-ci-token.ts';
import { publishers } from './publishers/routes.ts';
import { countRequest } from './rate-limit.ts';
import { forget } from './remembered.ts';
import { bounds } from './request-bounds.ts';
import { reviews } from './reviews/routes.ts';
import { OPEN_ROUTES, PENDING_ROUTES, PROVIDED_ACCOUNT_ROUTES } from './rights.ts';
import { skills } from './skills/routes.ts';
import { spendOfRoute } from './spend-of-route.ts';
import { describeWire, wire } from './wire.ts';

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);
const TENANT_ID = /ten-[0-9a-z]{26}(?=\/|$)/;
/** Whose changes are counted across isolates; clusters report all the time, and are few. */
const SPENDING: ReadonlySet<Caller['kind']> = new Set(['user', 'key', 'ci']);

/** Request id and security headers. */
const framing: MiddlewareHandler<AppEnv> = async (c, next) => {
  c.set('requestId', idsAt(Date.now())('request'));
  // Set before the answer is made: afterwards each header would make the whole answer anew.
  c.header('x-request-id', c.var.requestId);
  c.header('x-content-type-options', 'nosniff');
  c.header('referrer-policy', 'no-referrer');
  // An answer that a browser is talked into showing runs nothing, and stands in no frame and no foreign page.
  c.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
  c.header('cross-origin-resource-policy', 'same-origin');
  c.header('strict-transport-security', 'max-age=31536000; includeSubDomains');
  c.header('cache-control', 'no-store');
  // Not every runtime says what time it is; clients compare it with theirs where a credential is refused.
  c.header('date', new Date().toUTCString());
  await next();
  const { hot: body, ctx } = c.var;
  if (body === undefined || c.res.status !== 200 || ctx.caller.kind !== 'key') return;
  const { caller, config, nowMs } = ctx;
  const answer = { body, principal: caller.id, limit: config.RATE_LIMIT_PER_MINUTE };
  keepAnswer(c.req.raw, answer, c.res.headers, nowMs);
};

/** Makes the context: who asks, when, with what. */
const context: MiddlewareHandler<AppEnv> = async (c, next) => {
  const config = parseConfig(c.env);
  const nowMs = Date.now();
  const db = openDb(c.env.DB);
  const headers = c.req.raw.headers;
  const count = (principal: string) => {
    const { policy, state, refusal } = countRequest(principal, config.RATE_LIMIT_PER_MINUTE, nowMs);
    c.header('ratelimit-policy', policy);
    c.header('ratelimit', state);
    if (refusal !== null) throw refusal;
    return { policy, state };
  };
  const caller = await authenticate(headers, {
    session: (all) => findSession(c.env, db, all, nowMs),
    key: (secret) => findKey(db, secret, nowMs),
    ci: (token) => findCiToken(db, token, nowMs),
    cluster: (token) => findCluster(c.env, db, token, nowMs),
  }).catch((error) => {
    // Who tries out credentials is counted by where they come from.
    count(addressOf(headers));
    throw error;
  });
  const counted = count(caller === NOBODY ? addressOf(headers) : caller.id);
  if (caller === NOBODY) requireOpen(c.req.method, c.req.path);
  if (caller.pending !== undefined) requireNotPending(caller.pending, c.req.method, c.req.path);
  if (caller.ssoTenantId !== undefined) requireOwnCredential(c.req.method, c.req.path);
  if (caller.kind === 'user' && !READING.has(c.req.method))
    requireOwnOrigin(headers, [config.APP_ORIGIN, ...config.TRUSTED_ORIGINS]);
  const base = { requestId: c.var.requestId, method: c.req.method, path: c.req.path, caller: caller.id };
  const ctx: Context = {
    env: c.env,
    config,
    db,
    caller,
    nowMs,
    requestId: c.var.requestId,
    ipAddress: headers.get('cf-connecting-ip'),
    userAgent: headers.get('user-agent')?.slice(0, 300) ?? null,
    log: createLog((line) => console.log(line), Date.now, base),
    newId: idsAt(nowMs),
    mail: (one) => postMail(ctx, one),
  };
  c.set('ctx', ctx);
  const route = SPENDING.has(caller.kind) && caller !== NOBODY ? spendOfRoute(c.req.method, new URL(c.req.url)) : null;
  if (route !== null) {
    const { policy, state, refusal } = await spendRequest(ctx, route);
    c.header('ratelimit-policy', `${counted.policy}, ${policy}`);
    c.header('ratelimit', `${counted.state}, ${state}`);
    if (refusal !== null) throw refusal;
  }
  await next();
  if (READING.has(c.req.method)) return;
  ringLogs(c.env, c.executionCtx, Date.now());
  forget();
  forgetAnswers();
  forgetSession(headers);
};

function addressOf(headers: Headers): string {
  return `address:${headers.get('cf-connecting-ip') ?? 'unknown'}`;
}

function isOpen(method: string, path: string): boolean {
  return OPEN_ROUTES.has(`${method} ${path.replace(TENANT_ID, '{tenantId}')}`);
}

/** Deny by default: whoever has no credential learns nothing of a route, not even what it would have wanted. */
function requireOpen(method: string, path: string): void {
  if (isOpen(method, path)) return;
  if (path.startsWith('/api/auth/')) throw new AegisError('NOT_FOUND');
  throw new AegisError('UNAUTHENTICATED', { detail: 'Sign in, or send an API key as `Authorization: Bearer`.' });
}

/** Who comes through a company cannot change how the person signs in: the account may reach more than that company. */
function requireOwnCredential(method: string, path: string): void {
  if (READING.has(method) || !path.startsWith('/api/account/')) return;
  if (PROVIDED_ACCOUNT_ROUTES.has(`${method} ${path}`) || path.startsWith('/api/account/sessions/')) return;
  throw new AegisError('FORBIDDEN', {
    detail: 'You signed in through your company. Sign in with your own password or passkey to change your account.',
  });
}

/** A session without its second factor does nothing but get it. */
function requireNotPending(pending: NonNullable<Caller['pending']>, method: string, path: string): void {
  if (isOpen(method, path) || PENDING_ROUTES[pending].has(`${method} ${path}`)) return;
  if (pending === 'second_factor')
    throw new AegisError('SECOND_FACTOR_REQUIRED', { detail: 'Prove your second factor to finish signing in.' });
  throw new AegisError('ENROLMENT_REQUIRED', {
    detail: 'Your role needs a second factor. Set one up under Account, then go on.',
  });
}

/** A cookie that a foreign page makes the browser send changes nothing. */
function requireOwnOrigin(headers: Headers, own: readonly string[]): void {
  const origin = headers.get('origin');
  const sameSite = headers.get('sec-fetch-site') === 'same-origin';
  if (origin !== null ? own.includes(origin) : sameSite) return;
  throw new AegisError('FORBIDDEN', {
    detail: 'A change with a session cookie must come from the dashboard’s own pages. Programs use an API key.',
  });
}

/** The whole API: middleware in order, one route line per room, errors as problem+json, the document of it all. */
export function createApp(): OpenAPIHono<AppEnv> {
  const app = room();
  app.onError(answerError);
  app.notFound((c) =>
    answerError(new AegisError('NOT_FOUND', { detail: `There is nothing at ${c.req.method} ${c.req.path}.` }), c),
  );
  app.use('*', framing);
  app.route('/', health);
  app.use('/api/*', wire(), bounds, tagged, context);
  app.route('/', people);
  app.route('/', keys);
  app.route('/', publishers);
  app.route('/', skills);
  app.route('/', reviews);
  app.route('/', dryRuns);
  app.route('/', agents);
  app.route('/', installs);
  app.route('/', clusters);
  app.route('/', blocked);
  app.route('/', audit);
  app.route('/', mail);
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  app.openAPIRegistry.registerComponent('securitySchemes', 'cookie', {
    type: 'apiKey',
    in: 'cookie',
    name: 'aegis.session_token',
  });
  const info = {
    title: 'Aegis',
    version: WIRE_VERSION,
    description: 'A private registry for AI-agent skills that keeps its promises at run time.',
  };
  app.get('/api/openapi.json', (c) =>
    c.json(describeWire(app.getOpenAPI31Document({ openapi: '3.1.0', info })) as object),
  );
  return app;
}
