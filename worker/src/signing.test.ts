import { env } from 'cloudflare:workers';
import { importJWK } from 'jose';
import { expect, test } from 'vitest';
import { parseConfig } from './env.ts';
import { publicKeys, signingKey } from './signing.ts';

const config = parseConfig(env);

test('what a purpose signs verifies with the public key of that purpose, and with no other', async () => {
  const bytes = new TextEncoder().encode('statement');
  const { kid, privateKey } = await signingKey(config, 'approval');
  const signature = await crypto.subtle.sign('Ed25519', privateKey, bytes);
  const verified = [];
  for (const key of publicKeys(config).keys) {
    const publicKey = (await importJWK(key, 'Ed25519')) as CryptoKey;
    verified.push([key.kid === kid, await crypto.subtle.verify('Ed25519', publicKey, signature, bytes)]);
  }
  expect(verified).toEqual([
    [true, true],
    [false, false],
    [false, false],
  ]);
});

test('no private half is ever public', () => {
  expect(JSON.stringify(publicKeys(config))).not.toMatch(/"d":/);
  expect(publicKeys(config).keys.map((key) => key.purpose)).toEqual(['approval', 'state', 'checkpoint']);
});

test('keys before the current one stay published, so that what they signed stays signed', () => {
  const { approval, state, checkpoint } = config.SIGNING_KEYS;
  const changed = { ...approval, signedByPrevious: 'jws', previous: [{ kid: 'old', x: 'x-old' }] };
  const { keys } = publicKeys({ ...config, SIGNING_KEYS: { approval: changed, state, checkpoint } });
  expect(keys.map(({ purpose, kid, signedByPrevious }) => [purpose, kid, signedByPrevious])).toEqual([
    ['approval', approval.kid, 'jws'],
    ['approval', 'old', undefined],
    ['state', state.kid, undefined],
    ['checkpoint', checkpoint.kid, undefined],
  ]);
});
