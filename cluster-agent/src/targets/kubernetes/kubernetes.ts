import { AegisError } from '@aegis/skill-sdk/errors';
import type { Log } from '@aegis/skill-sdk/log';
import type { Config } from '../../config.ts';
import { backoffMs, pause } from '../../every.ts';
import {
  type ActualObject,
  CLUSTER_ANNOTATION,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  type Target,
  type TargetObject,
  TENANT_LABEL,
} from '../../target.ts';
import type { Found, KubernetesApi, Place } from './api.ts';
import { widens } from './widening.ts';

/** Labels and annotations of ours begin so; those of others on our objects are theirs, and stay. */
const OWN_KEYS = [MANAGED_BY_LABEL, 'aegis.dev/'];

export interface KubernetesOptions extends Pick<Config, 'tenantLabel' | 'tenantsNamespace' | 'systemNamespace'> {
  clusterId: string;
  api: KubernetesApi;
  log: Log;
}

/**
 * The cluster itself, by server-side apply under the field manager `aegis-agent`. An object is ours when it has our label
 * and this cluster's annotation, or when it is the very one that we wrote (by its uid) and somebody took those away.
 */
export function openKubernetes({ clusterId, api, log, ...options }: KubernetesOptions): Target {
  const places: Place[] = [
    { kind: 'NetworkPolicy', namespace: options.tenantsNamespace },
    { kind: 'ConfigMap', namespace: options.systemNamespace },
  ];
  /** The uid of every object that is ours, by what it is called. */
  const ours = new Map<string, string>();
  let foreign: Found[] = [];
  const isOurs = (found: Found) =>
    ours.get(keyOf(found)) === found.metadata.uid ||
    (found.metadata.labels[MANAGED_BY_LABEL] === MANAGED_BY &&
      found.metadata.annotations[CLUSTER_ANNOTATION] === clusterId);
  const refuse = ({ kind, metadata: { namespace, name } }: Found) =>
    new AegisError('ALREADY_EXISTS', {
      detail: `${kind} ${namespace}/${name} is there and was not written by this cluster's agent. Rename or remove it.`,
    });
  return {
    kind: 'kubernetes',
    async list() {
      const found = (await Promise.all(places.map(api.list))).flat();
      const own = found.filter(isOurs);
      foreign = found.filter((object) => object.kind === 'NetworkPolicy' && !isOurs(object));
      ours.clear();
      for (const object of own) ours.set(keyOf(object), object.metadata.uid);
      return own.map(describe);
    },
    async apply(object) {
      const { kind } = object;
      const { namespace, name } = object.metadata;
      const there = await api.read({ kind, namespace, name });
      if (there !== null && !isOurs(there)) throw refuse(there);
      const written = await api.apply(object, there?.metadata.uid ?? null);
      ours.set(keyOf(written), written.metadata.uid);
      const surplus = surplusOf(object, asOurs(written));
      if (surplus !== null) await api.strip({ kind, namespace, name }, surplus);
    },
    async remove({ kind, namespace, name }) {
      const there = await api.read({ kind, namespace, name });
      if (there === null || !isOurs(there)) return;
      await api.remove({ kind, namespace, name }, there.metadata.uid);
      ours.delete(keyOf(there));
    },
    widenedBy: (tenantId) =>
      foreign
        .filter(({ spec }) => widens(spec, { tenantLabel: options.tenantLabel, tenantId }))
        .map(({ metadata: { namespace, name } }) => `${namespace}/${name}`)
        .sort(),
    async watch(signal, onChange) {
      await Promise.all(places.map((place) => watchForEver(api, place, { signal, onChange, log })));
    },
    // What the enforcer drops, it does not say: denials are told by the gateway.
    async *blockedEvents() {},
  };
}

/** A watch ends for many reasons, none of which is ours; after a pause it begins anew, and then all is looked at. */
async function watchForEver(
  api: KubernetesApi,
  place: Place,
  { signal, onChange, log }: { signal: AbortSignal; onChange: () => void; log: Log },
): Promise<void> {
  for (let failures = 0; !signal.aborted; ) {
    try {
      await api.watch(place, onChange, signal);
      failures = 0;
    } catch (error) {
      failures++;
      log.warn('watch of the cluster ended', { ...place, failures, error });
    }
    await pause(backoffMs(failures, Math.random), signal);
  }
}

function keyOf({ kind, metadata: { namespace, name } }: Pick<Found, 'kind' | 'metadata'>): string {
  return `${kind}/${namespace}/${name}`;
}

function describe(found: Found): ActualObject {
  const { kind, metadata } = found;
  const { namespace, name } = metadata;
  const latest = metadata.managedFields
    .filter(({ manager }) => manager !== MANAGED_BY)
    .sort((left, right) => (left.time < right.time ? 1 : -1))[0];
  return {
    kind,
    namespace,
    name,
    tenantId: metadata.labels[TENANT_LABEL] ?? '',
    object: asOurs(found),
    ...(latest === undefined ? {} : { changedBy: latest.manager }),
  };
}

/** What could be ours of an object: all but what Kubernetes and others keep in its metadata. */
function asOurs({ metadata, ...rest }: Found): TargetObject {
  const own = (entries: Record<string, string>) =>
    Object.fromEntries(Object.entries(entries).filter(([key]) => OWN_KEYS.some((prefix) => key.startsWith(prefix))));
  const { name, namespace, labels, annotations } = metadata;
  return { ...rest, metadata: { name, namespace, labels: own(labels), annotations: own(annotations) } };
}

/** A merge patch that removes what is found beyond what is wanted; null when there is nothing. Lists are whole values. */
function surplusOf(wanted: object, found: object): object | null {
  const values = new Map(Object.entries(wanted));
  const surplus = Object.entries(found).flatMap(([key, value]): [string, unknown][] => {
    if (!values.has(key)) return [[key, null]];
    const inner = isFields(value) && isFields(values.get(key)) ? surplusOf(Object(values.get(key)), value) : null;
    return inner === null ? [] : [[key, inner]];
  });
  return surplus.length === 0 ? null : Object.fromEntries(surplus);
}

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
