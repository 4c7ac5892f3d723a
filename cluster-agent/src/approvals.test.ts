import type { KeySet, TenantDocument } from '@aegis/skill-sdk/wire/clusters';
import { beforeAll, describe, expect, it } from 'vitest';
import { spellAllow, spellOrigin, verifyApprovals } from './approvals.ts';
import { allow, seededId, UNSIGNED } from './testing/documents.ts';
import { makeRegistryKey, type TestKey } from './testing/identity.ts';
import { signedDocument } from './testing/signed.ts';

let key: TestKey;
let keys: KeySet;
beforeAll(async () => {
  key = await makeRegistryKey('approval');
  keys = { keys: [key.publicKey] };
});

type Entry = TenantDocument['agents'][number]['allow'][number];

/** The document with its first destination changed. */
function withAllow(document: TenantDocument, change: Partial<Entry>): TenantDocument {
  const [agent] = document.agents;
  const [entry] = agent?.allow ?? [];
  if (agent === undefined || entry === undefined) throw new Error('no destination');
  return { ...document, agents: [{ ...agent, allow: [{ ...entry, ...change }] }] };
}

describe('what a document opens', () => {
  it('is exactly what its approvals cover: skills, base, several ports, wildcards', async () => {
    await verifyApprovals(await signedDocument(key), keys);
    await verifyApprovals(
      await signedDocument(key, { skill: null, base: [{ host: 'models.example', ports: [443], protocol: 'tls' }] }),
      keys,
    );
    const wide = await signedDocument(key, {
      skill: { permissions: { network: [{ host: '**.weather.example', ports: [80, 443], protocol: 'http' }] } },
    });
    await verifyApprovals(wide, keys);
    await verifyApprovals(withAllow(wide, { host: 'a.b.weather.example', ports: [80] }), keys);
    await verifyApprovals(await signedDocument(key, { skill: null }), keys);
  });

  it('may leave the reviewed methods out, because no cluster enforces them', async () => {
    const network = [{ host: 'api.weather.example', ports: [443], protocol: 'tls' as const, methods: ['GET'] }];
    await verifyApprovals(await signedDocument(key, { skill: { permissions: { network } } }), keys);
  });

  it.each<[what: string, change: Partial<Entry>]>([
    ['another host', { host: 'evil.example.com' }],
    ['a wildcard over the approved host', { host: '*.weather.example' }],
    ['a host below the approved one', { host: 'x.api.weather.example' }],
    ['one port more', { ports: [443, 8443] }],
    ['another protocol', { protocol: 'tcp' }],
    ['no port', { ports: [] }],
    ['a port that is none', { ports: [70_000] }],
    ['a host with a line break', { host: 'api.weather.example\nevil' }],
    ['a host with the separator of the map', { host: 'api|weather.example' }],
    ['capitals', { host: 'API.weather.example' }],
    ['an address', { host: '10.0.0.1' }],
    [
      'a version that was not approved',
      { origin: { kind: 'skill', name: 'weather', version: '9.9.9', digest: `sha256:${'a'.repeat(64)}` } },
    ],
    [
      'other bytes',
      { origin: { kind: 'skill', name: 'weather', version: '1.2.0', digest: `sha256:${'b'.repeat(64)}` } },
    ],
    ['a base that nobody approved', { origin: { kind: 'base', revision: 1 } }],
  ])('is refused for %s', async (_, change) => {
    await expect(verifyApprovals(withAllow(await signedDocument(key), change), keys)).rejects.toMatchObject({
      code: 'APPROVAL_INVALID',
    });
  });

  it('is refused when a base is of another revision than the one approved', async () => {
    const document = await signedDocument(key, {
      skill: null,
      base: [{ host: 'models.example', ports: [443], protocol: 'tls' }],
    });
    await expect(verifyApprovals(withAllow(document, { origin: { kind: 'base', revision: 4 } }), keys)).rejects.toThrow(
      'no approval for this origin',
    );
  });

  it('of one agent is not covered by the approval of a skill on another', async () => {
    const document = await signedDocument(key);
    const [agent] = document.agents;
    if (agent === undefined) throw new Error('no agent');
    const other = { ...agent, agentId: seededId('agent', 2), name: 'other' };
    await expect(verifyApprovals({ ...document, agents: [other] }, keys)).rejects.toThrow(
      'Agent other may not be given api.weather.example:443',
    );
  });

  it.each<[what: string, change: (document: TenantDocument) => TenantDocument, code: string]>([
    [
      'signed by nobody',
      (document) => ({ ...document, installs: document.installs.map((one) => ({ ...one, approval: UNSIGNED })) }),
      'SIGNATURE_INVALID',
    ],
    [
      'for other bytes',
      (document) => ({
        ...document,
        installs: document.installs.map((one) => ({ ...one, archiveDigest: `sha256:${'d'.repeat(64)}` })),
      }),
      'APPROVAL_INVALID',
    ],
    [
      'for other content',
      (document) => ({
        ...document,
        installs: document.installs.map((one) => ({ ...one, contentDigest: `sha256:${'d'.repeat(64)}` })),
      }),
      'APPROVAL_INVALID',
    ],
    [
      'for another version',
      (document) => ({ ...document, installs: document.installs.map((one) => ({ ...one, version: '2.0.0' })) }),
      'APPROVAL_INVALID',
    ],
    ['for another tenant', (document) => ({ ...document, tenantId: seededId('tenant', 2) }), 'APPROVAL_INVALID'],
  ])('is refused when the approval of an install is %s', async (_, change, code) => {
    await expect(verifyApprovals(change(await signedDocument(key)), keys)).rejects.toMatchObject({ code });
  });

  it('is refused when the key that signed is not one for approvals', async () => {
    const stateKey = await makeRegistryKey('state');
    const document = await signedDocument(stateKey);
    await expect(verifyApprovals(document, { keys: [stateKey.publicKey] })).rejects.toMatchObject({
      code: 'SIGNATURE_INVALID',
    });
  });
});

describe('a destination in words', () => {
  it('says host, ports and where it comes from', () => {
    expect(spellAllow(allow('a.example.com', { ports: [443, 8443] }))).toBe('a.example.com:443,8443 (weather 1.2.0)');
    expect(spellOrigin({ kind: 'base', revision: 3 })).toBe('base 3');
  });
});
