import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

// writer: clusters/store.ts
export const clusters = sqliteTable(
  'clusters',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    /** The public key that the cluster made; null until it has joined. */
    publicKey: text('public_key', { mode: 'json' }).$type<{ kty: 'OKP'; crv: 'Ed25519'; x: string }>(),
    keyId: text('key_id'),
    /** The key before the last rotation; it works until then. */
    previousPublicKey: text('previous_public_key', { mode: 'json' }).$type<{ kty: 'OKP'; crv: 'Ed25519'; x: string }>(),
    previousKeyId: text('previous_key_id'),
    previousUntilMs: integer('previous_until_ms'),
    dryRun: integer('dry_run', { mode: 'boolean' }).notNull().default(false),
    /** Which hub object holds its polls. */
    hub: integer('hub').notNull(),
    agentVersion: text('agent_version'),
    target: text('target').$type<'manifests' | 'kubernetes'>(),
    bootId: text('boot_id'),
    createdBy: text('created_by').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    enrolledAtMs: integer('enrolled_at_ms'),
    revokedAtMs: integer('revoked_at_ms'),
    lastSeenAtMs: integer('last_seen_at_ms'),
  },
  (table) => [uniqueIndex('clusters_name').on(table.name)],
);

/** One use, at most 24 hours; only the hash is kept. */
// writer: clusters/store.ts
export const joinTokens = sqliteTable(
  'join_tokens',
  {
    id: text('id').primaryKey(),
    clusterId: text('cluster_id').notNull(),
    tokenHash: text('token_hash').notNull(),
    createdBy: text('created_by').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    expiresAtMs: integer('expires_at_ms').notNull(),
    usedAtMs: integer('used_at_ms'),
  },
  (table) => [uniqueIndex('join_tokens_hash').on(table.tokenHash), index('join_tokens_cluster').on(table.clusterId)],
);

/** Which tenants run in which cluster, and whether there the policy watches or denies. */
// writer: clusters/store.ts
export const placements = sqliteTable(
  'placements',
  {
    tenantId: text('tenant_id').notNull(),
    clusterId: text('cluster_id').notNull(),
    mode: text('mode').$type<'soft' | 'hard'>().notNull().default('soft'),
    dryRun: integer('dry_run', { mode: 'boolean' }).notNull().default(false),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.clusterId] }),
    index('placements_cluster').on(table.clusterId),
  ],
);

/** The last acknowledgement per tenant and cluster: never inferred. */
// writer: clusters/sync/store.ts
export const clusterAcks = sqliteTable(
  'cluster_acks',
  {
    clusterId: text('cluster_id').notNull(),
    tenantId: text('tenant_id').notNull(),
    revision: integer('revision').notNull(),
    epoch: integer('epoch').notNull(),
    sequence: integer('sequence').notNull(),
    state: text('state').$type<'applied' | 'written' | 'failed'>().notNull(),
    error: text('error'),
    enforcement: text('enforcement').$type<'verified' | 'unverified' | 'none'>().notNull(),
    bootId: text('boot_id').notNull(),
    ackedAtMs: integer('acked_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.clusterId, table.tenantId] })],
);

/**
 * The feed. `seq` is the sequence of desired states: a cluster's is the highest among its own rows and those of its
 * tenants, a tenant's revision in a cluster likewise. `clusterId` null: for every cluster of the tenant.
 */
// writer: changes.ts
export const changes = sqliteTable(
  'changes',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    tenantId: text('tenant_id'),
    clusterId: text('cluster_id'),
    kind: text('kind').notNull(),
    subjectId: text('subject_id').notNull(),
    atMs: integer('at_ms').notNull(),
  },
  (table) => [
    index('changes_tenant').on(table.tenantId, table.seq),
    index('changes_cluster').on(table.clusterId, table.seq),
  ],
);

/** A132-A134 and what makes a row legible. Idempotent by (cluster, boot, seq). */
// writer: blocked/store.ts
export const blockedNetworkRequests = sqliteTable(
  'blocked_network_requests',
  {
    id: text('id').primaryKey(),
    clusterId: text('cluster_id').notNull(),
    bootId: text('boot_id').notNull(),
    seq: integer('seq').notNull(),
    kind: text('kind').$type<'request' | 'overflow' | 'dropped'>().notNull(),
    tenantId: text('tenant_id').notNull(),
    agentId: text('agent_id'),
    podNamespace: text('pod_namespace'),
    podName: text('pod_name'),
    podUid: text('pod_uid'),
    node: text('node'),
    skillName: text('skill_name'),
    skillVersion: text('skill_version'),
    skillDigest: text('skill_digest'),
    sourceIp: text('source_ip').notNull(),
    sourcePort: integer('source_port'),
    destinationHost: text('destination_host').notNull(),
    hostSource: text('host_source').notNull(),
    destinationIp: text('destination_ip'),
    destinationPort: integer('destination_port').notNull(),
    protocol: text('protocol').notNull(),
    verdict: text('verdict').$type<'denied' | 'would_deny' | 'allowed_sample'>().notNull(),
    reason: text('reason').notNull(),
    policyRevision: integer('policy_revision').notNull(),
    policyRule: text('policy_rule'),
    source: text('source').notNull(),
    firstAtMs: integer('first_at_ms').notNull(),
    lastAtMs: integer('last_at_ms').notNull(),
    count: integer('count').notNull(),
    lost: text('lost', { mode: 'json' }).$type<{ distinct?: number; from?: number; to?: number }>(),
    samples: text('samples', { mode: 'json' }).$type<string[]>().notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [
    uniqueIndex('blocked_source').on(table.clusterId, table.bootId, table.seq),
    index('blocked_tenant_time').on(table.tenantId, table.createdAtMs),
    index('blocked_tenant_id').on(table.tenantId, table.id),
  ],
);
