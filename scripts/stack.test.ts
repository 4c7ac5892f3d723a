import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './root.ts';
import { COMPATIBILITY_DATE, registryBindings } from './stack.ts';

const toml = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8');
const key = { kid: 'k', publicJwk: { kty: 'OKP' as const, crv: 'Ed25519' as const, x: 'x' } };
const signingKey = { ...key, privateJwk: { ...key.publicJwk, d: 'd' } };
const secrets = {
  authSecret: 'a'.repeat(32),
  setupToken: 'token',
  signingKeys: { approval: signingKey, state: signingKey, checkpoint: signingKey },
};
const local = registryBindings({ origin: 'http://localhost:8788', port: 8788, secrets });
const valuesOf = (field: string) =>
  [...toml.matchAll(new RegExp(`^${field} = "([^"]+)"`, 'gm'))].map(([, value]) => value);

it('the local registry has every binding that the deployed one has, of the same class, queue and date', () => {
  const bound = [...valuesOf('binding'), ...valuesOf('name').filter((name) => name !== 'aegis')];
  expect(Object.keys(local.env ?? {})).toEqual(expect.arrayContaining(bound));
  expect(bound).toEqual(expect.arrayContaining(['DB', 'ARTIFACTS', 'CLUSTER_FEED', 'ANALYSES']));
  expect(Object.keys(local.exports ?? {})).toEqual(valuesOf('class_name'));
  expect(local.triggers).toMatchObject([
    { name: valuesOf('queue')[0], deadLetterQueue: valuesOf('dead_letter_queue')[0] },
  ]);
  expect(valuesOf('compatibility_date')).toEqual([COMPATIBILITY_DATE]);
});

it('of the set-up token the registry gets only the hash', () => {
  expect(JSON.stringify(local)).not.toContain('"token"');
  expect(local.env?.SETUP_TOKEN_HASH).toEqual({ type: 'text', value: expect.stringMatching(/^[0-9a-f]{64}$/) });
});
