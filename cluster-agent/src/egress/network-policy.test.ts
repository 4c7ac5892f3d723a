import { describe, expect, it } from 'vitest';
import { agent, allow, seededId, tenantDocument } from '../testing/documents.ts';
import { EGRESS } from '../testing/egress.ts';
import { generateNetworkPolicy } from './network-policy.ts';

const tenantId = seededId('tenant', 1);
const inSystem = (labels: Record<string, string>) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'aegis-system' } },
  podSelector: { matchLabels: labels },
});

describe('the NetworkPolicy of a tenant (A114-A130)', () => {
  it('opens DNS over both transports, the gateway and the platform, by namespace and label, and nothing else', () => {
    const [egress] = generateNetworkPolicy(tenantDocument(), EGRESS);
    expect(egress).toEqual({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: {
        name: `tenant-${tenantId}-egress`,
        namespace: 'aegis-tenants',
        labels: { 'app.kubernetes.io/managed-by': 'aegis-agent', 'aegis.dev/tenant': tenantId },
        annotations: { 'aegis.dev/revision': '7', 'aegis.dev/cluster': EGRESS.clusterId },
      },
      spec: {
        podSelector: { matchLabels: { tenant: tenantId } },
        policyTypes: ['Egress'],
        egress: [
          {
            to: [inSystem({ app: 'aegis-dns' })],
            ports: [
              { protocol: 'UDP', port: 53 },
              { protocol: 'TCP', port: 53 },
            ],
          },
          {
            to: [inSystem({ app: 'aegis-egress' })],
            ports: [
              { protocol: 'TCP', port: 80 },
              { protocol: 'TCP', port: 443 },
            ],
          },
          { to: [inSystem({ app: 'aegis-api' })] },
        ],
      },
    });
  });

  it('lets nobody in, not even pods of the same tenant', () => {
    const [, ingress] = generateNetworkPolicy(tenantDocument(), EGRESS);
    expect(ingress.metadata.name).toBe(`tenant-${tenantId}-ingress`);
    expect(ingress.spec).toEqual({
      podSelector: { matchLabels: { tenant: tenantId } },
      policyTypes: ['Ingress'],
    });
  });

  it('opens declared ports towards the gateway only, each once and in order, and none of a tcp destination', () => {
    const allows = [
      allow('a.example.com', { ports: [8443, 443] }),
      allow('b.example.com', { ports: [8080], protocol: 'http' }),
      allow('db.example.com', { ports: [5432], protocol: 'tcp' }),
    ];
    const [{ spec }] = generateNetworkPolicy(tenantDocument({ agents: [agent({ allow: allows })] }), EGRESS);
    expect(spec.egress?.[1]?.ports?.map(({ port }) => port)).toEqual([80, 443, 8080, 8443]);
    expect(JSON.stringify(spec)).not.toMatch(/5432|ipBlock|example\.com/);
  });

  it('is placed and labelled as configured', () => {
    const [{ metadata, spec }] = generateNetworkPolicy(tenantDocument(), {
      ...EGRESS,
      tenantLabel: 'aegis.dev/tenant',
      tenantsNamespace: 'customers',
      platformServices: [{ namespace: 'logs', label: { key: 'name', value: 'loki' }, port: 3100 }],
    });
    expect(metadata.namespace).toBe('customers');
    expect(spec.podSelector.matchLabels).toEqual({ 'aegis.dev/tenant': tenantId });
    expect(spec.egress?.at(-1)).toEqual({
      to: [
        {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'logs' } },
          podSelector: { matchLabels: { name: 'loki' } },
        },
      ],
      ports: [{ protocol: 'TCP', port: 3100 }],
    });
  });
});
