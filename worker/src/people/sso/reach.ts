/** A membership as the check of a session reads it; `sso` null: the tenant has no single sign-on. */
export interface Membership {
  tenantId: string;
  name: string;
  role: string;
  sso: { required: boolean; mfaRequired: boolean } | null;
}

/** How a session was begun, and what was proved in it. */
export interface Begun {
  /** The tenant through whose provider it was begun; null: with what the person owns, a password or a passkey. */
  ssoTenantId: string | null;
  /** True when the provider, or the person here, proved a second factor in this session. */
  isMfaProved: boolean;
  /** True when the person has a second factor of their own and proved it in this session. */
  hasOwnProof: boolean;
}

/**
 * Which memberships a session reaches. Through a tenant's provider: that tenant alone, for whoever runs that provider
 * could be anybody in it. With a person's own credentials: every tenant but those that want their provider, which only
 * their owners pass, with a second factor (break-glass). Pure.
 */
export function reachOf<M extends Membership>(
  memberships: readonly M[],
  begun: Begun,
): { reached: M[]; withheld: M[] } {
  const { ssoTenantId, isMfaProved, hasOwnProof } = begun;
  if (ssoTenantId !== null) {
    const reached = memberships.filter(
      ({ tenantId, sso }) => tenantId === ssoTenantId && sso !== null && (isMfaProved || !sso.mfaRequired),
    );
    return { reached, withheld: [] };
  }
  const passes = ({ sso, role }: M) => sso?.required !== true || (role === 'owner' && hasOwnProof);
  return { reached: memberships.filter(passes), withheld: memberships.filter((one) => !passes(one)) };
}
