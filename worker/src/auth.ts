import type { Action, PlatformRole, TenantRole } from '@aegis/skill-sdk/actions';
import { AegisError } from '@aegis/skill-sdk/errors';
import { STEP_UP_MINUTES } from '@aegis/skill-sdk/limits';
import type { Can } from '@aegis/skill-sdk/wire/common';
import { CLUSTER_RIGHTS, CRITICAL_ACTIONS, PLATFORM_RIGHTS, TENANT_RIGHTS } from './rights.ts';

/** Who asks. Rights come from `tenants`, `platformRole` and, for a key, are cut down to `scopes`. */
export interface Caller {
  kind: 'user' | 'key' | 'cluster' | 'ci' | 'system';
  id: string;
  name: string;
  email?: string;
  /** The person behind a key or a session. */
  personId?: string;
  /** The one tenant of a key; null for people and clusters. */
  tenantId: string | null;
  tenants: ReadonlyMap<string, TenantRole>;
  platformRole: PlatformRole | null;
  /** Null: not cut down. */
  scopes: ReadonlySet<string> | null;
  /** The one skill of a CI job: of any other, and of everything that is no skill, it may do nothing. */
  skill?: string;
  sessionId?: string;
  /** Of a key: until when this very secret works, and whether a rotation gave the key a newer one. */
  credential?: { expiresAtMs: number; replaced: boolean };
  /** Of a cluster: which of its keys signed, and until when that one works; null while no rotation replaced it. */
  clusterKey?: { id: string; untilMs: number | null };
  /** What the session must do before it has any rights; its tenants and role are left out until then. */
  pending?: 'second_factor' | 'enrolment';
  /** Begun through the provider of that tenant; whoever runs it could be anybody there, so it reaches nothing else. */
  ssoTenantId?: string;
  /** Tenants of the person that want their provider, and that this session therefore does not reach. */
  withheld?: readonly { id: string; name: string }[];
  /** Of a person with a second factor: when it was last proved in this session. */
  mfaAtMs?: number;
  /** True when that was too long ago for what cannot be undone. */
  stale?: boolean;
}

/** What the rights of an action are judged by: the tenant of the subject, null for the platform's own. */
export interface Subject {
  tenantId: string | null;
  /** The name of the skill that it is, or belongs to. */
  skill?: string;
}

/** Nobody: no credential was sent. */
export const NOBODY: Caller = {
  kind: 'system',
  id: 'nobody',
  name: 'nobody',
  tenantId: null,
  tenants: new Map(),
  platformRole: null,
  scopes: new Set(),
};

/** The only permission rule of the house. Pure: no clock, no database; deny is the default. */
export function can(caller: Caller, action: Action, subject: Subject): boolean {
  if (caller.scopes !== null && !caller.scopes.has(action)) return false;
  if (caller.skill !== undefined && caller.skill !== subject.skill) return false;
  if (caller.kind === 'cluster') {
    return CLUSTER_RIGHTS.has(action) && (subject.tenantId === null || caller.tenants.has(subject.tenantId));
  }
  if (caller.platformRole !== null && caller.kind === 'user' && PLATFORM_RIGHTS[caller.platformRole].has(action))
    return true;
  const role = subject.tenantId === null ? undefined : caller.tenants.get(subject.tenantId);
  return role !== undefined && TENANT_RIGHTS[role].has(action);
}

/** Throws UNAUTHENTICATED, NOT_FOUND (the caller may not know of the subject), FORBIDDEN or STEP_UP_REQUIRED. */
export function requireCan(caller: Caller, action: Action, subject: Subject): void {
  if (caller === NOBODY)
    throw new AegisError('UNAUTHENTICATED', { detail: 'Sign in, or send an API key as `Authorization: Bearer`.' });
  if (can(caller, action, subject)) {
    if (CRITICAL_ACTIONS.has(action)) requireFresh(caller);
    return;
  }
  if (!belongs(caller, subject)) throw new AegisError('NOT_FOUND');
  throw new AegisError('FORBIDDEN', { detail: reasonAgainst(caller, action, subject) });
}

/** Throws STEP_UP_REQUIRED when the person has a second factor and did not prove it just now. */
export function requireFresh(caller: Caller): void {
  if (caller.stale !== true) return;
  throw new AegisError('STEP_UP_REQUIRED', {
    detail: `Confirm with your second factor that it is you; that holds for ${STEP_UP_MINUTES} minutes.`,
  });
}

/** True when the caller may know that the subject's tenant (or, for null, the platform) exists. */
function belongs(caller: Caller, subject: Subject): boolean {
  if (caller.platformRole !== null && caller.kind === 'user') return true;
  return subject.tenantId !== null && caller.tenants.has(subject.tenantId);
}

/** Why not, in one sentence for the caller. */
export function reasonAgainst(caller: Caller, action: Action, subject: Subject): string {
  if (caller.scopes !== null && !caller.scopes.has(action)) return `This key does not have the scope ${action}.`;
  if (caller.skill !== undefined && caller.skill !== subject.skill)
    return `This token is for the skill ${caller.skill} alone.`;
  const role = subject.tenantId === null ? undefined : caller.tenants.get(subject.tenantId);
  if (role !== undefined) return `Your role ${role} does not include ${action}.`;
  if (caller.platformRole !== null) return `The platform role ${caller.platformRole} does not include ${action}.`;
  return `You may not ${action}.`;
}

/** What the caller may do with a subject, for the API to say so; a state that forbids it hands in the reason. */
export function canTable(
  caller: Caller,
  subject: Subject,
  wanted: Record<string, { action: Action; unless?: string | null | undefined }>,
): Can {
  return Object.fromEntries(
    Object.entries(wanted).map(([name, { action, unless }]) => {
      if (!can(caller, action, subject))
        return [name, { allowed: false, reason: reasonAgainst(caller, action, subject) }];
      if (unless !== undefined && unless !== null) return [name, { allowed: false, reason: unless }];
      return [name, { allowed: true }];
    }),
  );
}

/** How each kind of credential is looked up; the roof hands these in. Each answers null for a dead credential. */
export interface Lookups {
  session(headers: Headers): Promise<Caller | null>;
  key(secret: string): Promise<Caller | null>;
  cluster(token: string): Promise<Caller | null>;
  ci(token: string): Promise<Caller | null>;
}

/** The caller of a request; NOBODY without a credential. Throws UNAUTHENTICATED for a dead one. */
export async function authenticate(headers: Headers, lookups: Lookups): Promise<Caller> {
  const authorization = headers.get('authorization');
  if (authorization !== null) {
    const token = /^Bearer ([\x21-\x7e]{1,4096})$/.exec(authorization)?.[1];
    if (token === undefined)
      throw new AegisError('UNAUTHENTICATED', { detail: 'The Authorization header is not `Bearer <token>`.' });
    const caller = await lookups[kindOf(token)](token);
    if (caller !== null) return caller;
    throw new AegisError('UNAUTHENTICATED', {
      detail:
        'This credential is unknown, expired or was revoked. Make a new key in the dashboard under Keys, then `aegis login`.',
    });
  }
  if (!headers.has('cookie')) return NOBODY;
  return (await lookups.session(headers)) ?? NOBODY;
}

/** Which lookup a bearer token is for; clusters sign theirs, so those have no prefix. */
function kindOf(token: string): 'key' | 'ci' | 'cluster' {
  if (token.startsWith('aeg_')) return 'key';
  return token.startsWith('aec_') ? 'ci' : 'cluster';
}
