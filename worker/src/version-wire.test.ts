import { NO_PERMISSIONS, type PermissionBlock } from '@aegis/skill-sdk/permissions';
import { SkillSummary } from '@aegis/skill-sdk/wire/skills';
import { expect, test } from 'vitest';
import { toDecision, toDiff, toSummary } from './version-wire.ts';

const ULID = '01m7z7p434bsgchzmw6q2by3c0';
const digest = `sha256:${'a'.repeat(64)}`;
const row: Parameters<typeof toSummary>[0] = {
  id: `skv-${ULID}`,
  tenantId: `ten-${ULID}`,
  tenantName: 'acme',
  name: 'crm-export',
  version: '1.0.0',
  description: 'Exports',
  author: null,
  status: 'pending_review',
  reach: '1 host',
  securityLevel: 'low',
  agents: 0,
  versions: 1,
  packageSize: 10,
  packageChecksum: digest,
  contentDigest: digest,
  publishedByKind: 'user',
  publishedById: `usr-${ULID}`,
  publishedByName: 'Ada',
  createdAtMs: 0,
  latest: false,
  reportId: null,
  reportState: null,
  reportRulesVersion: null,
  reportScore: null,
  reportDecision: null,
  reportCounts: null,
  reportDigest: null,
};
const opens = (...hosts: string[]): PermissionBlock => ({
  ...NO_PERMISSIONS,
  network: hosts.map((host) => ({ host, ports: [443], protocol: 'tls' })),
});

test('a version is what the wire says it is, with and without a report', () => {
  expect(SkillSummary.parse(toSummary(row))).toMatchObject({ report: null, createdAt: '1970-01-01T00:00:00.000Z' });
  const queued = { ...row, reportId: `rep-${ULID}`, reportState: 'queued' as const, reportRulesVersion: '1' };
  expect(SkillSummary.parse(toSummary(queued)).report).toMatchObject({ state: 'queued', score: null, digest: null });
});

test('a version is compared with what was approved before it, and widens only in its own direction', () => {
  const before = { id: `skv-${ULID}`, version: '0.9.0', permissions: opens('a.one.example', 'b.one.example') };
  expect(toDiff(before, opens('a.one.example'))).toMatchObject({ against: { version: '0.9.0' }, widens: false });
  expect(toDiff(before, opens('c.one.example'))).toMatchObject({ widens: true });
  expect(toDiff(null, opens('a.one.example'))).toMatchObject({ against: null, widens: true });
  expect(toDiff(null, NO_PERMISSIONS)).toMatchObject({ against: null, widens: false });
});

test('a decision names who made it', () => {
  const decision = toDecision({
    id: `dec-${ULID}`,
    tenantId: row.tenantId,
    versionId: row.id,
    revision: 1,
    kind: 'rejected',
    notes: '',
    reasonCodes: ['quality'],
    acknowledged: [],
    replacement: null,
    reportDigest: null,
    envelope: null,
    decidedByKind: 'user',
    decidedById: `usr-${ULID}`,
    decidedByName: 'Rae',
    decidedAtMs: 1000,
  });
  expect(decision).toMatchObject({ decidedBy: { kind: 'user', name: 'Rae' }, decidedAt: '1970-01-01T00:00:01.000Z' });
});
