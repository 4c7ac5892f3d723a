import type { SsoRole } from '@aegis/skill-sdk/wire/sso';
import { sql } from 'drizzle-orm';
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/** better-auth's own tables (users, sessions, accounts, verifications) and the tenants that people belong to. */

// writer: people/store.ts (better-auth updates what belongs to a sign-in)
export const users = sqliteTable(
  'users',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    email: text('email').notNull(),
    emailVerified: integer('email_verified', { mode: 'boolean' }).notNull().default(false),
    image: text('image'),
    /** reviewer, admin, auditor; null for people of tenants only. */
    platformRole: text('platform_role'),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
    updatedAt: integer('updated_at', { mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [uniqueIndex('users_email').on(table.email)],
);

// writer: people/account/session-store.ts (a sign-in is better-auth's)
export const sessions = sqliteTable(
  'sessions',
  {
    id: text('id').primaryKey(),
    userId: text('user_id').notNull(),
    /** The hash of the token; see people/hashed-sessions.ts. */
    token: text('token').notNull(),
    expiresAt: integer('expires_at', { mode: 'timestamp_ms' }).notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    /** When the second factor was last proved; null: never in this session. */
    mfaAtMs: integer('mfa_at_ms'),
    /** Begun through the provider of that tenant: it reaches that tenant and nothing else. */
    ssoTenantId: text('sso_tenant_id'),
    /** Two letters, where the edge knows it. */
    country: text('country'),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
    updatedAt: integer('updated_at', { mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [uniqueIndex('sessions_token').on(table.token), index('sessions_user').on(table.userId)],
);

// writer: people/store.ts
export const accounts = sqliteTable(
  'accounts',
  {
    id: text('id').primaryKey(),
    accountId: text('account_id').notNull(),
    providerId: text('provider_id').notNull(),
    userId: text('user_id').notNull(),
    accessToken: text('access_token'),
    refreshToken: text('refresh_token'),
    idToken: text('id_token'),
    accessTokenExpiresAt: integer('access_token_expires_at', { mode: 'timestamp_ms' }),
    refreshTokenExpiresAt: integer('refresh_token_expires_at', { mode: 'timestamp_ms' }),
    scope: text('scope'),
    password: text('password'),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
    updatedAt: integer('updated_at', { mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [
    index('accounts_user').on(table.userId),
    uniqueIndex('accounts_provider').on(table.providerId, table.accountId),
  ],
);

// writer: people/sign-in.ts (better-auth)
export const verifications = sqliteTable(
  'verifications',
  {
    id: text('id').primaryKey(),
    identifier: text('identifier').notNull(),
    value: text('value').notNull(),
    expiresAt: integer('expires_at', { mode: 'timestamp_ms' }).notNull(),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
    updatedAt: integer('updated_at', { mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [index('verifications_identifier').on(table.identifier)],
);

/** `sealed` is the secret, encrypted; without `confirmedAtMs` it was shown and is not in force. */
// writer: people/account/factor-store.ts
export const totpSecrets = sqliteTable('totp_secrets', {
  userId: text('user_id').primaryKey(),
  sealed: text('sealed').notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
  confirmedAtMs: integer('confirmed_at_ms'),
});

/** Only hashes; a used code is deleted. */
// writer: people/account/factor-store.ts
export const backupCodes = sqliteTable(
  'backup_codes',
  {
    id: text('id').primaryKey(),
    userId: text('user_id').notNull(),
    hash: text('hash').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [uniqueIndex('backup_codes_hash').on(table.hash), index('backup_codes_user').on(table.userId)],
);

/** Every proof of a second factor that was taken: the second of two equal ones violates the key, and its batch fails. */
// writer: people/account/factor-store.ts
export const spentProofs = sqliteTable(
  'spent_proofs',
  { proof: text('proof').primaryKey(), expiresAtMs: integer('expires_at_ms').notNull() },
  (table) => [index('spent_proofs_expiry').on(table.expiresAtMs)],
);

/** WebAuthn credentials. `publicKey` is COSE in base64url. */
// writer: people/passkeys/store.ts
export const passkeys = sqliteTable(
  'passkeys',
  {
    id: text('id').primaryKey(),
    userId: text('user_id').notNull(),
    name: text('name').notNull(),
    credentialId: text('credential_id').notNull(),
    publicKey: text('public_key').notNull(),
    signCount: integer('sign_count').notNull(),
    transports: text('transports', { mode: 'json' }).$type<string[]>().notNull(),
    synced: integer('synced', { mode: 'boolean' }).notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    lastUsedAtMs: integer('last_used_at_ms'),
  },
  (table) => [uniqueIndex('passkeys_credential').on(table.credentialId), index('passkeys_user').on(table.userId)],
);

/** The shape of better-auth's organisation, so that its plugin could be switched on. */
// writer: people/store.ts
export const tenants = sqliteTable(
  'tenants',
  {
    id: text('id').primaryKey(),
    slug: text('slug').notNull(),
    name: text('name').notNull(),
    logo: text('logo'),
    metadata: text('metadata'),
    /** optional, required: whether a dry-run that is unavailable stops an approval. */
    dryRun: text('dry_run').notNull().default('optional'),
    versionsMax: integer('versions_max').notNull(),
    bytesMax: integer('bytes_max').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    deletedAtMs: integer('deleted_at_ms'),
  },
  (table) => [uniqueIndex('tenants_slug').on(table.slug)],
);

// writer: people/store.ts
export const members = sqliteTable(
  'members',
  {
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    userId: text('user_id').notNull(),
    role: text('role').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [
    uniqueIndex('members_tenant_user').on(table.tenantId, table.userId),
    index('members_user').on(table.userId),
  ],
);

/** `tenantId` null: an invitation to a platform role. */
// writer: people/invitation-store.ts
export const invitations = sqliteTable(
  'invitations',
  {
    id: text('id').primaryKey(),
    tenantId: text('tenant_id'),
    email: text('email').notNull(),
    role: text('role').notNull(),
    tokenHash: text('token_hash').notNull(),
    invitedBy: text('invited_by').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    expiresAtMs: integer('expires_at_ms').notNull(),
    acceptedAtMs: integer('accepted_at_ms'),
    withdrawnAtMs: integer('withdrawn_at_ms'),
  },
  (table) => [uniqueIndex('invitations_token').on(table.tokenHash), index('invitations_tenant').on(table.tenantId)],
);

/** How people of a tenant sign in through their company; `sealedSecret` is encrypted, null: a client without one. */
// writer: people/sso/store.ts
export const ssoConnections = sqliteTable('sso_connections', {
  tenantId: text('tenant_id').primaryKey(),
  issuer: text('issuer').notNull(),
  clientId: text('client_id').notNull(),
  sealedSecret: text('sealed_secret'),
  groupsClaim: text('groups_claim').notNull(),
  roles: text('roles', { mode: 'json' }).$type<{ group: string; role: SsoRole }[]>().notNull(),
  fallbackRole: text('fallback_role').$type<SsoRole>(),
  mfaValues: text('mfa_values', { mode: 'json' }).$type<string[]>().notNull(),
  mfaRequired: integer('mfa_required', { mode: 'boolean' }).notNull(),
  required: integer('required', { mode: 'boolean' }).notNull(),
  updatedAtMs: integer('updated_at_ms').notNull(),
});

/** Any tenant may claim a domain; one of them proves it. `proof` is what its TXT record must hold. */
// writer: people/sso/store.ts
export const ssoDomains = sqliteTable(
  'sso_domains',
  {
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    domain: text('domain').notNull(),
    proof: text('proof').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    verifiedAtMs: integer('verified_at_ms'),
    verifiedBy: text('verified_by').$type<'dns' | 'admin'>(),
  },
  (table) => [
    uniqueIndex('sso_domains_tenant').on(table.tenantId, table.domain),
    uniqueIndex('sso_domains_verified').on(table.domain).where(sql`verified_at_ms is not null`),
  ],
);

/** `sealed` is the text, encrypted: a link in it is a credential, so it is forgotten when the mail is sent or the link ends. */
// writer: mail/store.ts
export const mails = sqliteTable('mails', {
  id: text('id').primaryKey(),
  recipient: text('recipient').notNull(),
  subject: text('subject').notNull(),
  sealed: text('sealed'),
  state: text('state').$type<'kept' | 'queued' | 'sent' | 'failed'>().notNull(),
  tries: integer('tries').notNull(),
  error: text('error'),
  createdAtMs: integer('created_at_ms').notNull(),
  expiresAtMs: integer('expires_at_ms').notNull(),
});

/** Only the hash of a key is kept. `personId` null: the tenant owns it. */
// writer: keys/store.ts
export const apiKeys = sqliteTable(
  'api_keys',
  {
    id: text('id').primaryKey(),
    tenantId: text('tenant_id').notNull(),
    personId: text('person_id'),
    name: text('name').notNull(),
    prefix: text('prefix').notNull(),
    hash: text('hash').notNull(),
    scopes: text('scopes', { mode: 'json' }).$type<string[]>().notNull(),
    createdBy: text('created_by').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    expiresAtMs: integer('expires_at_ms').notNull(),
    lastUsedAtMs: integer('last_used_at_ms'),
    revokedAtMs: integer('revoked_at_ms'),
    rotatedAtMs: integer('rotated_at_ms'),
    /** The secret before the last rotation; it works until then, and never longer than the key did before. */
    previousHash: text('previous_hash'),
    previousPrefix: text('previous_prefix'),
    previousUntilMs: integer('previous_until_ms'),
  },
  (table) => [
    uniqueIndex('api_keys_hash').on(table.hash),
    index('api_keys_previous').on(table.previousHash),
    index('api_keys_tenant').on(table.tenantId),
  ],
);
