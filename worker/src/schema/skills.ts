import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/**
 * One version of one private skill (A65-A79). Never reusable: a deleted draft leaves its row with `deletedAtMs`.
 * Status and review (A74, A75, A80) are derived from `version_decisions`, see the view `version_states`.
 */
// writer: skills/store.ts
export const privateSkills = sqliteTable(
  'private_skills',
  {
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    name: text('name').notNull(),
    version: text('version').notNull(),
    description: text('description').notNull(),
    author: text('author'),
    manifest: text('manifest', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    manifestValid: integer('manifest_valid', { mode: 'boolean' }).notNull().default(false),
    validationErrors: text('validation_errors', { mode: 'json' }).$type<{ pointer: string; detail: string }[]>(),
    /** Key of the blob. */
    packageUrl: text('package_url').notNull(),
    packageSize: integer('package_size').notNull(),
    /** archiveDigest: sha256 of the exact bytes. */
    packageChecksum: text('package_checksum').notNull(),
    contentDigest: text('content_digest').notNull(),
    unpackedSize: integer('unpacked_size').notNull(),
    files: integer('files').notNull(),
    reach: text('reach').notNull(),
    prerelease: integer('prerelease', { mode: 'boolean' }).notNull(),
    publishedByKind: text('published_by_kind').notNull(),
    publishedById: text('published_by_id').notNull(),
    publishedByName: text('published_by_name').notNull(),
    /** The person behind a key; null for a tenant's key or CI. */
    publishedByPersonId: text('published_by_person_id'),
    createdAtMs: integer('created_at_ms').notNull(),
    updatedAtMs: integer('updated_at_ms').notNull(),
    deletedAtMs: integer('deleted_at_ms'),
  },
  (table) => [
    uniqueIndex('private_skills_version').on(table.tenantId, table.name, table.version),
    index('private_skills_tenant').on(table.tenantId, table.id),
    index('private_skills_digest').on(table.tenantId, table.packageChecksum),
  ],
);

/**
 * The versions that nobody decided about yet: what reviewers wait for, without looking at every version there is. The
 * triggers of its migration keep it, so that no statement can forget it.
 */
// writer: skills/store.ts (through triggers alone)
export const reviewQueue = sqliteTable('review_queue', {
  versionId: text('version_id').primaryKey(),
  tenantId: text('tenant_id').notNull(),
});

/** A report of one version; the bytes lie in R2 under `digest`. */
// writer: skills/store.ts
export const reports = sqliteTable(
  'reports',
  {
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    versionId: text('version_id').notNull(),
    kind: text('kind').$type<'static' | 'dry_run'>().notNull(),
    state: text('state').$type<'queued' | 'running' | 'done' | 'failed'>().notNull(),
    rulesVersion: text('rules_version').notNull(),
    score: integer('score'),
    decision: text('decision').$type<'allow' | 'review' | 'block'>(),
    counts: text('counts', { mode: 'json' }).$type<Record<string, number>>(),
    digest: text('digest'),
    error: text('error'),
    tries: integer('tries').notNull().default(0),
    createdAtMs: integer('created_at_ms').notNull(),
    finishedAtMs: integer('finished_at_ms'),
  },
  (table) => [
    index('reports_version').on(table.versionId, table.kind, table.id),
    index('reports_state').on(table.state, table.createdAtMs),
  ],
);

/** One attempt to publish, also one that failed. */
// writer: skills/store.ts
export const publishAttempts = sqliteTable(
  'publish_attempts',
  {
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    versionId: text('version_id'),
    problem: text('problem', { mode: 'json' }).$type<{ code: string; detail: string }>(),
    actorId: text('actor_id').notNull(),
    startedAtMs: integer('started_at_ms').notNull(),
  },
  (table) => [index('publish_attempts_tenant').on(table.tenantId, table.id)],
);

/** Decisions and marks of a version, append-only: of two racing reviewers the second hits the unique index. */
// writer: reviews/store.ts
export const versionDecisions = sqliteTable(
  'version_decisions',
  {
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    versionId: text('version_id').notNull(),
    revision: integer('revision').notNull(),
    kind: text('kind')
      .$type<
        'approved' | 'rejected' | 'deprecated' | 'undeprecated' | 'yanked' | 'unyanked' | 'revoked' | 'unrevoked'
      >()
      .notNull(),
    notes: text('notes').notNull(),
    reasonCodes: text('reason_codes', { mode: 'json' }).$type<string[]>().notNull(),
    acknowledged: text('acknowledged', { mode: 'json' }).$type<string[]>().notNull(),
    replacement: text('replacement'),
    reportDigest: text('report_digest'),
    /** The signed approval (DSSE), for kind `approved`. */
    envelope: text('envelope', { mode: 'json' }).$type<Record<string, unknown>>(),
    /** user, or rule for an approval by rule. */
    decidedByKind: text('decided_by_kind').notNull(),
    decidedById: text('decided_by_id').notNull(),
    decidedByName: text('decided_by_name').notNull(),
    decidedAtMs: integer('decided_at_ms').notNull(),
  },
  (table) => [
    uniqueIndex('version_decisions_revision').on(table.versionId, table.revision),
    index('version_decisions_tenant').on(table.tenantId, table.versionId),
  ],
);

/** One AI agent of a tenant, bound to pods by labels. */
// writer: agents/store.ts
export const agents = sqliteTable(
  'agents',
  {
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    name: text('name').notNull(),
    clusterId: text('cluster_id'),
    selector: text('selector', { mode: 'json' }).$type<{ matchLabels: Record<string, string> }>().notNull(),
    createdBy: text('created_by').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    removedAtMs: integer('removed_at_ms'),
  },
  (table) => [
    uniqueIndex('agents_name').on(table.tenantId, table.name).where(sql`removed_at_ms is null`),
    index('agents_cluster').on(table.clusterId),
  ],
);

/** Proposed base permissions of an agent, append-only by revision. */
// writer: agents/store.ts
export const agentBases = sqliteTable(
  'agent_bases',
  {
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    agentId: text('agent_id').notNull(),
    revision: integer('revision').notNull(),
    permissions: text('permissions', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    proposedByKind: text('proposed_by_kind').notNull(),
    proposedById: text('proposed_by_id').notNull(),
    proposedByName: text('proposed_by_name').notNull(),
    proposedAtMs: integer('proposed_at_ms').notNull(),
  },
  (table) => [
    uniqueIndex('agent_bases_revision').on(table.agentId, table.revision),
    index('agent_bases_tenant').on(table.tenantId),
  ],
);

/** One decision per proposed base. */
// writer: reviews/bases/store.ts
export const baseDecisions = sqliteTable('base_decisions', {
  baseId: text('base_id').primaryKey(),
  tenantId: text('tenant_id').notNull(),
  kind: text('kind').$type<'approved' | 'rejected'>().notNull(),
  notes: text('notes').notNull(),
  envelope: text('envelope', { mode: 'json' }).$type<Record<string, unknown>>(),
  decidedById: text('decided_by_id').notNull(),
  decidedByName: text('decided_by_name').notNull(),
  decidedAtMs: integer('decided_at_ms').notNull(),
});

/** What sits on which agent, append-only: the highest revision of (agent, skill) is what counts. */
// writer: installs/store.ts
export const installEvents = sqliteTable(
  'install_events',
  {
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    agentId: text('agent_id').notNull(),
    skillName: text('skill_name').notNull(),
    revision: integer('revision').notNull(),
    action: text('action').$type<'install' | 'upgrade' | 'rollback' | 'uninstall'>().notNull(),
    /** Null after an uninstall. */
    versionId: text('version_id'),
    actorKind: text('actor_kind').notNull(),
    actorId: text('actor_id').notNull(),
    actorName: text('actor_name').notNull(),
    atMs: integer('at_ms').notNull(),
  },
  (table) => [
    uniqueIndex('install_events_revision').on(table.agentId, table.skillName, table.revision),
    index('install_events_tenant').on(table.tenantId, table.agentId),
    index('install_events_version').on(table.versionId),
  ],
);

/** What the registry remembers of itself: its epoch, who set it up, which invitations were taken. */
// writer: people/store.ts
export const registryMeta = sqliteTable('registry_meta', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
});

/** Which rule is off, shadowed or demanded, for all (`tenantId` '*') or one tenant. */
// writer: skills/store.ts
export const ruleSettings = sqliteTable(
  'rule_settings',
  {
    tenantId: text('tenant_id').notNull(),
    ruleId: text('rule_id').notNull(),
    enabled: integer('enabled', { mode: 'boolean' }).notNull(),
    enforced: integer('enforced', { mode: 'boolean' }).notNull(),
    required: integer('required', { mode: 'boolean' }).notNull(),
    setBy: text('set_by').notNull(),
    setAtMs: integer('set_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.ruleId] })],
);
