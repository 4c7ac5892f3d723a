import type { Action } from '@aegis/skill-sdk/actions';
import { describe, expect, test } from 'vitest';
import { authenticate, type Caller, can, canTable, NOBODY, requireCan } from './auth.ts';

const TENANT = 'ten-a';
const base: Caller = {
  kind: 'user',
  id: 'usr-1',
  name: 'A',
  tenantId: null,
  tenants: new Map(),
  platformRole: null,
  scopes: null,
};
const member: Caller = { ...base, tenants: new Map([[TENANT, 'member']]) };
const author: Caller = { ...base, tenants: new Map([[TENANT, 'author']]) };
const owner: Caller = { ...base, tenants: new Map([[TENANT, 'owner']]) };
const reviewer: Caller = { ...base, platformRole: 'reviewer' };
const admin: Caller = { ...base, platformRole: 'admin' };
const auditor: Caller = { ...base, platformRole: 'auditor' };
const key: Caller = { ...author, kind: 'key', tenantId: TENANT, scopes: new Set(['skill:read', 'skill:publish']) };
const cluster: Caller = { ...member, kind: 'cluster' };

describe('can', () => {
  const rows: [string, Caller, Action, string | null, boolean][] = [
    ['a member reads skills', member, 'skill:read', TENANT, true],
    ['a member does not publish', member, 'skill:publish', TENANT, false],
    ['an author publishes', author, 'skill:publish', TENANT, true],
    ['an author does not review', author, 'skill:review', TENANT, false],
    ['an owner invites', owner, 'member:invite', TENANT, true],
    ['an owner does not revoke', owner, 'skill:revoke', TENANT, false],
    ['nobody acts in another tenant', owner, 'skill:read', 'ten-b', false],
    ['an owner is nothing on the platform', owner, 'cluster:read', null, false],
    ['a reviewer reviews everywhere', reviewer, 'skill:review', 'ten-b', true],
    ['a reviewer does not revoke', reviewer, 'skill:revoke', 'ten-b', false],
    ['a reviewer does not publish', reviewer, 'skill:publish', TENANT, false],
    ['an admin revokes', admin, 'skill:revoke', 'ten-b', true],
    ['an admin makes tenants', admin, 'tenant:create', null, true],
    ['an admin does not publish for a tenant', admin, 'skill:publish', TENANT, false],
    ['an auditor reads audit', auditor, 'audit:read', null, true],
    ['an auditor changes nothing', auditor, 'skill:review', TENANT, false],
    ['a key does what role and scope both allow', key, 'skill:publish', TENANT, true],
    ['a key does not exceed its scopes', key, 'skill:deprecate', TENANT, false],
    [
      'a platform role does not reach a key',
      { ...key, platformRole: 'admin', scopes: new Set(['skill:revoke']) },
      'skill:revoke',
      TENANT,
      false,
    ],
    ['a cluster reads packages of its tenants', cluster, 'skill:read', TENANT, true],
    ['a cluster reads no others', cluster, 'skill:read', 'ten-b', false],
    ['a cluster does not publish', cluster, 'skill:publish', TENANT, false],
    ['nobody may nothing', NOBODY, 'skill:read', TENANT, false],
  ];
  test.each(rows)('%s', (_, caller, action, tenantId, expected) => {
    expect(can(caller, action, { tenantId })).toBe(expected);
  });
});

describe('requireCan', () => {
  const check = (caller: Caller, action: Action, tenantId: string | null) => () =>
    requireCan(caller, action, { tenantId });
  test('without a credential it is 401', () =>
    expect(check(NOBODY, 'skill:read', TENANT)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' })));
  test('what the caller may not know of is 404', () =>
    expect(check(owner, 'skill:read', 'ten-b')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' })));
  test('what the caller may know but not do is 403', () =>
    expect(check(member, 'skill:publish', TENANT)).toThrow(expect.objectContaining({ code: 'FORBIDDEN' })));
  test('what the caller may do passes', () => expect(check(author, 'skill:publish', TENANT)).not.toThrow());
});

test('the table of rights says why not', () => {
  expect(
    canTable(
      member,
      { tenantId: TENANT },
      {
        read: { action: 'skill:read' },
        publish: { action: 'skill:publish' },
        yank: { action: 'skill:read', unless: 'It is yanked.' },
      },
    ),
  ).toEqual({
    read: { allowed: true },
    publish: { allowed: false, reason: 'Your role member does not include skill:publish.' },
    yank: { allowed: false, reason: 'It is yanked.' },
  });
});

describe('authenticate', () => {
  const lookups = {
    session: async () => null,
    key: async (secret: string) => (secret === 'aeg_good' ? key : null),
    ci: async () => null,
    cluster: async () => null,
  };
  const from = (headers: Record<string, string>) => authenticate(new Headers(headers), lookups);
  test('no credential is nobody', async () => expect(await from({})).toBe(NOBODY));
  test('a dead session is nobody', async () => expect(await from({ cookie: 'x=y' })).toBe(NOBODY));
  test('a live key is its caller', async () => expect(await from({ authorization: 'Bearer aeg_good' })).toBe(key));
  test.each(['Bearer aeg_bad', 'Bearer a.b.c', 'Basic x', 'Bearer', 'Bearer a b'])(
    '%s is 401',
    async (authorization) => {
      await expect(from({ authorization })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    },
  );
});

describe('a CI job', () => {
  const job: Caller = {
    ...NOBODY,
    kind: 'ci',
    id: 'tpb-1',
    name: 'acme/skills',
    tenantId: 'ten-1',
    tenants: new Map([['ten-1', 'author']]),
    scopes: new Set(['skill:publish', 'skill:read']),
    skill: 'crm-export',
  };
  test('may do what its scopes say with its one skill, and nothing where no skill is named', () => {
    const subject = { tenantId: 'ten-1', skill: 'crm-export' };
    expect([can(job, 'skill:publish', subject), can(job, 'skill:read', subject)]).toEqual([true, true]);
    for (const other of [
      { tenantId: 'ten-1' },
      { tenantId: 'ten-1', skill: 'other' },
      { ...subject, tenantId: 'ten-2' },
    ])
      expect(can(job, 'skill:publish', other)).toBe(false);
    expect(can(job, 'skill:yank', subject)).toBe(false);
    expect(() => requireCan(job, 'skill:read', { tenantId: 'ten-1', skill: 'other' })).toThrow('crm-export alone');
    expect(() => requireCan(job, 'skill:read', { tenantId: 'ten-2', skill: 'crm-export' })).toThrow();
  });
});
