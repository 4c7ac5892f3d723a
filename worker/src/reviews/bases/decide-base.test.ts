import type { ErrorCode } from '@aegis/skill-sdk/errors';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../auth.ts';
import { type BaseAsk, type BaseUnderReview, decideBase } from './decide-base.ts';

const person = (id: string, platformRole: Caller['platformRole'], tenants: Caller['tenants'] = new Map()): Caller => ({
  kind: 'user',
  id,
  name: id,
  personId: id,
  tenantId: null,
  tenants,
  platformRole,
  scopes: null,
});
const reviewer = person('usr-reviewer', 'reviewer');
const owner = person('usr-owner', null, new Map([['ten-acme', 'owner']]));
const both = person('usr-both', 'admin', new Map([['ten-acme', 'owner']]));
const base = (change: Partial<BaseUnderReview> = {}): BaseUnderReview => ({
  id: 'bas-1',
  tenantId: 'ten-acme',
  proposedById: owner.id,
  decision: null,
  superseded: false,
  widens: false,
  ...change,
});

describe('base permissions are decided like a skill’s', () => {
  it.each<[string, BaseUnderReview | undefined, Caller, Partial<BaseAsk>, ErrorCode | 'ok']>([
    ['a reviewer approves', base(), reviewer, {}, 'ok'],
    ['an owner does not', base(), owner, {}, 'FORBIDDEN'],
    ['nobody approves what they proposed', base({ proposedById: both.id }), both, {}, 'REVIEWER_IS_PUBLISHER'],
    ['another admin of the same tenant does', base(), both, {}, 'ok'],
    ['what does not exist is not found', undefined, reviewer, {}, 'NOT_FOUND'],
    ['decided once', base({ decision: 'rejected' }), reviewer, {}, 'STATE_CONFLICT'],
    ['a newer proposal takes its place', base({ superseded: true }), reviewer, {}, 'STATE_CONFLICT'],
    ['a rejection wants a note', base(), reviewer, { status: 'rejected' }, 'VALIDATION_FAILED'],
    ['a rejection with a note', base(), reviewer, { status: 'rejected', notes: 'No.' }, 'ok'],
    ['wider wants a note', base({ widens: true }), reviewer, {}, 'VALIDATION_FAILED'],
    ['wider with a note', base({ widens: true }), reviewer, { notes: 'New provider.' }, 'ok'],
  ])('%s', (_, subject, caller, ask, expected) => {
    const run = () => decideBase(subject, caller, { status: 'approved', notes: '', ...ask });
    if (expected === 'ok') expect(run()).toEqual({ kind: ask.status ?? 'approved', notes: ask.notes ?? '' });
    else expect(run).toThrow(expect.objectContaining({ code: expected }));
  });
});
