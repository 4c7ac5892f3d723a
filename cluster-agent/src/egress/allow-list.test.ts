import { coversHost } from '@aegis/skill-sdk/permissions';
import { assert, constantFrom, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agent, allow, seededId, tenantDocument } from '../testing/documents.ts';
import { type AllowList, formatMap, generateAllowList } from './allow-list.ts';

const tenantId = seededId('tenant', 1);
const agentId = seededId('agent', 1);
const listOf = (...allows: ReturnType<typeof allow>[]) =>
  generateAllowList(tenantDocument({ agents: [agent({ allow: allows })] }));

/** As a gateway looks up: the name, then `*.` before what follows its first label, then `**.` before each end. Null is deny. */
function lookUp({ lines }: AllowList, key: string): string | null {
  const host = key.slice(key.lastIndexOf('|') + 1);
  const labels = host.split('.');
  if (labels.includes('')) return null;
  const ends = labels.slice(1).map((_, index) => labels.slice(index + 1).join('.'));
  const hosts = [host, ...ends.slice(0, 1).map((end) => `*.${end}`), ...ends.map((end) => `**.${end}`)];
  const keys = hosts.map((one) => `${key.slice(0, -host.length)}${one}`);
  return lines.find((line) => keys.includes(line.key))?.value ?? null;
}

describe('the allow-list of the gateway (A118, A119)', () => {
  it('denies everything when it is empty', () => {
    expect(generateAllowList(tenantDocument({ agents: [agent()] }))).toEqual({
      lines: [],
      unsupported: [],
    });
  });

  it('is keyed by tenant, agent, protocol, port and host, and says which skill opened the way', () => {
    expect(formatMap(listOf(allow('b.example.com', { ports: [443, 8443] }), allow('a.example.com')).lines)).toBe(
      [
        `${tenantId}|${agentId}|tls|443|a.example.com weather 1.2.0`,
        `${tenantId}|${agentId}|tls|443|b.example.com weather 1.2.0`,
        `${tenantId}|${agentId}|tls|8443|b.example.com weather 1.2.0`,
        '',
      ].join('\n'),
    );
  });

  it('names every origin of a destination that two of them opened', () => {
    const [line] = listOf(
      allow('a.example.com'),
      allow('a.example.com', { origin: { kind: 'base', revision: 3 } }),
    ).lines;
    expect(line?.value).toBe('base 3, weather 1.2.0');
  });

  it('opens nothing of one agent for another', () => {
    const other = seededId('agent', 2);
    const list = generateAllowList(
      tenantDocument({
        agents: [agent({ allow: [allow('a.example.com')] }), agent({ agentId: other, name: 'other' })],
      }),
    );
    expect(lookUp(list, `${tenantId}|${agentId}|tls|443|a.example.com`)).not.toBeNull();
    expect(lookUp(list, `${tenantId}|${other}|tls|443|a.example.com`)).toBeNull();
  });

  it('keeps tcp destinations closed and lists them', () => {
    const list = listOf(allow('db.example.com', { ports: [5432], protocol: 'tcp' }));
    expect(list).toEqual({ lines: [], unsupported: ['db.example.com:5432 (weather 1.2.0)'] });
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
    expect(lookUp(listOf(allow(pattern)), `${tenantId}|${agentId}|tls|443|${host}`) !== null).toBe(expected);
    expect(lookUp(listOf(allow(pattern)), `${tenantId}|${agentId}|tls|8443|${host}`)).toBeNull();
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
        const found = lookUp(
          listOf(allow(pattern, { ports: [grant.port] })),
          `${tenantId}|${agentId}|tls|${port}|${name}`,
        );
        const reviewed = coversHost([{ host: pattern, ports: [grant.port], protocol: 'tls' }], { host: name, port });
        expect(found !== null, `${pattern}:${grant.port} for ${name}:${port}`).toBe(reviewed);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
