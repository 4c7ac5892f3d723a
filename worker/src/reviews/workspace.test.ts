import { type PackageFile, pack } from '@aegis/skill-sdk/archive';
import type { SkillDiff } from '@aegis/skill-sdk/wire/skills';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../auth.ts';
import type { ReportState, UnderReview } from './decide.ts';
import { fileChanges, gatesOf, newFindings, reviewCan, toEffect } from './workspace.ts';

const reviewer: Caller = {
  kind: 'user',
  id: 'usr-reviewer',
  name: 'Rae',
  personId: 'usr-reviewer',
  tenantId: null,
  tenants: new Map(),
  platformRole: 'reviewer',
  scopes: null,
};
const report = (change: object = {}): ReportState => ({
  state: 'done',
  digest: `sha256:${'a'.repeat(64)}`,
  report: { findings: [], findingsOmitted: 0, decision: 'allow', files: 5, notInspected: [], ...change },
});
const version = (change: Partial<UnderReview> = {}): UnderReview => ({
  id: 'skv-1',
  tenantId: 'ten-acme',
  name: 'crm-export',
  version: '1.1.0',
  revision: 0,
  decision: null,
  widens: false,
  report: report(),
  dryRun: { state: 'none', reason: null, policy: 'optional', findings: [], digests: [] },
  publishedById: 'usr-author',
  publishedByPersonId: 'usr-author',
  ...change,
});
const diff = (change: Partial<SkillDiff> = {}): SkillDiff => ({
  against: { id: 'skv-0', version: '1.0.0' },
  changes: [],
  widens: false,
  ...change,
});
const critical = {
  id: 'a',
  ruleId: 'r',
  kind: 'eval',
  severity: 'critical' as const,
  file: 'x',
  line: 1,
  column: 1,
  message: 'm',
  fix: 'f',
};

describe('what stands between a version and its approval', () => {
  it.each<[string, Partial<UnderReview>, Partial<SkillDiff>, string]>([
    ['an analysis to wait for', { report: { state: 'pending' } }, {}, 'analysis stops'],
    ['an analysis that failed', { report: { state: 'failed' } }, {}, 'analysis-failed attention'],
    ['a critical finding', { report: report({ findings: [critical] }) }, {}, 'critical stops'],
    ['a finding to tick', { report: report({ findings: [{ ...critical, severity: 'high' }] }) }, {}, 'ticks attention'],
    ['findings that are not listed', { report: report({ findingsOmitted: 2 }) }, {}, 'findings-omitted attention'],
    [
      'a file that nobody looked into',
      { report: report({ notInspected: [{ file: 'x', reason: 'too large' }] }) },
      {},
      'inspected attention',
    ],
    ['permissions that got wider', { widens: true }, { widens: true }, 'wider attention'],
    ['its own publisher', { publishedByPersonId: reviewer.id }, {}, 'publisher stops'],
  ])('%s', (_, change, other, gate) => {
    const gates = gatesOf(version(change), reviewer, diff(other)).map(({ id, state }) => `${id} ${state}`);
    expect(gates.filter((text) => !text.endsWith(' ok'))).toEqual([gate]);
  });

  it('nothing, and then every gate is open', () => {
    const gates = gatesOf(version(), reviewer, diff());
    expect(gates.every(({ state }) => state === 'ok')).toBe(true);
    expect(gates).toContainEqual({ id: 'inspected', state: 'ok', text: '5 of 5 files inspected' });
    expect(gatesOf(version(), reviewer, diff({ against: null, widens: true }))).toContainEqual(
      expect.objectContaining({ id: 'wider', state: 'ok' }),
    );
  });
});

