import type { Action } from '@aegis/skill-sdk/actions';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { SkillStatus } from '@aegis/skill-sdk/wire/skills';
import { type Caller, can, NOBODY, reasonAgainst, requireCan, type Subject } from '../auth.ts';

/** What may sit on an agent: yanked stays where it is installed. */
const RUNNING: ReadonlySet<SkillStatus> = new Set(['approved', 'deprecated', 'yanked']);

/**
 * The tenant that a request means: the named one, the key's own, or the only one where the caller may do this. Throws
 * NOT_FOUND, FORBIDDEN, UNAUTHENTICATED, or VALIDATION_FAILED when there are several.
 */
export function tenantOf(caller: Caller, action: Action, named: string | undefined): string {
  const meant = named ?? caller.tenantId ?? undefined;
  if (meant !== undefined) {
    requireCan(caller, action, { tenantId: meant });
    return meant;
  }
  const [only, ...others] = tenantsWhere(caller, action);
  if (only !== undefined && others.length === 0) return only;
  const [member] = caller.tenants.keys();
  if (only === undefined && member !== undefined) requireCan(caller, action, { tenantId: member });
  throw new AegisError('VALIDATION_FAILED', {
    detail:
      only === undefined
        ? 'You belong to no tenant. Say which one is meant: `?tenantId=`.'
        : 'You may do this in several tenants. Say which one is meant: `?tenantId=`.',
    errors: [{ pointer: '/tenantId', detail: 'which tenant?' }],
  });
}

/** Every tenant whose skills the caller may read; null: all of them, for people of the platform. */
export function readableTenants(caller: Caller, named: string | undefined): string[] | null {
  if (named !== undefined) return [tenantOf(caller, 'skill:read', named)];
  if (caller.skill !== undefined) requireCan(caller, 'skill:read', { tenantId: caller.tenantId });
  if (caller.kind === 'user' && can(caller, 'skill:read', { tenantId: null })) return null;
  return tenantsWhere(caller, 'skill:read');
}

function subjectOf(version: { tenantId: string; name?: string | null } | undefined): Subject {
  if (version === undefined) return { tenantId: null };
  return { tenantId: version.tenantId, ...(typeof version.name === 'string' ? { skill: version.name } : {}) };
}

/** Throws NOT_FOUND when the version may not be read. A cluster fetches packages and reads nothing about them. */
export function requireReadable<T extends { tenantId: string; name?: string | null }>(
  caller: Caller,
  version: T | undefined,
): asserts version is T {
  requireCan(caller, 'skill:read', subjectOf(version));
  if (version === undefined || caller.kind === 'cluster') throw new AegisError('NOT_FOUND');
}

/**
 * Throws NOT_FOUND when the package may not be fetched. What was never approved, or was revoked, does not exist for a
 * cluster: it has nothing to run it for.
 */
export function requireFetchable<T extends { tenantId: string; status: SkillStatus }>(
  caller: Caller,
  version: T | undefined,
): asserts version is T {
  requireCan(caller, 'skill:read', { tenantId: version?.tenantId ?? null });
  if (version === undefined || (caller.kind === 'cluster' && !RUNNING.has(version.status))) {
    throw new AegisError('NOT_FOUND');
  }
}

function tenantsWhere(caller: Caller, action: Action): string[] {
  if (caller === NOBODY) requireCan(caller, action, { tenantId: null });
  if (caller.scopes !== null && !caller.scopes.has(action)) {
    throw new AegisError('FORBIDDEN', { detail: reasonAgainst(caller, action, { tenantId: caller.tenantId }) });
  }
  return [...caller.tenants.keys()].filter((tenantId) => can(caller, action, { tenantId }));
}
