import type { Action, PlatformRole, TenantRole } from '@aegis/skill-sdk/actions';

/** The table of rights: which role may do what. Everything that is not listed is denied. */
const MEMBER: readonly Action[] = [
  'skill:read',
  'install:read',
  'install:write',
  'agent:read',
  'tenant:read',
  'member:read',
  'key:read',
  'key:create',
  'key:rotate',
  'key:revoke',
  'blocked:read',
];
const AUTHOR: readonly Action[] = [
  ...MEMBER,
  'publisher:read',
  'skill:publish',
  'skill:deprecate',
  'skill:yank',
  'skill:delete',
];
const TENANT_ADMIN: readonly Action[] = [
  ...AUTHOR,
  'agent:write',
  'base:propose',
  'publisher:write',
  'tenant:update',
  'member:invite',
  'member:update',
  'member:remove',
  'sso:read',
  'audit:read',
];
/** Who runs the tenant may not take it from its owners. */
const OWNER: readonly Action[] = [...TENANT_ADMIN, 'owner:grant', 'sso:write'];
const TENANT_AUDITOR: readonly Action[] = [
  'publisher:read',
  'skill:read',
  'install:read',
  'agent:read',
  'tenant:read',
  'member:read',
  'blocked:read',
  'audit:read',
];

const READ: readonly Action[] = [
  'skill:read',
  'install:read',
  'agent:read',
  'tenant:read',
  'member:read',
  'cluster:read',
  'blocked:read',
  'audit:read',
];
const REVIEWER: readonly Action[] = [
  ...READ.filter((action) => action !== 'audit:read'),
  'skill:review',
  'base:review',
  'dryrun:request',
];
const ADMIN: readonly Action[] = [
  ...READ,
  'skill:review',
  'base:review',
  'dryrun:request',
  'skill:revoke',
  'tenant:create',
  'tenant:update',
  'member:invite',
  'owner:grant',
  'sso:read',
  'sso:confirm',
  'mail:read',
  'cluster:create',
  'cluster:place',
  'cluster:revoke',
  'cluster:update',
];

export const TENANT_RIGHTS: Record<TenantRole, ReadonlySet<Action>> = {
  member: new Set(MEMBER),
  author: new Set(AUTHOR),
  tenant_admin: new Set(TENANT_ADMIN),
  tenant_auditor: new Set(TENANT_AUDITOR),
  owner: new Set(OWNER),
};
export const PLATFORM_RIGHTS: Record<PlatformRole, ReadonlySet<Action>> = {
  auditor: new Set(READ),
  reviewer: new Set(REVIEWER),
  admin: new Set(ADMIN),
};
/** A cluster reads the packages of the tenants that run in it and keeps its own state in step. */
export const CLUSTER_RIGHTS: ReadonlySet<Action> = new Set<Action>([
  'skill:read',
  'cluster:sync',
  'cluster:rotate',
  'blocked:write',
  'dryrun:run',
]);

/** What cannot be undone, or opens the door for others: it needs a second factor that was proved just now. */
export const CRITICAL_ACTIONS: ReadonlySet<Action> = new Set<Action>([
  'skill:revoke',
  'cluster:revoke',
  'cluster:create',
  'publisher:write',
  'sso:write',
  'sso:confirm',
]);

/** What a session that a tenant's provider began may change of the person's account: nothing that it is signed in with. */
export const PROVIDED_ACCOUNT_ROUTES: ReadonlySet<string> = new Set([
  'POST /api/account/second-factor',
  'POST /api/account/second-factor/passkey',
  'POST /api/account/second-factor/passkey/options',
  'DELETE /api/account/sessions',
]);

/** What a session may do before it has its rights: prove its second factor, or enrol one. */
export const PENDING_ROUTES: Record<'second_factor' | 'enrolment', ReadonlySet<string>> = {
  second_factor: new Set([
    'GET /api/me',
    'POST /api/account/second-factor',
    'POST /api/account/second-factor/passkey',
    'POST /api/account/second-factor/passkey/options',
  ]),
  enrolment: new Set([
    'GET /api/me',
    'GET /api/account/security',
    'POST /api/account/totp',
    'POST /api/account/totp/confirm',
    'POST /api/account/passkeys',
    'POST /api/account/passkeys/options',
  ]),
};

/** What answers without a credential; for everything else below /api, nobody is UNAUTHENTICATED before it is read. */
export const OPEN_ROUTES: ReadonlySet<string> = new Set([
  'GET /api/health',
  'GET /api/openapi.json',
  'POST /api/auth/passkey',
  'POST /api/auth/passkey/options',
  'GET /api/auth/sso/{tenantId}/callback',
  'POST /api/auth/sso/start',
  'POST /api/auth/sign-in/email',
  'POST /api/auth/sign-out',
  'POST /api/ci/token',
  'POST /api/clusters/enrol',
  'POST /api/device/code',
  'POST /api/device/token',
  'POST /api/invitations/accept',
  'POST /api/invitations/preview',
  'POST /api/setup',
]);
