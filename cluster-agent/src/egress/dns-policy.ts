import type { TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import type { TargetObject } from '../target.ts';
import { ownedMetadata } from './metadata.ts';
import type { EgressOptions } from './network-policy.ts';

export interface ConfigMap extends TargetObject {
  apiVersion: 'v1';
  kind: 'ConfigMap';
  data: Record<string, string>;
}

/** Short, because the address behind a name is always the gateway's and may move with it. */
const ANSWER_TTL_SECONDS = 5;

/**
 * A131: the ConfigMap entry of aegis-dns for one tenant, optional (`AEGIS_DNS=strict`). For pods of this tenant it
 * answers declared names with the gateway (and no other data) and every other name with NXDOMAIN, and asks no resolver, so that a query
 * carries nothing out. Without it the one static block of aegis-dns answers every name with the gateway, which
 * denies by name. Needs the `kubernetes` plugin (`pods verified`) for the label of the client.
 */
export function generateDnsPolicy(
  document: TenantDocument,
  options: EgressOptions & { gatewayAddress: string },
): ConfigMap {
  const { tenantId } = document;
  const hosts = [
    ...new Set(
      document.agents
        .flatMap((agent) => agent.allow)
        .flatMap((allow) => (allow.protocol === 'tcp' ? [] : [allow.host])),
    ),
  ];
  const matches = hosts.sort().map((host) => `    match ^${namePattern(host)}$`);
  const block = [
    '. {',
    '  metadata',
    '  kubernetes cluster.local {',
    '    pods verified',
    '  }',
    `  view ${tenantId} {`,
    `    expr metadata('kubernetes/client-label/${options.tenantLabel}') == '${tenantId}'`,
    '  }',
    '  log',
    // A declared name exists: NXDOMAIN for one of its other types would be remembered for its address too.
    ...(matches.length === 0
      ? []
      : [
          ...template('A', matches, `answer "{{ .Name }} ${ANSWER_TTL_SECONDS} IN A ${options.gatewayAddress}"`),
          ...template('ANY', matches, 'rcode NOERROR', NO_DATA),
        ]),
    ...template('ANY', [], 'rcode NXDOMAIN', NO_DATA),
    '}',
    '',
  ];
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: ownedMetadata(document, {
      name: `tenant-${tenantId}-dns`,
      namespace: options.systemNamespace,
      clusterId: options.clusterId,
    }),
    data: { [`${tenantId}.server`]: block.join('\n') },
  };
}

/** CoreDNS refuses a template that has neither an answer nor an authority section. */
const NO_DATA = 'authority ". 5 IN SOA ns.aegis. host.aegis. 1 60 60 60 5"';

function template(type: string, matches: string[], ...lines: string[]): string[] {
  return [
    `  template IN ${type} {`,
    ...matches,
    ...lines.map((line) => `    ${line}`),
    ...(matches.length === 0 ? [] : ['    fallthrough']),
    '  }',
  ];
}

/** As the wildcard semantic says: `*.` one label, `**.` one or more; CoreDNS matches names with their trailing dot. */
function namePattern(host: string): string {
  const escaped = (name: string) => `${name.replaceAll('.', '[.]')}[.]`;
  if (!host.startsWith('*')) return escaped(host);
  const labels = host.startsWith('**.') ? '([^.]+[.])+' : '[^.]+[.]';
  return `${labels}${escaped(host.slice(host.indexOf('.') + 1))}`;
}