describe('what the reviewer may do', () => {
  it.each<[string, Partial<UnderReview>, boolean, boolean]>([
    ['decide about what is in order', {}, true, true],
    ['reject what has a critical finding', { report: report({ findings: [critical] }) }, false, true],
    ['approve what was rejected', { decision: 'rejected' }, true, false],
    ['nothing about what is approved', { decision: 'approved' }, false, false],
    ['nothing about their own', { publishedById: reviewer.id }, false, false],
  ])('%s', (_, change, approve, reject) => {
    const can = reviewCan(version(change), reviewer, { revoked: false });
    expect([can.approve?.allowed, can.reject?.allowed]).toEqual([approve, reject]);
    expect(can.approve?.reason === undefined).toBe(approve);
  });

  it('an admin revokes what is approved, once', () => {
    const admin = { ...reviewer, platformRole: 'admin' as const };
    const approved = version({ decision: 'approved' });
    expect(reviewCan(approved, admin, { revoked: false })).toMatchObject({
      revoke: { allowed: true },
      unrevoke: { allowed: false },
    });
    expect(reviewCan(approved, admin, { revoked: true })).toMatchObject({
      revoke: { allowed: false },
      unrevoke: { allowed: true },
    });
    expect(reviewCan(version(), admin, { revoked: false })).toMatchObject({ revoke: { allowed: false } });
  });
});

describe('what changed', () => {
  const file = (path: string, content: string, mode: PackageFile['mode'] = '0644'): PackageFile => ({
    path,
    bytes: new TextEncoder().encode(content),
    mode,
  });

  it('is told file by file, a mode that changed included', async () => {
    const before = pack([file('a', '1'), file('b', '1'), file('c', '1'), file('d', '1')]);
    const after = pack([file('a', '1'), file('b', '22'), file('c', '1', '0755'), file('e', '1')]);
    expect(await fileChanges(after, before)).toEqual([
      { path: 'a', change: 'same', size: 1 },
      { path: 'b', change: 'changed', size: 2 },
      { path: 'c', change: 'changed', size: 1 },
      { path: 'd', change: 'removed', size: 1 },
      { path: 'e', change: 'added', size: 1 },
    ]);
    expect((await fileChanges(after, null)).every(({ change }) => change === 'added')).toBe(true);
  });

  it('opens only the hosts that are new, in clusters as they acknowledged', () => {
    const line = (kind: 'network' | 'environment', change: 'wider' | 'narrower' | 'same', after: string | null) => ({
      kind,
      change,
      before: null,
      after,
      meaning: '',
      holds: 'enforced_in_clusters' as const,
    });
    const changes = [
      line('network', 'wider', 'b.example:443'),
      line('network', 'same', 'a.example:443'),
      line('network', 'narrower', null),
      line('environment', 'wider', 'KEY'),
    ];
    const cluster = { name: 'c', mode: 'soft' as const };
    const rows = {
      tenantAgents: 3,
      clusters: [
        { ...cluster, id: '1', state: 'applied', enforcement: 'verified' as const },
        { ...cluster, id: '2', state: 'failed', enforcement: 'verified' as const },
        { ...cluster, id: '3', state: null, enforcement: null },
      ],
    };
    const effect = toEffect(rows, 2, diff({ changes, widens: true }));
    expect(effect).toMatchObject({ agents: 2, tenantAgents: 3, hosts: ['b.example:443'] });
    expect(effect.clusters.map(({ enforcement }) => enforcement)).toEqual(['verified', 'none', 'unknown']);
  });
});

describe('findings that are new since the last approval', () => {
  const reportOf = (...ids: string[]) => report({ findings: ids.map((id) => ({ ...critical, id })) });

  it.each<[string, ReportState, ReportState | null, string[] | null]>([
    ['those that the approved version does not have', reportOf('a:1', 'b:2'), reportOf('a:1', 'c:3'), ['b:2']],
    ['none where nothing is new', reportOf('a:1'), reportOf('a:1'), []],
    ['a second one of the same line', reportOf('a:1:1', 'a:1:2'), reportOf('a:1:1'), ['a:1:2']],
    ['nothing to tell without an approved version', reportOf('a:1'), null, null],
    ['nothing to tell where its analysis failed', reportOf('a:1'), { state: 'failed' }, null],
    ['nothing to tell before the analysis', { state: 'pending' }, reportOf('a:1'), null],
  ])('%s', (_, now, before, wanted) => {
    expect(newFindings(now, before)).toEqual(wanted);
  });
});
