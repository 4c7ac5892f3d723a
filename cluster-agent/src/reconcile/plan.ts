import { isDeepStrictEqual } from 'node:util';
import { type ActualObject, type ObjectReference, referenceOf, type TargetObject } from '../target.ts';

/** One step towards the desired objects. */
export type Action =
  | { kind: 'write'; tenantId: string; object: TargetObject; found: ActualObject | null }
  | { kind: 'remove'; tenantId: string; reference: ObjectReference };

/**
 * What has to happen so that the actual objects become the desired ones: pure, and empty when nothing differs.
 * Objects are compared by content. A tenant's allow-list is written before the policy that relies on it and removed
 * after it, so that no step in between closes more than both ends do.
 */
export function plan(desired: readonly TargetObject[], actual: readonly ActualObject[]): Action[] {
  const actualByKey = new Map(actual.map((found) => [keyOf(found), found]));
  const desiredKeys = new Set(desired.map((object) => keyOf(referenceOf(object))));
  const writes = desired
    .map((object) => ({ object, reference: referenceOf(object) }))
    .filter(({ object, reference }) => !isDeepStrictEqual(actualByKey.get(keyOf(reference))?.object ?? null, object))
    .sort((left, right) => compare(left.reference, right.reference))
    .map(
      ({ object, reference }): Action => ({
        kind: 'write',
        tenantId: reference.tenantId,
        object,
        found: actualByKey.get(keyOf(reference)) ?? null,
      }),
    );
  const removals = actual
    .filter((found) => !desiredKeys.has(keyOf(found)))
    .sort((left, right) => compare(right, left))
    .map(
      ({ kind, namespace, name, tenantId }): Action => ({
        kind: 'remove',
        tenantId,
        reference: { kind, namespace, name, tenantId },
      }),
    );
  return [...writes, ...removals];
}

function keyOf({ kind, namespace, name }: Omit<ObjectReference, 'tenantId'>): string {
  return `${kind}/${namespace}/${name}`;
}

/** By tenant, then kind (ConfigMap before NetworkPolicy), then name. */
function compare(left: ObjectReference, right: ObjectReference): number {
  return order(left.tenantId, right.tenantId) || order(keyOf(left), keyOf(right));
}

function order(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
