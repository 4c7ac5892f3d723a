import type { ErrorCode } from '@aegis/skill-sdk/errors';
import type { SkillStatus } from '@aegis/skill-sdk/wire/skills';
import { describe, expect, it } from 'vitest';
import { type Caller, NOBODY } from '../auth.ts';
import { readableTenants, requireFetchable, requireReadable, tenantOf } from './tenant-of.ts';

const caller = (change: Partial<Caller>): Caller => ({
  kind: 'user',
  id: 'usr-a',
  name: 'a',
  tenantId: null,
  tenants: new Map(),
  platformRole: null,
  scopes: null,
  ...change,
});
const of = (roles: Record<string, 'owner' | 'author' | 'member'>) => new Map(Object.entries(roles));
const key = (scopes: string[]) =>
  caller({ kind: 'key', tenantId: 't1', tenants: of({ t1: 'author' }), scopes: new Set(scopes) });
const cluster = caller({ kind: 'cluster', tenants: of({ t1: 'member' }) });
const admin = caller({ platformRole: 'admin' });

describe('the tenant that a publish means', () => {
  it.each<[string, Caller, string | undefined, string | { code: ErrorCode }]>([
    ['the only one', caller({ tenants: of({ t1: 'author' }) }), undefined, 't1'],
    ['the only one where they may publish', caller({ tenants: of({ t1: 'member', t2: 'owner' }) }), undefined, 't2'],
    ['the named one', caller({ tenants: of({ t1: 'author', t2: 'owner' }) }), 't1', 't1'],
    [
      'one of several',
      caller({ tenants: of({ t1: 'author', t2: 'owner' }) }),
      undefined,
      { code: 'VALIDATION_FAILED' },
    ],
    ['none at all', caller({}), undefined, { code: 'VALIDATION_FAILED' }],
    ['a member’s', caller({ tenants: of({ t1: 'member' }) }), undefined, { code: 'FORBIDDEN' }],
    ['a stranger’s', caller({ tenants: of({ t1: 'owner' }) }), 't9', { code: 'NOT_FOUND' }],
    ['the key’s own', key(['skill:publish']), undefined, 't1'],
    ['not the key’s own', key(['skill:publish']), 't2', { code: 'NOT_FOUND' }],
    ['a key without the scope', key(['skill:read']), undefined, { code: 'FORBIDDEN' }],
    ['a platform admin’s', admin, 't1', { code: 'FORBIDDEN' }],
    ['nobody’s', NOBODY, undefined, { code: 'UNAUTHENTICATED' }],
  ])('%s', (_, who, named, expected) => {
    const run = () => tenantOf(who, 'skill:publish', named);
    if (typeof expected === 'string') expect(run()).toBe(expected);
    else expect(run).toThrow(expect.objectContaining(expected));
  });
});

describe('whose skills a caller reads', () => {
  it.each<[string, Caller, string | undefined, string[] | null]>([
    ['their tenants’', caller({ tenants: of({ t1: 'member', t2: 'owner' }) }), undefined, ['t1', 't2']],
    ['one of them', caller({ tenants: of({ t1: 'member', t2: 'owner' }) }), 't2', ['t2']],
    ['everybody’s, on the platform', admin, undefined, null],
    ['one tenant’s, on the platform', admin, 't1', ['t1']],
    ['those of the tenants of a cluster', cluster, undefined, ['t1']],
    ['nobody’s yet', caller({}), undefined, []],
  ])('%s', (_, who, named, expected) => expect(readableTenants(who, named)).toEqual(expected));
});

describe('a version', () => {
  it.each<[SkillStatus, boolean]>([
    ['pending_review', false],
    ['rejected', false],
    ['approved', true],
    ['deprecated', true],
    ['yanked', true],
    ['revoked', false],
  ])('%s is read by its tenant, and fetched by a cluster only when it may run', (status, runs) => {
    const version = { tenantId: 't1', status };
    expect(() => requireReadable(caller({ tenants: of({ t1: 'member' }) }), version)).not.toThrow();
    expect(() => requireReadable(cluster, version)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    const fetch = () => requireFetchable(cluster, version);
    if (runs) expect(fetch).not.toThrow();
    else expect(fetch).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it('that is not there, or another tenant’s, is not found', () => {
    const member = caller({ tenants: of({ t1: 'member' }) });
    expect(() => requireReadable(member, undefined)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    const foreign = { tenantId: 't2', status: 'approved' as const };
    expect(() => requireReadable(member, foreign)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(() => requireReadable(admin, undefined)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });
});
