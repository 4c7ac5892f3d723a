import { NO_PERMISSIONS } from '@aegis/skill-sdk/permissions';
import { describe, expect, test } from 'vitest';
import { type FeedTenant, stateDocument, stateTag, tenantDocument } from './feed.ts';

const envelope = {
  payloadType: 'application/vnd.in-toto+json' as const,
  payload: '',
  signatures: [{ keyid: 'k', sig: 's' }],
};
const network = (...hosts: string[]) => ({
  ...NO_PERMISSIONS,
  network: hosts.map((host) => ({ host, ports: [8443, 443], protocol: 'tls' as const })),
});
const install = (agentId: string, name: string, ...hosts: string[]) => ({
  agentId,
  name,
  version: '1.0.0',
  archiveDigest: 'sha256:a',
  contentDigest: 'sha256:c',
  permissions: network(...hosts),
  envelope,
});
const tenant: FeedTenant = {
  tenantId: 'ten-1',
  revision: 7,
  mode: 'hard',
  agents: [
    { agentId: 'agt-2', name: 'two', selector: { matchLabels: { a: 'b' } }, base: null },
    {
      agentId: 'agt-1',
      name: 'one',
      selector: { matchLabels: { a: 'c' } },
      base: { revision: 2, permissions: network('llm.example'), envelope },
    },
  ],
  installs: [install('agt-2', 'z', 'z.example'), install('agt-1', 'b', 'y.example', 'x.example')],
};

describe('tenantDocument', () => {
  test('each agent is allowed what its own base and skills say, with the origin of each entry', () => {
    const [one, two] = tenantDocument(tenant).agents;
    expect(one?.allow.map((entry) => [entry.host, entry.origin.kind])).toEqual([
      ['llm.example', 'base'],
      ['x.example', 'skill'],
      ['y.example', 'skill'],
    ]);
    expect(two?.allow.map((entry) => entry.host)).toEqual(['z.example']);
  });

  test('the order of rows changes nothing', () => {
    const shuffled = { ...tenant, agents: [...tenant.agents].reverse(), installs: [...tenant.installs].reverse() };
    expect(JSON.stringify(tenantDocument(shuffled))).toBe(JSON.stringify(tenantDocument(tenant)));
  });

  test('ports are sorted and each install carries its approval', () => {
    const document = tenantDocument(tenant);
    expect(document.agents[1]?.allow[0]?.ports).toEqual([443, 8443]);
    expect(document.installs.map((entry) => [entry.name, entry.approval])).toEqual([
      ['b', envelope],
      ['z', envelope],
    ]);
  });

  test('a tenant without agents is an empty document, which denies everything', () => {
    expect(tenantDocument({ ...tenant, agents: [], installs: [] })).toEqual({
      v: 1,
      tenantId: 'ten-1',
      revision: 7,
      mode: 'hard',
      agents: [],
      installs: [],
    });
  });
});

test('a state expires a day after it was issued', () => {
  const state = stateDocument({ clusterId: 'clu-1', epoch: 1, sequence: 9, tenants: [] }, Date.UTC(2026, 0, 1));
  expect([state.issuedAt, state.expiresAt]).toEqual(['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z']);
  expect(stateTag(1, 9)).toBe('"1.9"');
});
