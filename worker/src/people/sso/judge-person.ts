import { TENANT_ROLES } from '@aegis/skill-sdk/actions';
import type { SsoConnection, SsoRefusal, SsoRole } from '@aegis/skill-sdk/wire/sso';

type Rules = Pick<SsoConnection, 'groupsClaim' | 'roles' | 'fallbackRole' | 'mfaValues'>;

/** Somebody as the provider of a tenant describes them. */
export interface ProvidedPerson {
  email: string;
  name: string;
  /** null: in no group that has a role. */
  role: SsoRole | null;
  /** False when the tenant names no groups: then roles are given by people, and `role` is for newcomers only. */
  isRoleFromGroups: boolean;
  /** True when the provider says that a second factor was used. */
  hasMfa: boolean;
}

const NAME_LENGTH_MAX = 100;

/**
 * What verified claims say of a person, by the tenant's rules; or why they do not come in. An address counts only when
 * the provider has verified it and the tenant has proved its domain, the very one. Pure.
 */
export function judgePerson(
  claims: Record<string, unknown>,
  rules: Rules,
  domains: readonly string[],
): ProvidedPerson | { refusal: SsoRefusal } {
  const email = typeof claims.email === 'string' ? claims.email.trim().toLowerCase() : '';
  if (email === '' || claims.email_verified !== true) return { refusal: 'email_unverified' };
  const [local, domain, ...rest] = email.split('@');
  if (local === '' || domain === undefined || rest.length > 0 || !domains.includes(domain))
    return { refusal: 'foreign_domain' };
  const name = typeof claims.name === 'string' ? claims.name.trim().slice(0, NAME_LENGTH_MAX) : '';
  return {
    email,
    name: name === '' ? email : name,
    role: roleOf(textsOf(claims[rules.groupsClaim]), rules),
    isRoleFromGroups: rules.roles.length > 0,
    hasMfa: [...textsOf(claims.amr), ...textsOf(claims.acr)].some((value) => rules.mfaValues.includes(value)),
  };
}

/** The highest role of the groups. */
function roleOf(groups: readonly string[], { roles, fallbackRole }: Rules): SsoRole | null {
  const given = roles.filter(({ group }) => groups.includes(group)).map(({ role }) => role);
  return TENANT_ROLES.find((role): role is SsoRole => given.some((one) => one === role)) ?? fallbackRole;
}

function textsOf(claim: unknown): string[] {
  const values: unknown[] = Array.isArray(claim) ? claim : [claim];
  return values.filter((value) => typeof value === 'string');
}
