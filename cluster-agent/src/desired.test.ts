import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { digestOf } from '@aegis/skill-sdk/digest';
import { AegisError } from '@aegis/skill-sdk/errors';
import { CLOCK_SKEW_SECONDS } from '@aegis/skill-sdk/limits';
import type { StateDocument } from '@aegis/skill-sdk/wire/clusters';
import { beforeAll, describe, expect, it } from 'vitest';
import { comparePositions, openState, openTenantDocument, verifyState } from './desired.ts';
import { NOW_MS, seededId, tenantDocument } from './testing/documents.ts';
import { clusterId, makeRegistryKey, signJws, type TestKey } from './testing/identity.ts';

let key: TestKey;
let approvalKey: TestKey;
const keys = () => ({ keys: [approvalKey.publicKey, key.publicKey] });

beforeAll(async () => {
  key = await makeRegistryKey('state');
  approvalKey = await makeRegistryKey('approval');
});

function state(more: Partial<StateDocument> = {}): StateDocument {
  return {
    v: 1,
    clusterId: clusterId(),
    epoch: 3,
    sequence: 17,
    issuedAt: new Date(NOW_MS).toISOString(),
    expiresAt: new Date(NOW_MS + 86_400_000).toISOString(),
    tenants: [],
    ...more,
  };
}

const verify = (jws: string, adopted: { epoch: number; sequence: number } | null = null, nowMs = NOW_MS) =>
  verifyState(jws, { keys: keys(), clusterId: clusterId(), adopted, nowMs });

/** The code and reason of an error, or `adopted`. */
async function outcome(verified: Promise<unknown>): Promise<string> {
  try {
    await verified;
    return 'adopted';
  } catch (error) {
    if (!(error instanceof AegisError)) throw error;
    return error.code === 'STATE_REJECTED' ? `${error.code} ${error.meta?.reason}` : error.code;
  }
}

