import type { DryRunProgress } from '@aegis/skill-sdk/wire/dry-run-jobs';
import type { DryRunVerdict } from '@aegis/skill-sdk/wire/dry-runs';
import type { Finding, Severity } from '@aegis/skill-sdk/wire/reports';
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/**
 * One dry-run of one version (A155). The first is made by a trigger as soon as the static analysis has ended, so that no
 * way of publishing can forget it; `score`, `decision` and `severities` count the code's findings and these together.
 */
// writer: dry-runs/store.ts
export const dryRuns = sqliteTable(
  'dry_runs',
  {
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    versionId: text('version_id').notNull(),
    state: text('state').$type<'queued' | 'running' | 'done' | 'unavailable'>().notNull(),
    reason: text('reason'),
    tool: text('tool'),
    input: text('input', { mode: 'json' }).$type<Record<string, unknown>>(),
    tries: integer('tries').notNull().default(0),
    clusterId: text('cluster_id'),
    /** Of this try alone: who was given the run again holds another. */
    lease: text('lease'),
    leaseEndsAtMs: integer('lease_ends_at_ms'),
    progress: text('progress', { mode: 'json' }).$type<DryRunProgress>(),
    requestedByKind: text('requested_by_kind'),
    requestedById: text('requested_by_id'),
    requestedByName: text('requested_by_name'),
    verdict: text('verdict').$type<DryRunVerdict>(),
    /** True when the evidence is whole and from a sandbox that proved itself. */
    counts: integer('counts', { mode: 'boolean' }).notNull().default(false),
    findings: text('findings', { mode: 'json' }).$type<Finding[]>(),
    score: integer('score'),
    decision: text('decision').$type<'allow' | 'review' | 'block'>(),
    severities: text('severities', { mode: 'json' }).$type<Record<Severity, number>>(),
    /** sha256 of the report; its bytes lie in R2. */
    digest: text('digest'),
    createdAtMs: integer('created_at_ms').notNull(),
    finishedAtMs: integer('finished_at_ms'),
  },
  (table) => [
    index('dry_runs_version').on(table.versionId, table.id),
    index('dry_runs_open').on(table.state, table.tenantId, table.id),
  ],
);

/** What each cluster said last of its sandbox. */
// writer: dry-runs/store.ts
export const dryRunEngines = sqliteTable('dry_run_engines', {
  clusterId: text('cluster_id').primaryKey(),
  proved: integer('proved', { mode: 'boolean' }).notNull(),
  /** Why it is not proved. */
  reason: text('reason'),
  runtime: text('runtime'),
  imageDigest: text('image_digest'),
  reportedAtMs: integer('reported_at_ms').notNull(),
});
