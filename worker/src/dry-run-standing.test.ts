import { DRY_RUN_LEASE_SECONDS, DRY_RUN_SILENT_SECONDS } from '@aegis/skill-sdk/limits';
import { describe, expect, it } from 'vitest';
import { type Runner, standingOf, toDryRun, whyNobodyRuns } from './dry-run-standing.ts';
import type { dryRuns } from './schema/dry-runs.ts';

const NOW_MS = 1_800_000_000_000;
const ready: Runner = { name: 'one', marked: true, proved: true, reason: null, reportedAtMs: NOW_MS - 1000 };
type Row = typeof dryRuns.$inferSelect;
const row = (change: Partial<Row> = {}): Row => ({
  id: 'dry-1',
  tenantId: 'ten-1',
  versionId: 'skv-1',
  state: 'queued',
  reason: null,
  tool: null,
  input: null,
  tries: 0,
  clusterId: null,
  lease: null,
  leaseEndsAtMs: null,
  progress: null,
  requestedByKind: null,
  requestedById: null,
  requestedByName: null,
  verdict: null,
  counts: false,
  findings: null,
  score: null,
  decision: null,
  severities: null,
  digest: null,
  createdAtMs: NOW_MS - 1000,
  finishedAtMs: null,
  ...change,
});
const shown = (change: Partial<Row>, unavailable: string | null = null) =>
  toDryRun({ run: row(change), clusterName: null }, unavailable, NOW_MS);

describe('who would run a dry-run', () => {
  it.each<[string, Runner[], RegExp | null]>([
    ['nobody is placed', [], /No cluster runs dry-runs/],
    ['the only cluster is not marked', [{ ...ready, marked: false }], /An admin of the platform marks one/],
    ['the marked one never said anything', [{ ...ready, proved: null, reportedAtMs: null }], /AEGIS_DRY_RUN=on/],
    ['it is silent', [{ ...ready, reportedAtMs: NOW_MS - DRY_RUN_SILENT_SECONDS * 1000 - 1 }], /says nothing/],
    ['it has no sandbox', [{ ...ready, proved: false, reason: 'no Docker.' }], /no Docker\. .*aegis-agent doctor/],
    ['it was heard of just in time', [{ ...ready, reportedAtMs: NOW_MS - DRY_RUN_SILENT_SECONDS * 1000 }], null],
    ['one of several is ready', [{ ...ready, proved: false }, ready], null],
  ])('%s', (_, runners, words) => {
    const said = whyNobodyRuns(runners, NOW_MS);
    if (words === null) expect(said).toBeNull();
    else expect(said).toMatch(words);
  });
});

describe('a dry-run as it is shown', () => {
  it.each<[string, Partial<Row>, string | null, string]>([
    ['waits for a ready cluster', {}, null, 'queued'],
    ['waits for nobody', {}, 'no cluster', 'unavailable'],
    ['waits for too long', { createdAtMs: NOW_MS - 16 * 60_000 }, null, 'unavailable'],
    ['runs, whoever else is there', { state: 'running', tries: 1, leaseEndsAtMs: NOW_MS }, 'no cluster', 'running'],
    ['was lost once and waits again', { state: 'running', tries: 1, leaseEndsAtMs: NOW_MS - 1 }, null, 'queued'],
    ['was lost twice', { state: 'running', tries: 2, leaseEndsAtMs: NOW_MS - 1 }, null, 'unavailable'],
    ['is done, although nobody is there any more', { state: 'done' }, 'no cluster', 'done'],
  ])('%s', (_, change, unavailable, state) => expect(shown(change, unavailable).state).toBe(state));

  it('a lease outlives the silence that makes a cluster count as gone', () => {
    expect(DRY_RUN_LEASE_SECONDS).toBeGreaterThan(DRY_RUN_SILENT_SECONDS);
  });
});

describe('what all dry-runs of a version add up to', () => {
  const done = (change: Partial<Row> = {}) => shown({ state: 'done', counts: true, digest: 'sha256:a', ...change });
  it.each([
    ['no tool', [], false, 'none'],
    ['published before there were any', [], true, 'unavailable'],
    ['one with whole evidence', [done()], true, 'done'],
    ['a newer one that waits takes nothing away', [shown({}), done()], true, 'done'],
    ['evidence that is not whole', [done({ counts: false })], true, 'unavailable'],
    ['another one after that', [shown({}), done({ counts: false })], true, 'pending'],
    ['a reviewer’s input alone stands for no case', [done({ tool: 'greet' })], true, 'unavailable'],
    ['a reviewer’s input that waits is not waited for', [shown({ tool: 'greet' }), done()], true, 'done'],
  ] as const)('%s', (_, runs, hasTools, state) => expect(standingOf(runs, 'required', hasTools).state).toBe(state));

  it('keeps what any of them saw, each once, also what came of a reviewer’s own input', () => {
    const finding = {
      id: 'f',
      ruleId: 'observed-network',
      kind: 'net',
      severity: 'critical' as const,
      file: 'manifest.yaml',
      line: 1,
      column: 1,
      message: 'm',
      fix: 'f',
    };
    const runs = [done({ tool: 'greet', findings: [finding] }), done({ findings: [finding] }), done()];
    expect(standingOf(runs, 'optional', true).findings).toEqual([finding]);
  });
});
