import { ACTIONS } from '@aegis/skill-sdk/actions';
import { toInstant } from '@aegis/skill-sdk/clock';
import type { Me } from '@aegis/skill-sdk/wire/people';
import { type Caller, can } from '../auth.ts';

/** The caller as the API shows them, with everything they may do: per tenant, and under `platform`. */
export function describeCaller(caller: Caller, tenants: readonly { id: string; slug: string; name: string }[]): Me {
  const rights = (tenantId: string | null) => ACTIONS.filter((action) => can(caller, action, { tenantId }));
  return {
    kind: caller.kind,
    id: caller.id,
    name: caller.name,
    email: caller.email ?? null,
    platformRole: caller.platformRole,
    tenants: tenants.flatMap((tenant) => {
      const role = caller.tenants.get(tenant.id);
      return role === undefined ? [] : [{ ...tenant, role }];
    }),
    pending: caller.pending ?? null,
    withheld: [...(caller.withheld ?? [])],
    scopes: caller.scopes === null ? null : [...caller.scopes],
    credential:
      caller.credential === undefined
        ? null
        : { expiresAt: toInstant(caller.credential.expiresAtMs), replaced: caller.credential.replaced },
    can: Object.fromEntries([['platform', rights(null)], ...tenants.map((tenant) => [tenant.id, rights(tenant.id)])]),
  };
}
