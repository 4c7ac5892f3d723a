import type { TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import type { TargetObject } from '../target.ts';
import { formatMap, generateAllowList } from './allow-list.ts';
import { type ConfigMap, generateDnsPolicy } from './dns-policy.ts';
import { ownedMetadata } from './metadata.ts';
import { type EgressOptions, generateNetworkPolicy } from './network-policy.ts';

/** What a tenant document becomes in a cluster, and which of its destinations this backend cannot carry. */
export interface Compiled {
  objects: TargetObject[];
  unsupported: string[];
}

/**
 * A115, A141, A142: the objects of one tenant. SOFT is the gateway's allow-list in mode `soft` and nothing else: it
 * writes no NetworkPolicy and so changes the fate of no packet. HARD is the same list in mode `hard` and the policies.
 */
export function compile(document: TenantDocument, options: EgressOptions): Compiled {
  const { lines, unsupported } = generateAllowList(document);
  const allowList: ConfigMap = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: ownedMetadata(document, {
      name: `tenant-${document.tenantId}-allow-list`,
      namespace: options.systemNamespace,
      clusterId: options.clusterId,
    }),
    data: {
      'mode.map': `${document.tenantId} ${document.mode}\n`,
      'allow.map': formatMap(lines),
      'agents.json': spellAgents(document),
    },
  };
  const { gatewayAddress } = options;
  const dns =
    options.dns === 'strict' && gatewayAddress !== null
      ? [generateDnsPolicy(document, { ...options, gatewayAddress })]
      : [];
  const enforced = document.mode === 'hard' ? [...dns, ...generateNetworkPolicy(document, options)] : [];
  return { objects: [allowList, ...enforced], unsupported };
}

/** Which pods are which agent: the gateway finds the agent of a source address by these labels. */
function spellAgents({ agents }: TenantDocument): string {
  const bound = agents
    .map(({ agentId, name, selector }) => ({ agentId, name, matchLabels: sortKeys(selector.matchLabels) }))
    .sort((left, right) => (left.agentId < right.agentId ? -1 : 1));
  return `${JSON.stringify(bound, null, 2)}\n`;
}

function sortKeys(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1)));
}
