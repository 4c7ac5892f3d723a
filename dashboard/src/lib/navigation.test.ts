import type { Me } from '@aegis/skill-sdk/wire/people';
import { expect, test } from 'vitest';
import { adminPlaces, placeOf, scopesOf, tenantPlaces } from './navigation.ts';

const TENANT = 'ten-01hzzzzzzzzzzzzzzzzzzzzzzz';
const me = (more: Partial<Me>): Me => ({
  kind: 'user',
  id: 'usr',
  name: 'Ada',
  email: null,
  platformRole: null,
  tenants: [],
  scopes: null,
  pending: null,
  withheld: [],
  credential: null,
  can: {},
  ...more,
});

test('a place that the registry does not let one read is left out', () => {
  const texts = (rights: string[]) => tenantPlaces(TENANT, rights, {}).map(({ text }) => text);
  expect(texts([])).not.toContain('Audit');
  expect(texts(['audit:read', 'key:read'])).toEqual(expect.arrayContaining(['Audit', 'Keys']));
  expect(adminPlaces([], {}).map(({ text }) => text)).not.toContain('Audit');
});

test('no two places of a scope share a key', () => {
  for (const places of [tenantPlaces(TENANT, ['audit:read', 'key:read'], {}), adminPlaces(['audit:read'], {})]) {
    expect(new Set(places.map(({ key }) => key)).size).toBe(places.length);
  }
});

test('one stands in the nearest place', () => {
  const places = tenantPlaces(TENANT, [], {});
  expect(placeOf(places, `/t/${TENANT}`)?.text).toBe('Overview');
  expect(placeOf(places, `/t/${TENANT}/skills/private/skv-1/files`)?.text).toBe('Skills');
  expect(placeOf(places, '/admin')).toBeUndefined();
  expect(placeOf(adminPlaces([], {}), '/admin/bases/bas-1')?.text).toBe('Reviews');
});

test('a person’s scopes are the platform, if they have a role there, and their tenants', () => {
  const tenants = [{ id: TENANT, slug: 'acme', name: 'Acme', role: 'owner' as const }];
  expect(scopesOf(me({ tenants })).map(({ name }) => name)).toEqual(['Acme']);
  expect(scopesOf(me({ tenants, platformRole: 'admin' })).map(({ role }) => role)).toEqual([
    'platform admin',
    'tenant owner',
  ]);
  expect(scopesOf(me({}))).toEqual([]);
});
