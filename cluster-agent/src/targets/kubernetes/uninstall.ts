import type { Config } from '../../config.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../../target.ts';
import type { KubernetesApi, Place } from './api.ts';

/**
 * Removes everything that agents have written in these namespaces, by their label, and returns how many objects that were.
 * With `keepPolicies` what HARD tenants have closed stays closed.
 */
export async function uninstall(
  api: KubernetesApi,
  {
    tenantsNamespace,
    systemNamespace,
    keepPolicies,
  }: Pick<Config, 'tenantsNamespace' | 'systemNamespace'> & { keepPolicies: boolean },
): Promise<number> {
  const maps: Place = { kind: 'ConfigMap', namespace: systemNamespace };
  const policies: Place = { kind: 'NetworkPolicy', namespace: tenantsNamespace };
  let removed = 0;
  for (const place of keepPolicies ? [maps] : [policies, maps]) {
    for (const { metadata } of await api.list(place)) {
      if (metadata.labels[MANAGED_BY_LABEL] !== MANAGED_BY) continue;
      await api.remove({ ...place, name: metadata.name }, metadata.uid);
      removed++;
    }
  }
  return removed;
}
