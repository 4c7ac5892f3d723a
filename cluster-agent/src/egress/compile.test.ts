import { describe, expect, it } from 'vitest';
import { agent, allow, seededId, tenantDocument } from '../testing/documents.ts';
import { EGRESS } from '../testing/egress.ts';
import { compile } from './compile.ts';

const tenantId = seededId('tenant', 1);
const names = (...parameters: Parameters<typeof compile>) =>
  compile(...parameters).objects.map(({ metadata }) => metadata.name);

describe('what a tenant document becomes', () => {
  it('in SOFT is the allow-list in mode soft, and no NetworkPolicy (A141)', () => {
    const { objects } = compile(tenantDocument({ mode: 'soft' }), EGRESS);
    expect(objects.map(({ kind }) => kind)).toEqual(['ConfigMap']);
    expect(objects[0]).toMatchObject({ data: { 'mode.map': `${tenantId} soft\n` } });
  });

  it('in HARD is the same allow-list in mode hard, and the policies (A142)', () => {
    expect(names(tenantDocument(), EGRESS)).toEqual([
      `tenant-${tenantId}-allow-list`,
      `tenant-${tenantId}-egress`,
      `tenant-${tenantId}-ingress`,
    ]);
    expect(compile(tenantDocument(), EGRESS).objects[0]).toMatchObject({
      data: { 'mode.map': `${tenantId} hard\n`, 'allow.map': '' },
    });
  });

  it('with strict DNS has the DNS entry too, where it is enforced', () => {
    const strict = { ...EGRESS, dns: 'strict' as const, gatewayAddress: '10.77.0.1' };
    expect(names(tenantDocument(), strict)).toContain(`tenant-${tenantId}-dns`);
    expect(names(tenantDocument({ mode: 'soft' }), strict)).not.toContain(`tenant-${tenantId}-dns`);
  });

  it('is the same whatever the order of agents, destinations and labels', () => {
    const first = agent({
      allow: [allow('a.example.com'), allow('*.b.example.com', { ports: [8443, 443] })],
      selector: { matchLabels: { x: '1', a: '2' } },
    });
    const second = agent({ agentId: seededId('agent', 2), name: 'second', allow: [allow('a.example.com')] });
    const shuffled = { ...first, allow: first.allow.toReversed(), selector: { matchLabels: { a: '2', x: '1' } } };
    expect(JSON.stringify(compile(tenantDocument({ agents: [second, shuffled] }), EGRESS))).toBe(
      JSON.stringify(compile(tenantDocument({ agents: [first, second] }), EGRESS)),
    );
  });

  it('lists what the backend cannot carry instead of opening it', () => {
    const tcp = agent({ allow: [allow('db.example.com', { ports: [5432], protocol: 'tcp' })] });
    const { objects, unsupported } = compile(tenantDocument({ agents: [tcp] }), EGRESS);
    expect(unsupported).toEqual(['db.example.com:5432 (weather 1.2.0)']);
    expect(JSON.stringify(objects)).not.toContain('5432');
  });
});
