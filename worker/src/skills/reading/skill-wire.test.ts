import { describe, expect, it } from 'vitest';
import { toAttempt, toResolution } from './skill-wire.ts';

const ULID = '01m7z7p434bsgchzmw6q2by3c0';
const digest = `sha256:${'a'.repeat(64)}`;

describe('where an attempt to publish is', () => {
  type Row = Parameters<typeof toAttempt>[0];
  const attempt = (change: Partial<Row>): Row => ({
    id: `att-${ULID}`,
    tenantId: `ten-${ULID}`,
    versionId: `skv-${ULID}`,
    problem: null,
    actorId: `usr-${ULID}`,
    startedAtMs: 0,
    version: null,
    ...change,
  });
  const version = (status: 'pending_review' | 'approved', reportState: 'queued' | 'done' | 'failed') => ({
    status,
    reportState,
    reportCreatedAtMs: 0,
    queuePosition: status === 'pending_review' ? 3 : null,
  });
  const problem = { code: 'VERSION_EXISTS', detail: 'x' };
  it.each<[string, Partial<Row>, number, object]>([
    ['it has just begun', { versionId: null }, 600_000, { state: 'received', problem: null }],
    ['it died', { versionId: null }, 600_001, { state: 'failed', problem: { code: 'INTERNAL' } }],
    ['it failed', { versionId: null, problem }, 1, { state: 'failed', problem }],
    ['it is analysed', { version: version('pending_review', 'queued') }, 1, { state: 'analysing', queuePosition: 3 }],
    [
      'it waits for a reviewer',
      { version: version('pending_review', 'done') },
      1,
      { state: 'in_review', status: 'pending_review' },
    ],
    [
      'it waits though the analysis failed',
      { version: version('pending_review', 'failed') },
      1,
      { state: 'in_review' },
    ],
    [
      'it was decided',
      { version: version('approved', 'done') },
      1,
      { state: 'decided', status: 'approved', queuePosition: null },
    ],
    ['its version was deleted', {}, 1, { state: 'decided', status: null }],
  ])('%s', (_, change, nowMs, expected) => expect(toAttempt(attempt(change), nowMs)).toMatchObject(expected));
});

describe('what a name resolves to', () => {
  const row: Parameters<typeof toResolution>[0] = {
    id: `skv-${ULID}`,
    tenantId: `ten-${ULID}`,
    name: 'crm-export',
    version: '1.0.0',
    status: 'approved',
    revision: 1,
    archiveDigest: digest,
    contentDigest: digest,
    packageSize: 10,
    envelope: {},
    warning: 'Old API.',
    replacement: 'crm-export@2.0.0',
  };

  it('is where its bytes are, without a warning once a deprecation was lifted', () => {
    expect(toResolution(row)).toMatchObject({
      packageUrl: `/api/skills/private/blobs/${digest}?tenantId=ten-${ULID}`,
      warning: null,
      replacement: null,
    });
  });

  it.each([
    ['Old API.', 'crm-export@2.0.0', 'crm-export 1.0.0 is deprecated. Old API. Use crm-export@2.0.0 instead.'],
    ['Old API.', null, 'crm-export 1.0.0 is deprecated. Old API.'],
    [null, null, 'crm-export 1.0.0 is deprecated.'],
  ])('A113: a deprecated version warns with what was said (%s, %s)', (warning, replacement, expected) => {
    expect(toResolution({ ...row, status: 'deprecated', warning, replacement })).toMatchObject({
      warning: expected,
      replacement,
    });
  });
});
