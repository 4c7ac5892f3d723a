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
    database: drizzleAdapter(openDb(env.DB), {
      provider: 'sqlite',
      schema: { users, sessions, accounts, verifications },
    }),
    user: { modelName: 'users', additionalFields: { platformRole: { type: 'string', required: false, input: false } } },
    session: {
      modelName: 'sessions',
      expiresIn: SESSION_DAYS * 24 * 3600,
      updateAge: 3600,
      additionalFields: { mfaAtMs: { type: 'number', required: false, input: false } },
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
    rateLimit: {
      enabled: true,
      window: 60,
      max: 300,
      storage: 'memory',
      customRules: { '/sign-in/email': { window: 60, max: 30 } },
    },
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
  if (known !== undefined && known.untilMs > nowMs) return known.caller;
  const caller = await readSession(env, db, headers);
  if (cached.size >= CACHE_ENTRIES_MAX) cached.clear();
  cached.set(cookie, { caller, untilMs: nowMs + CREDENTIAL_CACHE_MS });
  return caller;
}

/** Called on sign-out, so that this isolate forgets at once. */
export function forgetSession(headers: Headers): void {
  cached.delete(headers.get('cookie') ?? '');
}

async function readSession(env: Env, db: Db, headers: Headers): Promise<Caller | null> {
  const found = await authOf(env).api.getSession({ headers });
  if (found === null) return null;
  const tenants = await rolesOf(db, found.user.id);
  return {
    kind: 'user',
    id: found.user.id,
    name: found.user.name,
    email: found.user.email,
    personId: found.user.id,
    tenantId: null,
    tenants: new Map(tenants.map((row) => [row.tenantId, row.role as TenantRole])),
    platformRole: (found.user.platformRole ?? null) as PlatformRole | null,
    scopes: null,
    sessionId: found.session.id,
  };
}
