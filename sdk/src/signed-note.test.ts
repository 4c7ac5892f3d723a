import { expect, test } from 'vitest';
import { fromBase64, toBase64, toBase64Url } from './base64.ts';
import type { RegistryKey } from './key-set.ts';
import { noteKeyId, openCheckpoint, originOf, readCheckpoint, signCheckpoint } from './signed-note.ts';

const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
const key: RegistryKey = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: toBase64Url(raw),
  kid: 'test',
  use: 'sig',
  alg: 'Ed25519',
  purpose: 'checkpoint',
};
const sign = (bytes: Uint8Array<ArrayBuffer>) => crypto.subtle.sign('Ed25519', pair.privateKey, bytes);
const origin = originOf('https://registry.example:8443', 'ten-1');
const checkpoint = { origin, size: 7, root: 'ab'.repeat(32) };
const note = await signCheckpoint(checkpoint, raw, sign);

test('a note opens with the key that signed it, and says what was signed (C2SP signed-note, X2)', async () => {
  expect(origin).toBe('registry.example:8443/audit/ten-1');
  expect(note.split('\n').slice(0, 3)).toEqual([origin, '7', toBase64(new Uint8Array(32).fill(0xab))]);
  expect(await openCheckpoint(note, [key])).toEqual({ checkpoint, kid: 'test' });
});

test('the id of a key is the published one (golang.org/x/mod/sumdb/note)', async () => {
  const published = fromBase64('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW') ?? new Uint8Array();
  const id = await noteKeyId('PeterNeumann', published.slice(1));
  expect([...id].map((byte) => byte.toString(16).padStart(2, '0')).join('')).toBe('c74f20a3');
});

test('lines of other signers are passed over, as a witness adds them', async () => {
  expect(await openCheckpoint(`${note}— witness.example ${toBase64(new Uint8Array(68))}\n`, [key])).toMatchObject({
    kid: 'test',
  });
});

test.each([
  ['another size', note.replace('\n7\n', '\n8\n'), 'bad-signature'],
  ['another log', note.replaceAll('ten-1', 'ten-2'), 'unknown-key'],
  ['no signature', `${note.split('\n\n')[0]}\n\n`, 'unreadable'],
  ['a size with a zero before it', note.replace('\n7\n', '\n07\n'), 'unreadable'],
  ['no text at all', '', 'unreadable'],
])('with %s it is not believed', async (_, text, problem) => {
  expect(await openCheckpoint(text, [key])).toEqual({ problem });
});

test('a key of another purpose signs no checkpoint', async () => {
  expect(await openCheckpoint(note, [{ ...key, purpose: 'state' }])).toEqual({ problem: 'unknown-key' });
  expect(readCheckpoint(note)).toEqual(checkpoint);
});
