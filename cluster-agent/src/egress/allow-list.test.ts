import { coversHost } from '@aegis/skill-sdk/permissions';
import { assert, constantFrom, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agent, allow, seededId, tenantDocument } from '../testing/documents.ts';
import { type AllowList, formatMap, generateAllowList } from './allow-list.ts';

const tenantId = seededId('tenant', 1);
const agentId = seededId('agent', 1);
const listOf = (...allows: ReturnType<typeof allow>[]) =>
  generateAllowList(tenantDocument({ agents: [agent({ allow: allows })] }));

/** As a gateway looks up: the exact map first, then the expressions. Null is deny. */
function lookUp({ exact, wildcards }: AllowList, key: string): string | null {
  const line = exact.find((one) => one.key === key) ?? wildcards.find((one) => new RegExp(one.key).test(key));
  return line?.value ?? null;
}

describe('the allow-list of the gateway (A118, A119)', () => {
  it('denies everything when it is empty', () => {
    expect(generateAllowList(tenantDocument({ agents: [agent()] }))).toEqual({
      exact: [],
      wildcards: [],
      unsupported: [],
    });
  });

  it('is keyed by tenant, agent, port and host, and says which skill opened the way', () => {
    expect(formatMap(listOf(allow('b.example.com', { ports: [443, 8443] }), allow('a.example.com')).exact)).toBe(
      [
        `${tenantId}|${agentId}|443|a.example.com tls weather 1.2.0`,
        `${tenantId}|${agentId}|443|b.example.com tls weather 1.2.0`,
        `${tenantId}|${agentId}|8443|b.example.com tls weather 1.2.0`,
        '',
      ].join('\n'),
    );
  });

  it('names every origin of a destination that two of them opened', () => {
    const [line] = listOf(
      allow('a.example.com'),
      allow('a.example.com', { origin: { kind: 'base', revision: 3 } }),
    ).exact;
    expect(line?.value).toBe('tls base 3, tls weather 1.2.0');
  });

  it('opens nothing of one agent for another', () => {
    const other = seededId('agent', 2);
    const list = generateAllowList(
      tenantDocument({
        agents: [agent({ allow: [allow('a.example.com')] }), agent({ agentId: other, name: 'other' })],
      }),
    );
    expect(lookUp(list, `${tenantId}|${agentId}|443|a.example.com`)).not.toBeNull();
    expect(lookUp(list, `${tenantId}|${other}|443|a.example.com`)).toBeNull();
  });

  it('keeps tcp destinations closed and lists them', () => {
    const list = listOf(allow('db.example.com', { ports: [5432], protocol: 'tcp' }));
    expect(list).toEqual({ exact: [], wildcards: [], unsupported: ['db.example.com:5432 (weather 1.2.0)'] });
  });

  it.each([
    ['*.example.com', 'a.example.com', true],
    ['*.example.com', 'example.com', false],
    ['*.example.com', 'a.b.example.com', false],
    ['**.example.com', 'a.example.com', true],
    ['**.example.com', 'a.b.example.com', true],
    ['**.example.com', 'example.com', false],
    ['*.example.com', 'evilexample.com', false],
    ['*.example.com', 'a.example.com.evil.com', false],
    ['**.example.com', 'axexample.com', false],
    ['**.example.com', 'a.exampleXcom', false],
    ['*.example.com', '.example.com', false],
    ['a.example.com', 'a.example.com.evil.com', false],
    ['a.example.com', 'b.a.example.com', false],
  ])('%s for %s: %s', (pattern, host, expected) => {
    expect(lookUp(listOf(allow(pattern)), `${tenantId}|${agentId}|443|${host}`) !== null).toBe(expected);
    expect(lookUp(listOf(allow(pattern)), `${tenantId}|${agentId}|8443|${host}`)).toBeNull();
  });

  it('decides as the permissions that were reviewed do, for any pattern, host and port', () => {
    const labels = constantFrom('a', 'b', 'a.b', 'a-b', '_a', 'a.a.b', '');
    const host = record({ prefix: labels, domain: constantFrom('example.com', 'ample.com', 'example.org') });
    const spell = ({ prefix, domain }: { prefix: string; domain: string }) =>
      prefix === '' ? domain : `${prefix}.${domain}`;
    const grants = record({ wildcard: constantFrom('', '*.', '**.'), host, port: constantFrom(443, 8443) });
    assert(
      property(grants, host, constantFrom(443, 8443), (grant, asked, port) => {
        const pattern = `${grant.wildcard}${spell(grant.host)}`;
        const name = spell(asked);
        const found = lookUp(listOf(allow(pattern, { ports: [grant.port] })), `${tenantId}|${agentId}|${port}|${name}`);
        const reviewed = coversHost([{ host: pattern, ports: [grant.port], protocol: 'tls' }], { host: name, port });
        expect(found !== null, `${pattern}:${grant.port} for ${name}:${port}`).toBe(reviewed);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