describe('a desired state', () => {
  it.each<[what: string, document: Partial<StateDocument> | Record<string, unknown>, expected: string]>([
    ['the next one', {}, 'adopted'],
    ['the same one again', { sequence: 16 }, 'adopted'],
    ['an older sequence', { sequence: 15 }, 'STATE_REJECTED rollback'],
    ['a lower epoch, however high its sequence', { epoch: 2, sequence: 99 }, 'STATE_REJECTED rollback'],
    ['a lower sequence of a higher epoch', { epoch: 4, sequence: 1 }, 'adopted'],
    ['one for another cluster', { clusterId: clusterId(2) }, 'STATE_REJECTED other_cluster'],
    ['a newer version of the document', { v: 2 }, 'STATE_REJECTED unknown_version'],
    ['no version', { v: undefined }, 'STATE_REJECTED unknown_version'],
    ['a version that is a text', { v: '1' }, 'STATE_REJECTED unknown_version'],
    ['a field of the wrong type', { sequence: 'x' }, 'STATE_REJECTED malformed'],
    [
      'a tenant named twice',
      {
        tenants: [1, 2].map((revision) => ({
          tenantId: seededId('tenant', 1),
          revision,
          digest: `sha256:${'0'.repeat(64)}`,
        })),
      },
      'STATE_REJECTED malformed',
    ],
    [
      'one that expires just within the clocks’ difference',
      { expiresAt: new Date(NOW_MS - CLOCK_SKEW_SECONDS * 1000).toISOString() },
      'adopted',
    ],
    [
      'one that expired a millisecond before',
      { expiresAt: new Date(NOW_MS - CLOCK_SKEW_SECONDS * 1000 - 1).toISOString() },
      'STATE_REJECTED expired',
    ],
  ])('%s is %s', async (_, document, expected) => {
    const jws = await signJws({ ...state(), ...document }, key);
    expect(await outcome(verify(jws, { epoch: 3, sequence: 16 }))).toBe(expected);
  });

  it('is believed only when a pinned key for states has signed exactly these bytes', async () => {
    const good = await signJws(state(), key);
    const [header = '', payload = '', signature = ''] = good.split('.');
    const stranger = await makeRegistryKey('state');
    const forged = Buffer.from(JSON.stringify(state({ sequence: 18 }))).toString('base64url');
    for (const jws of [
      await signJws(state(), stranger),
      await signJws(state(), approvalKey),
      await signJws(state(), { ...stranger, kid: key.kid }),
      `${header}.${forged}.${signature}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      '',
      'garbage',
    ]) {
      expect(await outcome(verify(jws))).toBe('SIGNATURE_INVALID');
    }
    expect(await outcome(verify(good))).toBe('adopted');
  });

  it('is believed under no other algorithm, not even with the right key', async () => {
    const payload = Buffer.from(JSON.stringify(state())).toString('base64url');
    const header = (alg: string) => Buffer.from(JSON.stringify({ alg, kid: key.kid })).toString('base64url');
    const hmac = (input: string) =>
      createHmac('sha256', Buffer.from(key.publicKey.x, 'base64url')).update(input).digest('base64url');
    const { privateKey } = generateKeyPairSync('ed25519');
    const candidates = [
      `${header('none')}.${payload}.`,
      `${header('HS256')}.${payload}.${hmac(`${header('HS256')}.${payload}`)}`,
      `${header('EdDSA')}.${payload}.${sign(null, Buffer.from(`${header('EdDSA')}.${payload}`), privateKey).toString('base64url')}`,
    ];
    for (const jws of candidates) expect(await outcome(verify(jws))).toBe('SIGNATURE_INVALID');
  });

  it('that is signed and no JSON is malformed', async () => {
    expect(await outcome(verify(await signJws('not json', key)))).toBe('STATE_REJECTED malformed');
    expect(await outcome(verify(await signJws('null', key)))).toBe('STATE_REJECTED unknown_version');
  });

  it('that was adopted before a restart opens again, expired or not, but not with a foreign signature', async () => {
    const expired = state({ expiresAt: new Date(0).toISOString() });
    const expected = { keys: keys(), clusterId: clusterId() };
    expect(await openState(await signJws(expired, key), expected)).toEqual(expired);
    expect(await outcome(openState(await signJws(expired, approvalKey), expected))).toBe('SIGNATURE_INVALID');
  });
});

describe('a tenant document', () => {
  const bytesOf = (value: unknown) =>
    new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
  const open = async (value: unknown, more: Partial<StateDocument['tenants'][number]> = {}) => {
    const bytes = bytesOf(value);
    const { tenantId, revision } = tenantDocument();
    return openTenantDocument(bytes, { tenantId, revision, digest: await digestOf(bytes), ...more });
  };

  it('opens when its bytes are the ones that the state names', async () => {
    expect(await open(tenantDocument())).toEqual(tenantDocument());
  });

  it.each<[what: string, value: unknown, entry: Partial<StateDocument['tenants'][number]>, expected: string]>([
    ['other bytes', tenantDocument(), { digest: `sha256:${'0'.repeat(64)}` }, 'DIGEST_MISMATCH'],
    ['another tenant', tenantDocument({ tenantId: seededId('tenant', 2) }), {}, 'STATE_REJECTED malformed'],
    ['another revision', tenantDocument(), { revision: 8 }, 'STATE_REJECTED malformed'],
    ['a newer version', { ...tenantDocument(), v: 2 }, {}, 'STATE_REJECTED unknown_version'],
    ['a mode that is not known', { ...tenantDocument(), mode: 'open' }, {}, 'STATE_REJECTED malformed'],
    ['no JSON', 'nothing', {}, 'STATE_REJECTED malformed'],
  ])('is refused for %s', async (_, value, entry, expected) => {
    expect(await outcome(open(value, entry))).toBe(expected);
  });
});

describe('positions', () => {
  it.each([
    [{ epoch: 1, sequence: 9 }, { epoch: 2, sequence: 1 }, -1],
    [{ epoch: 2, sequence: 1 }, { epoch: 2, sequence: 1 }, 0],
    [{ epoch: 2, sequence: 2 }, { epoch: 2, sequence: 1 }, 1],
  ])('%j against %j', (left, right, expected) => {
    expect(Math.sign(comparePositions(left, right))).toBe(expected);
  });
});
