import { createPublicKey, verify as verifyWithNode } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type ApprovalPredicate,
  type BasePredicate,
  type SigningKey,
  signApproval,
  signBase,
  verifyApproval,
  verifyBase,
} from './approval.ts';
import { NO_PERMISSIONS, type PermissionBlock, permissionsDigest } from './permissions.ts';
import type { KeySet } from './wire/clusters.ts';
import type { ApprovalEnvelope } from './wire/skills.ts';

/** RFC 8032 section 7.1, TEST 1: a key that is public, so that the signature below can be a vector. */
const JWK = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
} as const;
const publicHalf = { kty: JWK.kty, crv: JWK.crv, x: JWK.x, use: 'sig', alg: 'Ed25519' } as const;
const KEYS: KeySet = { keys: [{ ...publicHalf, kid: 'k1', purpose: 'approval' }] };

const PERMISSIONS: PermissionBlock = {
  ...NO_PERMISSIONS,
  network: [{ host: 'api.example.com', ports: [443], protocol: 'tls' }],
};
const SUBJECT = { tenantId: 'ten-1', name: 'crm-export', version: '1.2.0', archiveDigest: `sha256:${'a'.repeat(64)}` };
const BASE = { tenantId: 'ten-1', agentId: 'agt-1', revision: 3, permissions: PERMISSIONS };

let key: SigningKey;
let predicate: ApprovalPredicate;
let base: BasePredicate;
let envelope: ApprovalEnvelope;
let baseEnvelope: ApprovalEnvelope;

beforeAll(async () => {
  key = { kid: 'k1', privateKey: await crypto.subtle.importKey('jwk', JWK, 'Ed25519', false, ['sign']) };
  base = {
    permissions: PERMISSIONS,
    permissionsDigest: await permissionsDigest(PERMISSIONS),
    revision: 3,
    reviewer: { id: 'usr-1', name: 'Renée' },
    decidedAt: '2026-01-02T03:04:05.678Z',
  };
  predicate = {
    ...base,
    contentDigest: `sha256:${'c'.repeat(64)}`,
    reports: [{ kind: 'static', digest: `sha256:${'d'.repeat(64)}` }],
  };
  envelope = await signApproval(SUBJECT, predicate, key);
  baseEnvelope = await signBase(BASE, base, key);
});

const payloadOf = ({ payload }: ApprovalEnvelope) => Buffer.from(payload, 'base64').toString('utf8');

