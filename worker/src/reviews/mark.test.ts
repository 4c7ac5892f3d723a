import type { ErrorCode } from '@aegis/skill-sdk/errors';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../auth.ts';
import { type Markable, type MarkName, mark } from './mark.ts';

const ACME = 'ten-acme';
const caller = (role: 'owner' | 'author' | 'member' | 'admin' | 'reviewer' | 'stranger'): Caller => ({
  kind: 'user',
  id: `usr-${role}`,
  name: role,
  tenantId: null,
  tenants:
    role === 'admin' || role === 'reviewer'
      ? new Map()
      : new Map([[role === 'stranger' ? 'ten-other' : ACME, role === 'stranger' ? 'owner' : role]]),
  platformRole: role === 'admin' || role === 'reviewer' ? role : null,
  scopes: null,
});
const version = (change: Partial<Markable> = {}): Markable => ({
  id: 'skv-1',
  tenantId: ACME,
  name: 'crm-export',
  version: '1.2.0',
  revision: 1,
  decision: 'approved',
  deprecated: false,
  yanked: false,
  revoked: false,
  ...change,
});

describe('marks on an approved version (A96, X1)', () => {
  it.each<[string, Markable | undefined, Parameters<typeof caller>[0], MarkName, boolean, ErrorCode | 'ok']>([
    ['an author deprecates', version(), 'author', 'deprecated', true, 'ok'],
    ['an owner yanks', version(), 'owner', 'yanked', true, 'ok'],
    ['an owner lifts a yank', version({ yanked: true }), 'owner', 'yanked', false, 'ok'],
    ['a member does not yank', version(), 'member', 'yanked', true, 'FORBIDDEN'],
    ['an owner does not revoke', version(), 'owner', 'revoked', true, 'FORBIDDEN'],
    ['a reviewer does not revoke', version(), 'reviewer', 'revoked', true, 'FORBIDDEN'],
    ['an admin revokes', version(), 'admin', 'revoked', true, 'ok'],
    ['only an admin lifts a revocation', version({ revoked: true }), 'owner', 'revoked', false, 'FORBIDDEN'],
    ['an admin does not deprecate for a tenant', version(), 'admin', 'deprecated', true, 'FORBIDDEN'],
    ['for another tenant it does not exist', version(), 'stranger', 'yanked', true, 'NOT_FOUND'],
    ['what does not exist is not found', undefined, 'owner', 'yanked', true, 'NOT_FOUND'],
    ['a pending version has no marks', version({ decision: null }), 'owner', 'yanked', true, 'STATE_CONFLICT'],
    [
      'a rejected version has no marks',
      version({ decision: 'rejected' }),
      'owner',
      'deprecated',
      true,
      'STATE_CONFLICT',
    ],
    ['yanked twice', version({ yanked: true }), 'owner', 'yanked', true, 'STATE_CONFLICT'],
    ['lifting what is not set', version(), 'owner', 'deprecated', false, 'STATE_CONFLICT'],
    ['marks are independent', version({ yanked: true, revoked: true }), 'owner', 'deprecated', true, 'ok'],
  ])('%s', (_, subject, who, name, set, expected) => {
    const run = () => mark(subject, caller(who), { mark: name, set, ask: { reason: 'Because.' } }, 5);
    if (expected === 'ok')
      expect(run()).toMatchObject({ versionId: 'skv-1', revision: 2, kind: set ? name : `un${name}` });
    else expect(run).toThrow(expect.objectContaining({ code: expected }));
  });

  it('only a deprecation names a replacement', () => {
    const ask = { reason: 'Old.', replacement: 'crm-export@2.0.0' };
    expect(mark(version(), caller('owner'), { mark: 'deprecated', set: true, ask }, 5).replacement).toBe(
      'crm-export@2.0.0',
    );
    expect(mark(version(), caller('owner'), { mark: 'yanked', set: true, ask }, 5).replacement).toBeNull();
  });
});
