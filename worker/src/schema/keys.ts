import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/** RFC 8628. Only hashes of both codes; `claimedBy` is the person who typed the code first, and only they decide. */
// writer: keys/device/store.ts
export const deviceCodes = sqliteTable(
  'device_codes',
  {
    id: text('id').primaryKey(),
    deviceHash: text('device_hash').notNull(),
    userHash: text('user_hash').notNull(),
    state: text('state').$type<'pending' | 'approved' | 'denied' | 'redeemed'>().notNull().default('pending'),
    deviceName: text('device_name').notNull(),
    /** Those asked for; once approved, those granted. */
    scopes: text('scopes', { mode: 'json' }).$type<string[]>().notNull(),
    ipAddress: text('ip_address'),
    country: text('country'),
    userAgent: text('user_agent'),
    intervalSeconds: integer('interval_seconds').notNull(),
    lastPolledAtMs: integer('last_polled_at_ms'),
    claimedBy: text('claimed_by'),
    tenantId: text('tenant_id'),
    /** How long the key will live. */
    days: integer('days'),
    decidedAtMs: integer('decided_at_ms'),
    apiKeyId: text('api_key_id'),
    createdAtMs: integer('created_at_ms').notNull(),
    expiresAtMs: integer('expires_at_ms').notNull(),
  },
  (table) => [
    uniqueIndex('device_codes_device').on(table.deviceHash),
    uniqueIndex('device_codes_user').on(table.userHash),
    index('device_codes_expiry').on(table.expiresAtMs),
  ],
);

/** Which CI jobs publish which skill without a secret. `claims` are immutable ids of the issuer. */
// writer: publishers/store.ts
export const trustedPublishers = sqliteTable(
  'trusted_publishers',
  {
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    skillName: text('skill_name').notNull(),
    /** One of TRUSTED_ISSUERS. */
    issuerId: text('issuer_id').notNull(),
    label: text('label').notNull(),
    claims: text('claims', { mode: 'json' }).$type<Record<string, string>>().notNull(),
    workflows: text('workflows', { mode: 'json' }).$type<string[]>().notNull(),
    environment: text('environment'),
    createdBy: text('created_by').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    lastUsedAtMs: integer('last_used_at_ms'),
    revokedAtMs: integer('revoked_at_ms'),
  },
  (table) => [
    index('trusted_publishers_tenant').on(table.tenantId),
    index('trusted_publishers_skill').on(table.issuerId, table.skillName),
  ],
);

/** Tokens of fifteen minutes; `proofHash` is what the job showed, which is taken once. */
// writer: publishers/store.ts
export const ciTokens = sqliteTable(
  'ci_tokens',
  {
    id: text('id').primaryKey(),
    publisherId: text('publisher_id').notNull(),
    hash: text('hash').notNull(),
    proofHash: text('proof_hash').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    expiresAtMs: integer('expires_at_ms').notNull(),
  },
  (table) => [
    uniqueIndex('ci_tokens_hash').on(table.hash),
    uniqueIndex('ci_tokens_proof').on(table.proofHash),
    index('ci_tokens_expiry').on(table.expiresAtMs),
  ],
);