/** An envelope over any statement, rightly signed. */
async function signStatement(statement: unknown): Promise<ApprovalEnvelope> {
  const payload = Buffer.from(typeof statement === 'string' ? statement : JSON.stringify(statement), 'utf8');
  const encoded = Buffer.concat([Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${payload.length} `), payload]);
  const sig = Buffer.from(await crypto.subtle.sign('Ed25519', key.privateKey, encoded)).toString('base64');
  return {
    payloadType: 'application/vnd.in-toto+json',
    payload: payload.toString('base64'),
    signatures: [{ keyid: 'k1', sig }],
  };
}

const edited = (change: (statement: Record<string, never> & { predicate: object }) => object) =>
  signStatement(change(JSON.parse(payloadOf(envelope))));

describe('the approval of a version', () => {
  test('is an in-toto statement v1 in a DSSE envelope (test vector)', () => {
    expect(JSON.parse(payloadOf(envelope))).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'ten-1/crm-export@1.2.0', digest: { sha256: 'a'.repeat(64) } }],
      predicateType: 'https://aegis.example/skill-approval/v1',
      predicate,
    });
    expect(envelope.payloadType).toBe('application/vnd.in-toto+json');
    expect(envelope.signatures).toEqual([
      { keyid: 'k1', sig: 'DmbpN12QA3Nh2c8KJ/eiE8zai9tpaThz+6Xvxl2Gh9+TurlDQFAqxCxEsF1aT8KVOcojulcW0TUcKaPfczX6AQ==' },
    ]);
  });

  test('is signed as the DSSE specification says: another program verifies it', () => {
    const payload = Buffer.from(envelope.payload, 'base64');
    const encoded = Buffer.concat([Buffer.from(`DSSEv1 28 application/vnd.in-toto+json ${payload.length} `), payload]);
    const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: JWK.x }, format: 'jwk' });
    expect(verifyWithNode(null, encoded, publicKey, Buffer.from(envelope.signatures[0]?.sig ?? '', 'base64'))).toBe(
      true,
    );
  });

  test('gives back what the reviewer agreed to', async () => {
    expect(await verifyApproval(envelope, KEYS, { ...SUBJECT, contentDigest: predicate.contentDigest })).toEqual(
      predicate,
    );
    const { name, version, archiveDigest } = SUBJECT;
    expect(await verifyApproval(JSON.parse(JSON.stringify(envelope)), KEYS, { name, version, archiveDigest })).toEqual(
      predicate,
    );
  });

  test('may be spelled in URL-safe base64, and signed by a second key as well', async () => {
    const safe = (text: string) => text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
    const [signature] = envelope.signatures;
    const signatures = [
      { keyid: 'old', sig: 'AAAA' },
      { keyid: 'k1', sig: safe(signature?.sig ?? '') },
    ];
    expect(await verifyApproval({ ...envelope, payload: safe(envelope.payload), signatures }, KEYS, SUBJECT)).toEqual(
      predicate,
    );
  });

  test.each([
    ['tenantId', 'ten-2', 'the tenant: found ten-1, wanted ten-2'],
    ['name', 'crm-import', 'the skill: found crm-export@1.2.0, wanted crm-import@1.2.0'],
    ['version', '1.2.1', 'the skill: found crm-export@1.2.0, wanted crm-export@1.2.1'],
    ['archiveDigest', `sha256:${'b'.repeat(64)}`, `the archive: found sha256:${'a'.repeat(64)}`],
    ['contentDigest', `sha256:${'e'.repeat(64)}`, `the content: found sha256:${'c'.repeat(64)}`],
  ])('does not cover another %s', async (field, value, detail) => {
    const attempt = verifyApproval(envelope, KEYS, { ...SUBJECT, [field]: value });
    await expect(attempt).rejects.toMatchObject({ code: 'APPROVAL_INVALID', detail: expect.stringContaining(detail) });
  });

  test('never covers permissions that differ from their digest', async () => {
    const widened = await edited((statement) => ({
      ...statement,
      predicate: { ...statement.predicate, permissions: { ...PERMISSIONS, shell: true } },
    }));
    await expect(verifyApproval(widened, KEYS, SUBJECT)).rejects.toMatchObject({
      code: 'APPROVAL_INVALID',
      detail: expect.stringContaining('the permissions'),
    });
    const wrong = { ...predicate, permissionsDigest: `sha256:${'0'.repeat(64)}` };
    await expect(signApproval(SUBJECT, wrong, key)).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test.each([
    ['no JSON', 'hello'],
    ['another statement type', { _type: 'https://in-toto.io/Statement/v0.1' }],
    [
      'two subjects',
      {
        subject: [
          { name: 'a', digest: { sha256: '' } },
          { name: 'b', digest: { sha256: '' } },
        ],
      },
    ],
    ['no subject', { subject: [] }],
    ['another predicate type', { predicateType: 'https://aegis.example/base-approval/v1' }],
    ['a predicate that lacks a field', { predicate: {} }],
  ])('is refused when what is signed has %s', async (_, change) => {
    const signed =
      typeof change === 'string'
        ? await signStatement(change)
        : await edited((statement) => ({ ...statement, ...change }));
    await expect(verifyApproval(signed, KEYS, SUBJECT)).rejects.toMatchObject({ code: 'APPROVAL_INVALID' });
  });
});

describe('a signature', () => {
  const refused = (candidate: unknown, keys: KeySet = KEYS) =>
    expect(verifyApproval(candidate, keys, SUBJECT)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });

  test('counts only over exactly these bytes', async () => {
    await refused({
      ...envelope,
      payload: Buffer.from(payloadOf(envelope).replace('1.2.0', '1.2.1')).toString('base64'),
    });
    await refused({ ...envelope, payload: Buffer.from(` ${payloadOf(envelope)}`).toString('base64') });
  });

  test.each([
    ['null', null],
    ['no envelope', {}],
    ['another payload type', { payloadType: 'text/plain' }],
    ['no signature', { signatures: [] }],
    ['a payload that is no base64', { payload: 'é' }],
    ['a payload of an impossible length', { payload: 'AAAAA' }],
    ['a signature that is no base64', { signatures: [{ keyid: 'k1', sig: '!' }] }],
    ['a short signature', { signatures: [{ keyid: 'k1', sig: 'AAAA' }] }],
    ['an unknown key', { signatures: [{ keyid: 'k2', sig: 'AAAA' }] }],
    [
      'more signatures than anyone needs',
      { signatures: Array.from({ length: 5 }, () => ({ keyid: 'k1', sig: 'AAAA' })) },
    ],
  ])('is refused with %s', async (_, change) => {
    await refused(change === null ? null : Object.keys(change).length === 0 ? {} : { ...envelope, ...change });
  });

  test.each(['state', 'checkpoint'] as const)('by a key of purpose %s counts for nothing', async (purpose) => {
    await refused(envelope, { keys: [{ ...publicHalf, kid: 'k1', purpose }] });
  });

  test('by another key of the same name, by a broken one, or without any key counts for nothing', async () => {
    await refused(envelope, { keys: [{ ...publicHalf, x: 'A'.repeat(43), kid: 'k1', purpose: 'approval' }] });
    await refused(envelope, { keys: [{ ...publicHalf, x: 'short', kid: 'k1', purpose: 'approval' }] });
    await refused(envelope, { keys: [] });
  });
});

describe('the approval of base permissions', () => {
  const expected = { tenantId: 'ten-1', agentId: 'agt-1' };

  test('names the agent and the revision, and comes back', async () => {
    expect(JSON.parse(payloadOf(baseEnvelope))).toMatchObject({
      subject: [{ name: 'ten-1/agents/agt-1/base@3', digest: { sha256: base.permissionsDigest.slice(7) } }],
      predicateType: 'https://aegis.example/base-approval/v1',
    });
    expect(await verifyBase(baseEnvelope, KEYS, expected)).toEqual(base);
  });

  test.each([
    ['another agent', { agentId: 'agt-2' }],
    ['another tenant', { tenantId: 'ten-2' }],
  ])('does not cover %s', async (_, change) => {
    await expect(verifyBase(baseEnvelope, KEYS, { ...expected, ...change })).rejects.toMatchObject({
      code: 'APPROVAL_INVALID',
    });
  });

  test('is never the approval of a skill, nor the other way round', async () => {
    await expect(verifyBase(envelope, KEYS, expected)).rejects.toMatchObject({ code: 'APPROVAL_INVALID' });
    await expect(verifyApproval(baseEnvelope, KEYS, SUBJECT)).rejects.toMatchObject({ code: 'APPROVAL_INVALID' });
  });

  test('is refused when its subject has other permissions or another revision', async () => {
    const statement = JSON.parse(payloadOf(baseEnvelope));
    const other = await signStatement({
      ...statement,
      subject: [{ ...statement.subject[0], digest: { sha256: '0' } }],
    });
    await expect(verifyBase(other, KEYS, expected)).rejects.toMatchObject({
      detail: expect.stringContaining('the permissions'),
    });
    const later = await signStatement({ ...statement, predicate: { ...base, revision: 4 } });
    await expect(verifyBase(later, KEYS, expected)).rejects.toMatchObject({
      detail: expect.stringContaining('the agent'),
    });
  });

  test('is not signed when subject and predicate disagree', async () => {
    await expect(signBase({ ...BASE, revision: 4 }, base, key)).rejects.toMatchObject({ code: 'INTERNAL' });
    await expect(signBase({ ...BASE, permissions: NO_PERMISSIONS }, base, key)).rejects.toMatchObject({
      code: 'INTERNAL',
    });
  });
});
