import type { Log } from '@aegis/skill-sdk/log';
import type { Ack, TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import type { Adopted, AdoptedTenant } from '../adopted.ts';
import type { Target, TargetObject } from '../target.ts';
import { type Action, plan } from './plan.ts';

/** What a tenant document becomes in a target, and what of it this backend cannot enforce. */
export interface Compiled {
  objects: TargetObject[];
  /** Destinations that stay closed because the backend cannot carry them, spelled for people. */
  unsupported: string[];
}

export interface ApplyOptions {
  target: Target;
  compile: (document: TenantDocument) => Compiled;
  log: Log;
}

/** What one reconciliation came to. */
export interface Applied {
  /** True when every desired object is there and nothing else of ours is. */
  complete: boolean;
  writes: number;
  removals: number;
  acks: Ack[];
  /** By tenant: destinations that stay closed because the backend cannot carry them. */
  unsupported: ReadonlyMap<string, string[]>;
}

/**
 * Brings the target to the adopted state and says per tenant what became of it. Starts from state, not from what
 * changed, so any call heals whatever an earlier one left. One tenant's failure does not stop the others.
 */
export async function apply(adopted: Adopted, { target, compile, log }: ApplyOptions): Promise<Applied> {
  const errors = new Map<string, string>();
  const unsupported = new Map<string, string[]>();
  const desired: TargetObject[] = [];
  for (const { tenantId, enforced } of adopted.tenants) {
    if (enforced === null) continue;
    const compiled = compile(enforced.document);
    desired.push(...compiled.objects);
    unsupported.set(tenantId, compiled.unsupported);
  }
  let actions: Action[];
  try {
    actions = plan(desired, await target.list());
  } catch (error) {
    log.error('target not readable', { error });
    const reason = `The ${target.kind} target cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    const acks = adopted.tenants.map((tenant) => acknowledge(tenant, reason, []));
    return { complete: false, writes: 0, removals: 0, acks, unsupported };
  }
  for (const [tenantId, ofTenant] of groupByTenant(actions)) {
    const error = await applyNetworkPolicy(target, ofTenant, log);
    if (error !== null) errors.set(tenantId, error);
  }
  return {
    complete: errors.size === 0,
    writes: actions.filter((action) => action.kind === 'write').length,
    removals: actions.filter((action) => action.kind === 'remove').length,
    acks: adopted.tenants.map((tenant) =>
      acknowledge(tenant, errors.get(tenant.tenantId), unsupported.get(tenant.tenantId) ?? []),
    ),
    unsupported,
  };
}

/**
 * A121: carries out the plan of one tenant, in its order, and stops at the first step that fails, so that a policy is
 * never written when the allow-list it relies on could not be. Returns what went wrong, or null.
 */
export async function applyNetworkPolicy(target: Target, actions: readonly Action[], log: Log): Promise<string | null> {
  for (const action of actions) {
    const { kind, tenantId } = action;
    const name = action.kind === 'write' ? action.object.metadata.name : action.reference.name;
    try {
      if (action.kind === 'write') await target.apply(action.object);
      else await target.remove(action.reference);
      log.info('object changed', { action: kind, tenantId, object: name });
    } catch (error) {
      log.error('object not changed', { action: kind, tenantId, object: name, error });
      return `${kind} ${name}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return null;
}

/** Nothing proves that a folder is enforced, so `enforcement` is none (A139: never a claim without a probe). */
function acknowledge(tenant: AdoptedTenant, applyError: string | undefined, unsupported: string[]): Ack {
  const { tenantId, enforced, refused } = tenant;
  if (refused !== null) {
    const stays =
      enforced === null ? 'Nothing of this tenant is enforced.' : `Revision ${enforced.revision} stays in force.`;
    return {
      tenantId,
      revision: refused.revision,
      state: 'failed',
      error: `${refused.error} ${stays}`,
      enforcement: 'none',
    };
  }
  const revision = enforced?.revision ?? 0;
  if (applyError !== undefined) return { tenantId, revision, state: 'failed', error: applyError, enforcement: 'none' };
  const closed = `Stays closed, because tcp destinations need the backend networkpolicy: ${unsupported.join('; ')}.`;
  return {
    tenantId,
    revision,
    state: 'written',
    ...(unsupported.length === 0 ? {} : { error: closed }),
    enforcement: 'none',
  };
}

function groupByTenant(actions: readonly Action[]): Map<string, Action[]> {
  const groups = new Map<string, Action[]>();
  for (const action of actions) {
    const group = groups.get(action.tenantId) ?? [];
    group.push(action);
    groups.set(action.tenantId, group);
  }
  return groups;
}
