import { expect, it } from 'vitest';
import type { Me } from '../wire/people.ts';
import { expiryOf } from './show-expiry.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const me = (credential: Me['credential']): Me => ({
  kind: 'key',
  id: 'key-1',
  name: 'laptop',
  email: null,
  platformRole: null,
  tenants: [],
  scopes: [],
  pending: null,
  withheld: [],
  credential,
  can: {},
});

it('warns in the last fourteen days, and of a secret that was replaced', () => {
  const warning = (expiresAt: string, replaced = false) => expiryOf(me({ expiresAt, replaced }), NOW)?.warning;
  expect(warning('2026-12-05T12:00:01Z')).toBeNull();
  expect(warning('2026-12-05T12:00:00Z')).toContain('expires in 14 days');
  expect(warning('2026-11-22T17:30:00Z')).toContain('expires in 29 h');
  expect(warning('2027-05-01T00:00:00Z', true)).toContain('was replaced by a newer one');
  expect(expiryOf(me(null), NOW)).toBeNull();
});
