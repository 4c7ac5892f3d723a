import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { parseConfig } from './env.ts';

test('a good configuration is parsed once and frozen', () => {
  const config = parseConfig(env);
  expect(parseConfig(env)).toBe(config);
  expect(Object.isFrozen(config)).toBe(true);
});

test.each([
  ['no secret', { AUTH_SECRET: undefined }],
  ['a short secret', { AUTH_SECRET: 'short' }],
  ['an origin that is none', { APP_ORIGIN: 'localhost' }],
  ['keys that are no JSON', { SIGNING_KEYS: '{' }],
  ['the demo’s exception in production (C37)', { APP_ENV: 'production', DEMO: 'on' }],
  [
    'an issuer of which any job would fit',
    { TRUSTED_ISSUERS: '[{"id":"x","issuer":"https://x.example","kind":"oidc"}]' },
  ],
  ['a key that is missing', { SIGNING_KEYS: '{"approval":{}}' }],
])('%s refuses to start, and the caller is told nothing of it', (_, change) => {
  const bad = { ...env, ...change } as never;
  expect(() => parseConfig(bad)).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
});
