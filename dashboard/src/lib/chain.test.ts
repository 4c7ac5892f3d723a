import type { Decision } from '@aegis/skill-sdk/wire/skills';
import { expect, test } from 'vitest';
import { chainOf } from './chain.ts';

const AT = '2026-11-14T10:05:00.000Z';
const report = (state: 'queued' | 'done' | 'failed', decision: 'allow' | 'block' | null = 'allow') => ({
  id: 'rep',
  kind: 'static' as const,
  state,
  rulesVersion: '1',
  score: state === 'done' ? 88 : null,
  decision,
  counts: null,
  digest: null,
});
const decision = (kind: Decision['kind']): Decision => ({
  id: 'dec',
  revision: 1,
  kind,
  notes: '',
  reasonCodes: [],
  acknowledged: [],
  replacement: null,
  decidedBy: { kind: 'user', id: 'usr', name: 'Rita' },
  decidedAt: AT,
});
const states = (steps: ReturnType<typeof chainOf>) => steps.map((step) => step.state).join(' ');

test('a version that waits stands at its review, and nothing beyond is done', () => {
  const steps = chainOf({ status: 'pending_review', createdAt: AT, report: report('done'), decisions: [] }, []);
  expect(states(steps)).toBe('done done todo now todo todo todo');
  expect(steps[1]?.detail).toBe('score 88');
});

test('before its analysis a version stands there', () => {
  const steps = chainOf({ status: 'pending_review', createdAt: AT, report: report('queued', null), decisions: [] }, []);
  expect(states(steps)).toBe('done now todo todo todo todo todo');
});

test('A172: a critical finding stops the review', () => {
  const steps = chainOf(
    { status: 'pending_review', createdAt: AT, report: report('done', 'block'), decisions: [] },
    [],
  );
  expect(steps[3]).toMatchObject({ state: 'stop', detail: 'critical finding' });
});

test('a rejected version stopped at its reviewer', () => {
  const steps = chainOf(
    { status: 'rejected', createdAt: AT, report: report('done'), decisions: [decision('rejected')] },
    [],
  );
  expect(steps[3]).toMatchObject({ text: 'Rejected', state: 'stop', detail: 'Rita' });
  expect(steps[4]?.state).toBe('todo');
});

test('an approved version is signed, and enforced only as far as it was proved', () => {
  const approved = {
    status: 'approved' as const,
    createdAt: AT,
    report: report('done'),
    decisions: [decision('approved')],
  };
  expect(states(chainOf(approved, []))).toBe('done done todo done done now todo');
  const some = chainOf(approved, [{ enforcement: 'verified' }, { enforcement: 'unverified' }]);
  expect(some[6]).toMatchObject({ state: 'now', detail: '1 of 2 agents' });
  const all = chainOf(approved, [{ enforcement: 'verified' }]);
  expect(all[6]).toMatchObject({ state: 'done' });
});

test('a failed analysis is said, not skipped', () => {
  const steps = chainOf({ status: 'pending_review', createdAt: AT, report: report('failed', null), decisions: [] }, []);
  expect(steps[1]).toMatchObject({ state: 'stop', detail: 'failed' });
});

test('a revoked version stopped after its signature, and where nobody asked who runs it, nothing is claimed', () => {
  const decisions = [decision('approved'), decision('revoked')];
  const steps = chainOf({ status: 'revoked', createdAt: AT, report: report('done'), decisions }, null);
  expect(states(steps)).toBe('done done todo done stop todo todo');
  expect(steps[4]).toMatchObject({ text: 'Revoked', detail: 'Rita' });
  expect(steps[5]?.detail).toBe('');
});

test.each([
  ['queued', null, false, 'now'],
  ['running', null, false, 'now'],
  ['unavailable', null, false, 'todo'],
  ['done', 'pass', true, 'done'],
  ['done', 'pass', false, 'todo'],
  ['done', 'undeclared_access', true, 'stop'],
] as const)('a dry-run that is %s %s %s stands as %s', (state, verdict, counts, wanted) => {
  const skill = { status: 'pending_review' as const, createdAt: AT, report: report('done'), decisions: [] };
  expect(chainOf(skill, [], { state, verdict, counts })[2]?.state).toBe(wanted);
});
