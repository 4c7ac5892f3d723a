import { SSO_REFUSALS } from '@aegis/skill-sdk/wire/sso';
import { expect, test } from 'vitest';
import { parseGroupRoles, REFUSAL_WORDS, writeGroupRoles } from './sign-on.ts';

test('rules are read as they are written; a group may hold an equals sign', () => {
  const roles = [
    { group: 'skill-authors', role: 'author' as const },
    { group: 'cn=admins,dc=acme', role: 'tenant_admin' as const },
  ];
  expect(parseGroupRoles(writeGroupRoles(roles))).toEqual(roles);
  expect(parseGroupRoles('\n  a  =  member \n\n')).toEqual([{ group: 'a', role: 'member' }]);
  expect(parseGroupRoles('no role at all')).toEqual([{ group: 'no role at all', role: '' }]);
  expect(parseGroupRoles('')).toEqual([]);
});

test('every refusal has words, and none says more than the person may know', () => {
  expect(Object.keys(REFUSAL_WORDS).sort()).toEqual([...SSO_REFUSALS].sort());
});
