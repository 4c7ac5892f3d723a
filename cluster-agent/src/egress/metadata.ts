import type { TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import {
  CLUSTER_ANNOTATION,
  MANAGED_BY,
  MANAGED_BY_LABEL,
  REVISION_ANNOTATION,
  type TargetObject,
  TENANT_LABEL,
} from '../target.ts';

/** The metadata of everything we create: who manages it, for which tenant, from which revision, by which cluster's agent. */
export function ownedMetadata(
  document: TenantDocument,
  { name, namespace, clusterId }: { name: string; namespace: string; clusterId: string },
): TargetObject['metadata'] {
  return {
    name,
    namespace,
    labels: { [MANAGED_BY_LABEL]: MANAGED_BY, [TENANT_LABEL]: document.tenantId },
    annotations: { [CLUSTER_ANNOTATION]: clusterId, [REVISION_ANNOTATION]: String(document.revision) },
  };
}
