import type { Log } from '@aegis/skill-sdk/log';
import type { Ack, TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import type { Adopted, AdoptedTenant } from '../adopted.ts';
import type { Target, TargetObject } from '../target.ts';
import { type Drift, driftOf } from './drift.ts';
import { type Action, plan } from './plan.ts';

const REMARK_CHARACTERS_MAX = 2000;

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
  /** True when all of this state was in the target already: whatever differs now was changed by somebody else. */
  wasComplete?: boolean;
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
  /** What somebody else had changed, and is undone. */
  drift: Drift[];
}

/**
 * Brings the target to the adopted state and says per tenant what became of it. Starts from state, not from what
 * changed, so any call heals whatever an earlier one left. One tenant's failure does not stop the others.
 */
export async function apply(
  adopted: Adopted,
  { target, compile, log, wasComplete = false }: ApplyOptions,
): Promise<Applied> {
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
    const acks = adopted.tenants.map((tenant) => acknowledge(tenant, { target, error: reason }));
    return { complete: false, writes: 0, removals: 0, acks, unsupported, drift: [] };
  }
  const drift = wasComplete ? actions.map(driftOf) : [];
  for (const one of drift) log.warn('drift, undone', { ...one });
  for (const [tenantId, ofTenant] of groupByTenant(actions)) {
    const error = await applyNetworkPolicy(target, ofTenant, log);
    if (error !== null) errors.set(tenantId, error);
  }
  return {
    complete: errors.size === 0,
    writes: actions.filter((action) => action.kind === 'write').length,
    removals: actions.filter((action) => action.kind === 'remove').length,
    acks: adopted.tenants.map((tenant) =>
      acknowledge(tenant, {
        target,
        error: errors.get(tenant.tenantId),
        unsupported: unsupported.get(tenant.tenantId),
      }),
    ),
    unsupported,
    drift,
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

/**
 * What became of one tenant. A folder is `written` and enforces nothing; a cluster has `applied` what it accepted, and
 * without a probe nobody knows whether its network obeys (A139: never a claim without one).
 */
function acknowledge(
  { tenantId, enforced, refused }: AdoptedTenant,
  {
    target,
    error,
    unsupported = [],
  }: { target: Target; error?: string | undefined; unsupported?: string[] | undefined },
): Ack {
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
  if (error !== undefined) return { tenantId, revision, state: 'failed', error, enforcement: 'none' };
  const isHard = enforced?.document.mode === 'hard';
  const widened = isHard ? target.widenedBy(tenantId) : [];
  const remarks = [
    ...(unsupported.length === 0
      ? []
      : [`Stays closed, because tcp destinations need the backend networkpolicy: ${unsupported.join('; ')}.`]),
    ...(widened.length === 0
      ? []
      : [
          `Opened further by a NetworkPolicy that is not ours: ${widened.join(', ')}. Remove it, or narrow its podSelector.`,
        ]),
  ];
  return {
    tenantId,
    revision,
    state: target.kind === 'kubernetes' ? 'applied' : 'written',
    ...(remarks.length === 0 ? {} : { error: shorten(remarks.join(' ')) }),
    enforcement: target.kind === 'kubernetes' && isHard ? 'unverified' : 'none',
  };
}

/** The registry takes no longer remark. */
function shorten(text: string): string {
  return text.length <= REMARK_CHARACTERS_MAX ? text : `${text.slice(0, REMARK_CHARACTERS_MAX - 1)}…`;
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
