import type { ErrorCode } from '@aegis/skill-sdk/errors';
import type { Finding } from '@aegis/skill-sdk/wire/reports';
import { ReviewRequest } from '@aegis/skill-sdk/wire/reviews';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../auth.ts';
import { decide, type ReportState, type UnderReview } from './decide.ts';

const ACME = 'ten-acme';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const NOW_MS = 1_800_000_000_000;

const person = (id: string, roles: Partial<Pick<Caller, 'platformRole' | 'tenants'>>): Caller => ({
  kind: 'user',
  id,
  name: id,
  personId: id,
  tenantId: null,
  tenants: new Map(),
  platformRole: null,
  scopes: null,
  ...roles,
});
const reviewer = person('usr-reviewer', { platformRole: 'reviewer' });
const admin = person('usr-admin', { platformRole: 'admin' });
const auditor = person('usr-auditor', { platformRole: 'auditor' });
const author = person('usr-author', { tenants: new Map([[ACME, 'author']]) });
const stranger = person('usr-stranger', { tenants: new Map([['ten-other', 'owner']]) });
const insider = person('usr-insider', { platformRole: 'reviewer', tenants: new Map([[ACME, 'author']]) });
const member = person('usr-member', { platformRole: 'reviewer', tenants: new Map([[ACME, 'member']]) });

const finding = (id: string, severity: Finding['severity'], level?: Finding['level']): Finding => ({
  id,
  ruleId: `rule-${id}`,
  kind: 'net',
  severity,
  ...(level === undefined ? {} : { level }),
  file: 'index.js',
  line: 3,
  column: 1,
  message: 'm',
  fix: 'f',
});
const done = (
  findings: Finding[] = [],
  more: { findingsOmitted?: number; decision?: 'allow' | 'review' | 'block' } = {},
): ReportState => ({
  state: 'done',
  digest: DIGEST,
  report: { findings, findingsOmitted: 0, decision: 'allow', files: 2, notInspected: [], ...more },
});
const pending = (change: Partial<UnderReview> = {}): UnderReview => ({
  id: 'skv-1',
  tenantId: ACME,
  name: 'crm-export',
  version: '1.2.0',
  revision: 0,
  decision: null,
  widens: false,
  report: done(),
  dryRun: { state: 'none', reason: null, policy: 'optional', findings: [], digests: [] },
  publishedById: author.id,
  publishedByPersonId: author.id,
  ...change,
});
const ask = (change: object = {}) => ReviewRequest.parse({ status: 'approved', ...change });

function check(version: UnderReview | undefined, caller: Caller, wanted: object, expected: ErrorCode | 'ok'): void {
  const run = () => decide(version, caller, ask(wanted), NOW_MS);
  if (expected === 'ok') expect(run()).toMatchObject({ versionId: 'skv-1', decidedAtMs: NOW_MS });
  else expect(run).toThrow(expect.objectContaining({ code: expected }));
}

const approve = { status: 'approved' };
const reject = { status: 'rejected', notes: 'No.' };

describe('who decides (A106)', () => {
  it.each<[string, UnderReview | undefined, Caller, object, ErrorCode | 'ok']>([
    ['a reviewer approves', pending(), reviewer, approve, 'ok'],
    ['an admin approves', pending(), admin, approve, 'ok'],
    ['a reviewer who is a member of the tenant approves', pending(), member, approve, 'ok'],
    ['an auditor reads only', pending(), auditor, approve, 'FORBIDDEN'],
    ['an author does not review', pending(), author, approve, 'FORBIDDEN'],
    ['for another tenant it does not exist', pending(), stranger, approve, 'NOT_FOUND'],
    ['what does not exist is not found', undefined, reviewer, approve, 'NOT_FOUND'],
    ['what does not exist is not found by an author either', undefined, author, approve, 'NOT_FOUND'],
  ])('%s', (_, version, caller, wanted, expected) => check(version, caller, wanted, expected));
});

