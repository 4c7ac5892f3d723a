import { leafOf } from '@aegis/skill-sdk/audit-export';
import { toBase64Url } from '@aegis/skill-sdk/base64';
import { signCheckpoint } from '@aegis/skill-sdk/signed-note';
import { expect, test } from 'vitest';
import { proveEvent } from './prove-event.ts';

const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
const keys = [
  { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(raw), kid: 'k1', use: 'sig', alg: 'Ed25519', purpose: 'checkpoint' },
];
const at = '2026-11-01T00:00:00.000Z';
const event = {
  id: 'aud-01jd0000000000000000000000',
  tenantId: 'ten-a',
  schemaVersion: 1,
  action: 'agent:write',
  actor: { kind: 'user', id: 'usr-1', name: 'Ada' },
  onBehalfOf: null,
  agentId: null,
  targetType: 'agent',
  targetId: 'agt-1',
  details: {},
  before: null,
  after: null,
  severity: 'info',
  outcome: 'success',
  ipAddress: null,
  userAgent: null,
  requestId: 'req-1',
  at,
};
const root = leafOf(event);
const note = await signCheckpoint({ origin: 'r.example/audit/ten-a', size: 1, root }, raw, (bytes) =>
  crypto.subtle.sign('Ed25519', pair.privateKey, bytes),
);
const good = { event, seq: 0, leaf: root, proof: [], checkpoint: { note, size: 1, root, at } };
const answering =
  (inclusion: object, trusted: object[] = keys): typeof fetch =>
  async (path) =>
    Response.json(String(path).includes('proof') ? inclusion : { keys: trusted });

test.each([
  ['as it was logged', good, keys, true, 'As it was logged: event 0 of 1'],
  ['edited', { ...good, event: { ...event, action: 'agent:read' } }, keys, false, 'not what was logged'],
  [
    'with a leaf of its own',
    { ...good, event: { ...event, targetId: 'x' }, leaf: leafOf({ ...event, targetId: 'x' }) },
    keys,
    false,
    'does not lead',
  ],
  ['at another place', { ...good, seq: 1 }, keys, false, 'does not lead'],
  ['signed by nobody we know', good, [], false, 'not signed by a key'],
])('an event %s (X2)', async (_, inclusion, trusted, ok, text) => {
  const proved = await proveEvent(event.id, answering(inclusion, trusted));
  expect(proved.ok).toBe(ok);
  expect(proved.text).toContain(text);
});

test('says so when the registry does not answer', async () => {
  expect(await proveEvent(event.id, async () => new Response(null, { status: 503 }))).toMatchObject({ ok: false });
});
