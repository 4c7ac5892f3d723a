/** What can be done, as `resource:verb`. One list serves `can()`, the scopes of keys and the `action` of audit rows. */
export const ACTIONS = [
  'skill:read',
  'skill:publish',
  'skill:deprecate',
  'skill:yank',
  'skill:delete',
  'skill:review',
  'skill:revoke',
  'dryrun:request',
  'dryrun:run',
  'install:read',
  'install:write',
  'agent:read',
  'agent:write',
  'base:propose',
  'base:review',
  'tenant:read',
  'tenant:create',
  'tenant:update',
  'member:read',
  'member:invite',
  'member:update',
  'member:remove',
  'member:provision',
  'owner:grant',
  'key:read',
  'key:create',
  'key:rotate',
  'key:revoke',
  'device:decide',
  'publisher:read',
  'publisher:write',
  'publisher:use',
  'sso:read',
  'sso:write',
  'sso:confirm',
  'sso:link',
  'cluster:read',
  'cluster:create',
  'cluster:place',
  'cluster:enrol',
  'cluster:revoke',
  'cluster:update',
  'cluster:rotate',
  'cluster:sync',
  'blocked:read',
  'blocked:write',
  'audit:read',
  'audit:export',
  'audit:verify',
  'mail:read',
  'platform:setup',
  'invitation:accept',
  'session:create',
  'session:end',
  'factor:enrol',
  'factor:prove',
  'factor:remove',
  'password:change',
] as const;

export type Action = (typeof ACTIONS)[number];

export const TENANT_ROLES = ['owner', 'tenant_admin', 'author', 'member', 'tenant_auditor'] as const;
export type TenantRole = (typeof TENANT_ROLES)[number];

export const PLATFORM_ROLES = ['reviewer', 'admin', 'auditor'] as const;
export type PlatformRole = (typeof PLATFORM_ROLES)[number];

/** What a key may be allowed to do; the rest needs a person. */
export const KEY_SCOPES = [
  'skill:read',
  'skill:publish',
  'skill:deprecate',
  'skill:yank',
  'skill:delete',
  'install:read',
  'install:write',
  'agent:read',
  'blocked:read',
] as const satisfies readonly Action[];
export type KeyScope = (typeof KEY_SCOPES)[number];