describe('four eyes: a version is never decided by those who published it', () => {
  const own = { publishedById: insider.id, publishedByPersonId: insider.id };
  const ownKey = { publishedById: 'key-1', publishedByPersonId: insider.id };
  const tenantKey = { publishedById: 'key-2', publishedByPersonId: null };
  it.each<[string, Partial<UnderReview>, Caller, object, ErrorCode | 'ok']>([
    ['the same person', own, insider, approve, 'REVIEWER_IS_PUBLISHER'],
    ['the same person, rejecting', own, insider, reject, 'REVIEWER_IS_PUBLISHER'],
    ['the same person through a key', ownKey, insider, approve, 'REVIEWER_IS_PUBLISHER'],
    ['a colleague’s key', { publishedById: 'key-3', publishedByPersonId: 'usr-other' }, insider, approve, 'ok'],
    ['a key of the tenant, by somebody who may publish there', tenantKey, insider, approve, 'REVIEWER_IS_PUBLISHER'],
    ['a key of the tenant, by somebody who may not', tenantKey, member, approve, 'ok'],
    ['a key of the tenant, by somebody from outside', tenantKey, reviewer, approve, 'ok'],
  ])('%s', (_, change, caller, wanted, expected) => check(pending(change), caller, wanted, expected));
});

describe('what stands in the way of an approval (A172)', () => {
  const high = finding('a', 'high');
  const warning = finding('b', 'low', 'warning');
  const error = finding('c', 'medium', 'error');
  const quiet = finding('d', 'medium');
  const critical = finding('e', 'critical', 'error');
  const ticked = (...acknowledged: string[]) => ({ ...approve, acknowledged });
  it.each<[string, ReportState, object, ErrorCode | 'ok']>([
    ['an analysis that has not finished', { state: 'pending' }, approve, 'ANALYSIS_PENDING'],
    ['a critical finding', done([critical]), approve, 'FINDINGS_BLOCK_APPROVAL'],
    ['a critical finding, ticked', done([critical]), ticked('e'), 'FINDINGS_BLOCK_APPROVAL'],
    ['a report that blocks', done([], { decision: 'block' }), approve, 'FINDINGS_BLOCK_APPROVAL'],
    ['a high finding', done([high]), approve, 'FINDINGS_NOT_ACKNOWLEDGED'],
    ['a high finding, ticked', done([high]), ticked('a'), 'ok'],
    ['a warning', done([warning]), approve, 'FINDINGS_NOT_ACKNOWLEDGED'],
    ['an error that is not critical', done([error]), approve, 'FINDINGS_NOT_ACKNOWLEDGED'],
    ['one of three ticks missing', done([high, warning, error]), ticked('a', 'b'), 'FINDINGS_NOT_ACKNOWLEDGED'],
    ['all ticks', done([high, warning, error, quiet]), ticked('a', 'b', 'c'), 'ok'],
    ['a medium finding without a level', done([quiet]), approve, 'ok'],
    ['findings that are not listed', done([], { findingsOmitted: 1 }), approve, 'FINDINGS_NOT_ACKNOWLEDGED'],
    ['findings that are not listed, ticked', done([], { findingsOmitted: 1 }), ticked('findings-omitted'), 'ok'],
    ['a failed analysis', { state: 'failed' }, approve, 'FINDINGS_NOT_ACKNOWLEDGED'],
    ['a failed analysis, ticked', { state: 'failed' }, ticked('analysis-failed'), 'ok'],
    ['nothing stops a rejection', { state: 'pending' }, reject, 'ok'],
  ])('%s', (_, report, wanted, expected) => check(pending({ report }), reviewer, wanted, expected));

  it('names the findings that need a tick, and records only those that were needed', () => {
    const version = pending({ report: done([high, quiet]) });
    expect(() => decide(version, reviewer, ask(ticked('d')), NOW_MS)).toThrow(
      expect.objectContaining({ meta: { findings: ['a'] }, detail: expect.stringContaining('rule-a at index.js:3') }),
    );
    expect(decide(version, reviewer, ask(ticked('a', 'd', 'nonsense')), NOW_MS).acknowledged).toEqual(['a']);
  });
});

