import type { PermissionBlock } from '@aegis/skill-sdk/permissions';
import type { Severity } from '@aegis/skill-sdk/wire/reports';
import { integer, sqliteView, text } from 'drizzle-orm/sqlite-core';

/** What the decisions of a version add up to; made in the migrations. */
export const versionStates = sqliteView('version_states', {
  versionId: text('version_id').notNull(),
  revision: integer('revision').notNull(),
  status: text('status')
    .$type<'pending_review' | 'approved' | 'rejected' | 'deprecated' | 'yanked' | 'revoked'>()
    .notNull(),
  /** The last approved or rejected decision. */
  decision: text('decision').$type<'approved' | 'rejected'>(),
  decisionId: text('decision_id'),
  approvalId: text('approval_id'),
  deprecated: integer('deprecated', { mode: 'boolean' }).notNull(),
  yanked: integer('yanked', { mode: 'boolean' }).notNull(),
  revoked: integer('revoked', { mode: 'boolean' }).notNull(),
}).existing();

/** The row of the highest revision per (agent, skill), uninstalled ones left out; made in the migrations. */
export const currentInstalls = sqliteView('current_installs', {
  id: text('id').notNull(),
  tenantId: text('tenant_id').notNull(),
  agentId: text('agent_id').notNull(),
  skillName: text('skill_name').notNull(),
  revision: integer('revision').notNull(),
  versionId: text('version_id').notNull(),
  actorKind: text('actor_kind').notNull(),
  actorId: text('actor_id').notNull(),
  actorName: text('actor_name').notNull(),
  atMs: integer('at_ms').notNull(),
}).existing();

/** A version that was not deleted, with everything that is derived from other rows; made in the migrations. */
export const versionDetails = sqliteView('version_details', {
  id: text('id').notNull(),
  tenantId: text('tenant_id').notNull(),
  tenantName: text('tenant_name').notNull(),
  name: text('name').notNull(),
  version: text('version').notNull(),
  description: text('description').notNull(),
  author: text('author'),
  status: text('status')
    .$type<'pending_review' | 'approved' | 'rejected' | 'deprecated' | 'yanked' | 'revoked'>()
    .notNull(),
  /** Of the last decision or mark; 0 without any. */
  revision: integer('revision').notNull(),
  /** The last approved or rejected decision. */
  decision: text('decision').$type<'approved' | 'rejected'>(),
  approvalId: text('approval_id'),
  deprecated: integer('deprecated', { mode: 'boolean' }).notNull(),
  yanked: integer('yanked', { mode: 'boolean' }).notNull(),
  revoked: integer('revoked', { mode: 'boolean' }).notNull(),
  reach: text('reach').notNull(),
  manifest: text('manifest', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  permissions: text('permissions', { mode: 'json' }).$type<PermissionBlock>().notNull(),
  securityLevel: text('security_level').$type<'low' | 'medium' | 'high' | 'critical'>().notNull(),
  manifestValid: integer('manifest_valid', { mode: 'boolean' }).notNull(),
  validationErrors: text('validation_errors', { mode: 'json' }).$type<{ pointer: string; detail: string }[]>(),
  prerelease: integer('prerelease', { mode: 'boolean' }).notNull(),
  packageSize: integer('package_size').notNull(),
  packageChecksum: text('package_checksum').notNull(),
  contentDigest: text('content_digest').notNull(),
  unpackedSize: integer('unpacked_size').notNull(),
  files: integer('files').notNull(),
  publishedByKind: text('published_by_kind').$type<'user' | 'key' | 'cluster' | 'ci' | 'system'>().notNull(),
  publishedById: text('published_by_id').notNull(),
  publishedByName: text('published_by_name').notNull(),
  publishedByPersonId: text('published_by_person_id'),
  createdAtMs: integer('created_at_ms').notNull(),
  updatedAtMs: integer('updated_at_ms').notNull(),
  major: integer('major').notNull(),
  minor: integer('minor').notNull(),
  patch: integer('patch').notNull(),
  /** Agents that run this skill, in any version. */
  agents: integer('agents').notNull(),
  /** Versions of this skill that were not deleted. */
  versions: integer('versions').notNull(),
  latest: integer('latest', { mode: 'boolean' }).notNull(),
  /** The version of this skill whose approval came before, unless it was revoked. */
  baselineId: text('baseline_id'),
  reportId: text('report_id'),
  reportState: text('report_state').$type<'queued' | 'running' | 'done' | 'failed'>(),
  reportRulesVersion: text('report_rules_version'),
  reportScore: integer('report_score'),
  reportDecision: text('report_decision').$type<'allow' | 'review' | 'block'>(),
  reportCounts: text('report_counts', { mode: 'json' }).$type<Record<Severity, number>>(),
  reportDigest: text('report_digest'),
  reportCreatedAtMs: integer('report_created_at_ms'),
}).existing();
