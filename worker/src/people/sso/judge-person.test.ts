import { expect, test } from 'vitest';
import { judgePerson } from './judge-person.ts';

const RULES = {
  groupsClaim: 'groups',
  roles: [
    { group: 'skills-authors', role: 'author' as const },
    { group: 'skills-admins', role: 'tenant_admin' as const },
  ],
  fallbackRole: null,
  mfaValues: ['mfa', 'urn:acr:two'],
};
const CLAIMS = {
  sub: '1',
  email: 'Mara@Acme.example',
  email_verified: true,
  name: ' Mara ',
  groups: ['skills-authors'],
};
const judge = (claims: object, rules: object = {}) =>
  judgePerson({ ...CLAIMS, ...claims }, { ...RULES, ...rules }, ['acme.example', 'acme.test']);

test('a person comes with the highest role of their groups (C38)', () => {
  expect(judge({})).toEqual({
    ...{ email: 'mara@acme.example', name: 'Mara', role: 'author' },
    ...{ isRoleFromGroups: true, hasMfa: false },
  });
  expect(judge({ groups: ['skills-authors', 'skills-admins', 'x'] })).toMatchObject({ role: 'tenant_admin' });
  expect(judge({ groups: 'skills-admins' })).toMatchObject({ role: 'tenant_admin' });
});

test.each([[['x']], [[]], [undefined], [null], [7], [{ 'skills-admins': true }]])(
  'groups %o give the least: what the tenant chose for it, or nothing',
  (groups) => {
    expect(judge({ groups })).toMatchObject({ role: null });
    expect(judge({ groups }, { fallbackRole: 'member' })).toMatchObject({ role: 'member' });
  },
);

test('without rules for groups the role is for newcomers only', () => {
  expect(judge({}, { roles: [], fallbackRole: 'member' })).toMatchObject({ role: 'member', isRoleFromGroups: false });
});

test.each([false, undefined, 'true', 1])('an address that the provider calls verified: %o, is not', (verified) => {
  expect(judge({ email_verified: verified })).toEqual({ refusal: 'email_unverified' });
});

test.each([
  'm@evil.example',
  'm@sub.acme.example',
  'm@acme.example@evil.example',
  '@acme.example',
  'm',
  'm@evilacme.example',
])('the address %s is not of a domain that the tenant has proved', (email) =>
  expect(judge({ email })).toEqual({ refusal: 'foreign_domain' }),
);

test('a second factor counts when the provider names it as the tenant said, in amr or acr', () => {
  expect(judge({ amr: ['pwd', 'mfa'] })).toMatchObject({ hasMfa: true });
  expect(judge({ acr: 'urn:acr:two' })).toMatchObject({ hasMfa: true });
  expect(judge({ amr: ['pwd'], acr: '0' })).toMatchObject({ hasMfa: false });
  expect(judge({ amr: ['mfa'] }, { mfaValues: [] })).toMatchObject({ hasMfa: false });
});
