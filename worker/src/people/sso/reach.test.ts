import { expect, test } from 'vitest';
import { type Begun, type Membership, reachOf } from './reach.ts';

const of = (tenantId: string, role: string, sso: Membership['sso']): Membership => ({
  tenantId,
  name: tenantId,
  role,
  sso,
});
const FREE = of('free', 'owner', null);
const OPEN = of('open', 'author', { required: false, mfaRequired: false });
const STRICT = of('strict', 'author', { required: true, mfaRequired: true });
const OWNED = of('owned', 'owner', { required: true, mfaRequired: false });
const ALL = [FREE, OPEN, STRICT, OWNED];
const OWN: Begun = { ssoTenantId: null, isMfaProved: false, hasOwnProof: false };
const names = (begun: Partial<Begun>) => reachOf(ALL, { ...OWN, ...begun }).reached.map(({ tenantId }) => tenantId);

test('with a password a person reaches every tenant but those that want their provider', () => {
  expect(names({})).toEqual(['free', 'open']);
  expect(reachOf(ALL, OWN).withheld).toEqual([STRICT, OWNED]);
});

test('break-glass: an owner passes with a second factor of their own; nobody else does', () => {
  expect(names({ isMfaProved: true, hasOwnProof: true })).toEqual(['free', 'open', 'owned']);
});

test('through a provider a person reaches its tenant and no other (A66, A112)', () => {
  expect(names({ ssoTenantId: 'open' })).toEqual(['open']);
  expect(names({ ssoTenantId: 'open', isMfaProved: true, hasOwnProof: true })).toEqual(['open']);
  expect(names({ ssoTenantId: 'elsewhere' })).toEqual([]);
});

test('where the tenant wants a second factor, a session without one reaches nothing, however it was begun (A183)', () => {
  expect(names({ ssoTenantId: 'strict' })).toEqual([]);
  expect(names({ ssoTenantId: 'strict', isMfaProved: true })).toEqual(['strict']);
});

test('a connection that was removed ends what its sessions reached', () => {
  expect(names({ ssoTenantId: 'free' })).toEqual([]);
});
