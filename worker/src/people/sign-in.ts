import type { PlatformRole, TenantRole } from '@aegis/skill-sdk/actions';
import { newId } from '@aegis/skill-sdk/ids';
import { CREDENTIAL_CACHE_MS, PASSWORD_LENGTH_MIN, SESSION_DAYS } from '@aegis/skill-sdk/limits';
import { drizzleAdapter } from 'better-auth/adapters/drizzle';
import { betterAuth } from 'better-auth/minimal';
import type { Caller } from '../auth.ts';
import { randomBytes } from '../context.ts';
import { type Db, openDb } from '../db.ts';
import { type Env, parseConfig } from '../env.ts';
import { accounts, sessions, users, verifications } from '../schema/people.ts';
import { hashPassword, verifyPassword } from '../secrets.ts';
import { hasFactor } from './account/factor-store.ts';
import { touchSession } from './account/session-store.ts';
import { freshUntilMs, standingOf } from './account/standing.ts';
import { hashedSessions } from './hashed-sessions.ts';
import { provedSignIn } from './proved-sign-in.ts';
import { reachOf } from './sso/reach.ts';
import { rolesOf } from './store.ts';

const ID_KINDS = { user: 'user', session: 'session', account: 'account', verification: 'verification' } as const;

function build(env: Env) {
  const config = parseConfig(env);
  return betterAuth({
    appName: 'Aegis',
    baseURL: config.APP_ORIGIN,
    basePath: '/api/auth',
    secret: config.AUTH_SECRET,
    trustedOrigins: [config.APP_ORIGIN, ...config.TRUSTED_ORIGINS],
    database: hashedSessions(
      drizzleAdapter(openDb(env.DB), { provider: 'sqlite', schema: { users, sessions, accounts, verifications } }),
    ),
    user: { modelName: 'users', additionalFields: { platformRole: { type: 'string', required: false, input: false } } },
    session: {
      modelName: 'sessions',
      // Absolute: a stolen session does not live on by being used. Rest is counted by `standingOf`.
      expiresIn: SESSION_DAYS * 24 * 3600,
      disableSessionRefresh: true,
      additionalFields: {
        mfaAtMs: { type: 'number', required: false, input: false },
        ssoTenantId: { type: 'string', required: false, input: false },
      },
    },
    account: { modelName: 'accounts' },
    verification: { modelName: 'verifications' },
    emailAndPassword: {
      enabled: true,
      // People come by invitation only: our own route makes them, with its audit row in the same batch.
      disableSignUp: true,
      minPasswordLength: PASSWORD_LENGTH_MIN,
      password: { hash: hashPassword, verify: ({ hash, password }) => verifyPassword(hash, password) },
    },
    // Its limiter counts per isolate and says so in headers of its own; ours are Durable Objects.
    rateLimit: { enabled: false },
    plugins: [provedSignIn],
    telemetry: { enabled: false },
    advanced: {
      cookiePrefix: 'aegis',
      useSecureCookies: config.APP_ORIGIN.startsWith('https:'),
      ipAddress: { ipAddressHeaders: ['cf-connecting-ip'] },
      database: {
        generateId: ({ model }) =>
          newId(ID_KINDS[model as keyof typeof ID_KINDS] ?? 'verification', Date.now(), randomBytes),
      },
    },
  });
}

type Auth = ReturnType<typeof build>;
const built = new WeakMap<Env, Auth>();

/** One instance per isolate: building it costs more than a sign-in check. */
export function authOf(env: Env): Auth {
  const known = built.get(env);
  if (known !== undefined) return known;
  const auth = build(env);
  built.set(env, auth);
  return auth;
}

const cached = new Map<string, { caller: Caller | null; untilMs: number }>();
const CACHE_ENTRIES_MAX = 1000;

/** The caller behind a session cookie, with their roles as they are now (at most CREDENTIAL_CACHE_MS old). */
export async function findSession(env: Env, db: Db, headers: Headers, nowMs: number): Promise<Caller | null> {
  const cookie = headers.get('cookie') ?? '';
  const known = cached.get(cookie);
  if (known !== undefined && known.untilMs > nowMs) return withFreshness(known.caller, nowMs);
  const caller = await readSession(env, db, headers, nowMs);
  if (cached.size >= CACHE_ENTRIES_MAX) cached.clear();
  cached.set(cookie, { caller, untilMs: nowMs + CREDENTIAL_CACHE_MS });
  return withFreshness(caller, nowMs);
}

/** Says whether the second factor was proved too long ago for what cannot be undone. */
function withFreshness(caller: Caller | null, nowMs: number): Caller | null {
  if (caller === null || caller.mfaAtMs === undefined) return caller;
  return { ...caller, stale: (freshUntilMs(caller.mfaAtMs) ?? 0) <= nowMs };
}

/** Called after every change, so that the isolate that made it knows at once. */
export function forgetSession(headers: Headers): void {
  cached.delete(headers.get('cookie') ?? '');
}

/** The one check of every session, however it was begun: what it may not do yet is left out of the caller. */
async function readSession(env: Env, db: Db, headers: Headers, nowMs: number): Promise<Caller | null> {
  const found = await authOf(env).api.getSession({ headers });
  if (found === null) return null;
  const { user, session } = found;
  const [memberships, factor] = await Promise.all([rolesOf(db, user.id), hasFactor(db, user.id)]);
  const mfaAtMs = session.mfaAtMs ?? null;
  const ssoTenantId = session.ssoTenantId ?? null;
  const hasOwnProof = factor && mfaAtMs !== null;
  const { reached, withheld } = reachOf(memberships, { ssoTenantId, isMfaProved: mfaAtMs !== null, hasOwnProof });
  // A tenant's provider vouches for people of that tenant, and for nobody of the platform.
  const platformRole = ssoTenantId === null ? ((user.platformRole ?? null) as PlatformRole | null) : null;
  const standing = standingOf(
    {
      createdAtMs: session.createdAt.getTime(),
      seenAtMs: session.updatedAt.getTime(),
      mfaAtMs,
      hasFactor: factor,
      platformRole,
      exempt: parseConfig(env).DEMO === 'on',
    },
    nowMs,
  );
  if (standing === 'dead') return null;
  await touchSession(db, { id: session.id, seenAtMs: session.updatedAt.getTime() }, nowMs);
  const isFull = standing === 'full';
  return {
    kind: 'user',
    id: user.id,
    name: user.name,
    email: user.email,
    personId: user.id,
    tenantId: null,
    tenants: new Map(isFull ? reached.map((row) => [row.tenantId, row.role as TenantRole]) : []),
    platformRole: isFull ? platformRole : null,
    scopes: null,
    sessionId: session.id,
    ...(isFull ? { withheld: withheld.map(({ tenantId, name }) => ({ id: tenantId, name })) } : { pending: standing }),
    ...(ssoTenantId === null ? {} : { ssoTenantId }),
    ...(hasOwnProof ? { mfaAtMs } : {}),
  };
}
