import { describe, expect, it } from 'vitest';
import { agent, allow, seededId, tenantDocument } from '../testing/documents.ts';
import { EGRESS } from '../testing/egress.ts';
import { generateDnsPolicy } from './dns-policy.ts';

const tenantId = seededId('tenant', 1);
const generate = (...hosts: string[]) =>
  generateDnsPolicy(tenantDocument({ agents: [agent({ allow: hosts.map((host) => allow(host)) })] }), {
    ...EGRESS,
    gatewayAddress: '10.77.0.1',
  });
const blockOf = (...hosts: string[]) => generate(...hosts).data[`${tenantId}.server`] ?? '';
/** The names that the block answers with the gateway. */
const matchers = (block: string) =>
  [...(block.split('template IN ANY')[0]?.matchAll(/match (\S+)/g) ?? [])].map(([, text = '']) => new RegExp(text));

describe('the DNS policy of a tenant (A131)', () => {
  it('is one entry of the ConfigMap, for pods of this tenant alone', () => {
    const { metadata } = generate();
    expect(metadata).toMatchObject({ name: `tenant-${tenantId}-dns`, namespace: 'aegis-system' });
    expect(blockOf()).toContain(`expr metadata('kubernetes/client-label/tenant') == '${tenantId}'`);
  });

  it('answers declared names with the gateway, as the wildcard semantic says, and asks no other resolver', () => {
    const block = blockOf('api.example.com', '*.one.example', '**.many.example');
    const answers = (name: string) => matchers(block).some((matcher) => matcher.test(name));
    expect(block).toContain('answer "{{ .Name }} 5 IN A 10.77.0.1"');
    expect(block).not.toMatch(/forward|resolv/);
    for (const name of ['api.example.com.', 'a.one.example.', 'a.many.example.', 'a.b.many.example.'])
      expect(answers(name), name).toBe(true);
    for (const name of [
      'api.example.com.evil.com.',
      'xapi.example.com.',
      'one.example.',
      'a.b.one.example.',
      'many.example.',
      'apixexample.com.',
    ]) {
      expect(answers(name), name).toBe(false);
    }
  });

  it('answers every other name, and everything for an empty allow-list, with NXDOMAIN', () => {
    expect(matchers(blockOf())).toEqual([]);
    expect(blockOf('api.example.com')).toMatch(/template IN ANY \{\n {4}match \S+\n {4}rcode NOERROR\n/);
    expect(blockOf('api.example.com')).toMatch(/template IN ANY \{\n {4}rcode NXDOMAIN\n/);
    expect(blockOf()).toMatch(/template IN ANY \{\n {4}rcode NXDOMAIN\n/);
    expect(blockOf()).not.toContain('10.77.0.1');
  });
});
