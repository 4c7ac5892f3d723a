import type { BlockedEvent } from '@aegis/skill-sdk/wire/blocked';

/** The label that says an object is ours, and the one that says whose tenant it is for. */
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
export const MANAGED_BY = 'aegis-agent';
export const TENANT_LABEL = 'aegis.dev/tenant';
/** Annotations: the revision of the tenant document behind the object, and the cluster whose agent wrote it. */
export const REVISION_ANNOTATION = 'aegis.dev/revision';
export const CLUSTER_ANNOTATION = 'aegis.dev/cluster';

/**
 * A Kubernetes object as far as every one of ours has the same fields. None is an empty list or map: Kubernetes keeps
 * no such field, so the object would differ for ever.
 */
export interface TargetObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
  };
  [field: string]: unknown;
}

/** Which object: enough to find and to remove it. */
export interface ObjectReference {
  kind: string;
  namespace: string;
  name: string;
  tenantId: string;
}

/** An object that is there and is ours. `object` is null when it can no longer be read, which any write repairs. */
export interface ActualObject extends ObjectReference {
  object: TargetObject | null;
  /** Who besides us wrote to it last, where the target knows. */
  changedBy?: string;
}

/** One denial as it was seen, before it is counted together with others like it. */
export type Sighting = Omit<BlockedEvent, 'seq' | 'kind' | 'firstAt' | 'lastAt' | 'count' | 'lost' | 'samples'> & {
  atMs: number;
  /** A short hint for people, no path and no query: host names only leave the cluster. */
  sample?: string;
};

/**
 * Where policy is put. One adapter a file in `targets/`; each passes `targets/target.case.test.ts`.
 * A target touches only objects of this cluster's agent: what it did not write, it neither lists, changes nor removes.
 */
export interface Target {
  readonly kind: 'manifests' | 'kubernetes';
  /** All objects that are ours. */
  list(): Promise<ActualObject[]>;
  /** Creates or replaces the object. Throws ALREADY_EXISTS when one of that name is not ours. */
  apply(object: TargetObject): Promise<void>;
  /** Removes the object; one that is gone or not ours is left as it is. */
  remove(reference: ObjectReference): Promise<void>;
  /** Policies that are not ours and open something for pods of the tenant all the same, `namespace/name`, as of the last list. */
  widenedBy(tenantId: string): string[];
  /** Calls `onChange` when something changed that this target holds, also by ourselves, until the signal aborts. */
  watch(signal: AbortSignal, onChange: () => void): Promise<void>;
  /** What the enforcement behind this target denied; ends when the signal aborts or when there is no such source. */
  blockedEvents(signal: AbortSignal): AsyncIterable<Sighting>;
}

/** The reference of one of our objects. */
export function referenceOf({ kind, metadata }: TargetObject): ObjectReference {
  return { kind, namespace: metadata.namespace, name: metadata.name, tenantId: metadata.labels[TENANT_LABEL] ?? '' };
}
