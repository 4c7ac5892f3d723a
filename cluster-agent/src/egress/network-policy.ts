import type { TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import type { Config, PlatformService } from '../config.ts';
import type { TargetObject } from '../target.ts';
import { ownedMetadata } from './metadata.ts';

/** Where things are in the cluster; from the agent's configuration. */
export type EgressOptions = Pick<
  Config,
  'tenantLabel' | 'tenantsNamespace' | 'systemNamespace' | 'platformServices' | 'gatewayAddress' | 'dns'
> & { clusterId: string };

type Labels = Record<string, string>;
interface Selector {
  matchLabels: Labels;
}
/** Both selectors of one peer must match; that is why they stand in one element. */
interface Peer {
  namespaceSelector: Selector;
  podSelector: Selector;
}
interface EgressRule {
  to: Peer[];
  ports?: { protocol: 'TCP' | 'UDP'; port: number }[];
}

/** A `networking.k8s.io/v1` NetworkPolicy (A123), as far as ours use it. */
export interface NetworkPolicy extends TargetObject {
  apiVersion: 'networking.k8s.io/v1';
  kind: 'NetworkPolicy';
  spec: {
    podSelector: Selector;
    policyTypes: ['Egress'] | ['Ingress'];
    egress?: EgressRule[];
  };
}

/** Plain HTTP and TLS; the gateway listens here whatever a tenant declares, so that a denial has a name in the log. */
const GATEWAY_PORTS = [80, 443];
const DNS_PORT = 53;
/** The label that Kubernetes itself puts on every namespace. */
const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

/**
 * A114-A130: the policies of one tenant. `tenant-<id>-egress` leaves open the tenant DNS, the egress gateway and the
 * platform's services, and nothing else: which hosts may be reached is decided by name at the gateway, so there are
 * no addresses that could be stale or shared with others. `tenant-<id>-ingress` has no rule,
 * and so lets nobody in.
 * Destinations of protocol `tcp` cannot pass the gateway; they are not opened here and are listed by the compiler.
 */
export function generateNetworkPolicy(
  document: TenantDocument,
  options: EgressOptions,
): [egress: NetworkPolicy, ingress: NetworkPolicy] {
  const podSelector: Selector = { matchLabels: { [options.tenantLabel]: document.tenantId } };
  const policy = (name: string, spec: NetworkPolicy['spec']): NetworkPolicy => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: ownedMetadata(document, { name, namespace: options.tenantsNamespace, clusterId: options.clusterId }),
    spec,
  });
  const egress = [
    allowDns(options),
    allowGateway(document, options),
    ...options.platformServices.map(allowPlatformService),
  ];
  return [
    policy(`tenant-${document.tenantId}-egress`, { podSelector, policyTypes: ['Egress'], egress }),
    policy(`tenant-${document.tenantId}-ingress`, { podSelector, policyTypes: ['Ingress'] }),
  ];
}

/** A128, and over TCP too: an answer that does not fit a datagram is asked for again over TCP. */
function allowDns({ systemNamespace }: EgressOptions): EgressRule {
  return {
    to: [peer(systemNamespace, { app: 'aegis-dns' })],
    ports: [
      { protocol: 'UDP', port: DNS_PORT },
      { protocol: 'TCP', port: DNS_PORT },
    ],
  };
}

function allowGateway(document: TenantDocument, { systemNamespace }: EgressOptions): EgressRule {
  const declared = document.agents
    .flatMap((agent) => agent.allow)
    .filter((allow) => allow.protocol !== 'tcp')
    .flatMap((allow) => allow.ports);
  const ports = [...new Set([...GATEWAY_PORTS, ...declared])].sort((left, right) => left - right);
  return {
    to: [peer(systemNamespace, { app: 'aegis-egress' })],
    ports: ports.map((port) => ({ protocol: 'TCP', port })),
  };
}

/** A129, by namespace and pod label: a label alone would only match inside the tenant's own namespace. */
function allowPlatformService({ namespace, label, port }: PlatformService): EgressRule {
  const to = [peer(namespace, { [label.key]: label.value })];
  return port === null ? { to } : { to, ports: [{ protocol: 'TCP', port }] };
}

function peer(namespace: string, labels: Labels): Peer {
  return {
    namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: namespace } },
    podSelector: { matchLabels: labels },
  };
}
