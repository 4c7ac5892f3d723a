import { expect, test } from 'vitest';
import { relyingParty } from './relying-party.ts';

test('passkeys are bound to the name of the registry, and to its own pages', () => {
  const config = {
    APP_ORIGIN: 'https://aegis.example',
    TRUSTED_ORIGINS: ['https://evil.example', 'http://127.0.0.1:1'],
  };
  expect(relyingParty(config)).toEqual({ id: 'aegis.example', origins: ['https://aegis.example'] });
  expect(relyingParty({ APP_ORIGIN: 'http://localhost:8788', TRUSTED_ORIGINS: [] }).id).toBe('localhost');
});

test.each(['http://127.0.0.1:8788', 'http://[::1]:8788'])('%s has no name to bind one to', (APP_ORIGIN) => {
  expect(() => relyingParty({ APP_ORIGIN, TRUSTED_ORIGINS: [] })).toThrow(
    expect.objectContaining({ code: 'STATE_CONFLICT' }),
  );
});