describe('what is decided, and about what', () => {
  const wide = pending({ widens: true });
  it.each<[string, UnderReview, object, ErrorCode | 'ok']>([
    ['wider permissions want a note', wide, approve, 'VALIDATION_FAILED'],
    ['a note of blanks is none', wide, { ...approve, notes: '  ' }, 'VALIDATION_FAILED'],
    ['wider permissions with a note', wide, { ...approve, notes: 'The export needs it.' }, 'ok'],
    ['a rejection wants a reason', pending(), { status: 'rejected' }, 'VALIDATION_FAILED'],
    ['a rejection with a reason code', pending(), { status: 'rejected', reasonCodes: ['quality'] }, 'ok'],
    ['approved twice', pending({ decision: 'approved' }), approve, 'STATE_CONFLICT'],
    ['rejected twice', pending({ decision: 'rejected' }), reject, 'STATE_CONFLICT'],
    ['rejected, then approved', pending({ decision: 'rejected', revision: 1 }), approve, 'ok'],
    ['approved, then rejected', pending({ decision: 'approved', revision: 1 }), reject, 'STATE_CONFLICT'],
    ['the revision that was read', pending({ revision: 2 }), { ...approve, revision: 2 }, 'ok'],
    ['another revision', pending({ revision: 3 }), { ...approve, revision: 2 }, 'REVIEW_CONFLICT'],
    ['the report that was read', pending(), { ...approve, reportDigest: DIGEST }, 'ok'],
    ['another report', pending(), { ...approve, reportDigest: `sha256:${'b'.repeat(64)}` }, 'REVIEW_CONFLICT'],
  ])('%s', (_, version, wanted, expected) => check(version, reviewer, wanted, expected));

  it('becomes the next revision, with the report that it rests on', () => {
    const version = pending({ revision: 4, decision: 'rejected' });
    expect(decide(version, reviewer, ask({ ...approve, notes: ' Fixed. ' }), NOW_MS)).toEqual({
      versionId: 'skv-1',
      tenantId: ACME,
      revision: 5,
      kind: 'approved',
      notes: 'Fixed.',
      reasonCodes: [],
      acknowledged: [],
      reportDigest: DIGEST,
      decidedAtMs: NOW_MS,
    });
  });
});

describe('what a dry-run says (A160)', () => {
  const standing = (change: Partial<UnderReview['dryRun']>): Partial<UnderReview> => ({
    dryRun: { state: 'done', reason: null, policy: 'optional', findings: [], digests: [], ...change },
  });
  const seen = (severity: Finding['severity'], level?: Finding['level']) => [finding('seen', severity, level)];
  it.each<[string, Partial<UnderReview['dryRun']>, object, ErrorCode | 'ok']>([
    ['nothing speaks against it', {}, approve, 'ok'],
    ['it has not ended', { state: 'pending' }, approve, 'DRY_RUN_PENDING'],
    ['it has not ended, and the version is rejected anyway', { state: 'pending' }, reject, 'ok'],
    ['nobody runs it, and it is optional', { state: 'unavailable' }, approve, 'ok'],
    [
      'nobody runs it, and it is required',
      { state: 'unavailable', policy: 'required' },
      approve,
      'DRY_RUN_UNAVAILABLE',
    ],
    ['it is required, and there is nothing to run', { state: 'none', policy: 'required' }, approve, 'ok'],
    ['it saw what is critical', { findings: seen('critical') }, approve, 'FINDINGS_BLOCK_APPROVAL'],
    ['it saw what needs a tick', { findings: seen('high') }, approve, 'FINDINGS_NOT_ACKNOWLEDGED'],
    ['that tick', { findings: seen('medium', 'warning') }, { ...approve, acknowledged: ['seen'] }, 'ok'],
  ])('%s', (_, change, wanted, expected) => check(pending(standing(change)), reviewer, wanted, expected));
});
