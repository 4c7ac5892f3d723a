import { z } from 'zod';
import { KEY_SCOPES, PLATFORM_ROLES, TENANT_ROLES } from '../actions.ts';
import { API_KEY_DAYS_DEFAULT, API_KEY_DAYS_MAX, KEY_OVERLAP_HOURS_DEFAULT, KEY_OVERLAP_HOURS_MAX } from '../limits.ts';
import { Can, Instant, id } from './common.ts';
import { DryRunPolicy } from './dry-run-jobs.ts';
import { NextCursor } from './paging.ts';

export const TenantRole = z.enum(TENANT_ROLES).meta({ id: 'TenantRole' });
export const PlatformRole = z.enum(PLATFORM_ROLES).meta({ id: 'PlatformRole' });
export const Email = z
  .email()
  .max(254)
  .transform((text) => text.toLowerCase());
export const PersonName = z.string().trim().min(1).max(100);
export const Slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and hyphens, at most 40');

/** True when the link is on its way by mail; else somebody copies it. */
const Mailed = z.boolean().default(false);

/** Who is asking. */
export const Me = z
  .object({
    kind: z.enum(['user', 'key', 'cluster', 'ci', 'system']),
    id: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    platformRole: PlatformRole.nullable(),
    tenants: z.array(z.object({ id: id('tenant'), slug: z.string(), name: z.string(), role: TenantRole })),
    scopes: z.array(z.string()).nullable().meta({ description: 'Of a key; null for a person' }),
    /** Of a key: until when this very secret works; `replaced` when a rotation gave the key a newer one. */
    credential: z.object({ expiresAt: Instant, replaced: z.boolean() }).nullable().default(null),
    /** What stands between a session and its rights; null: nothing. Until then `can` is empty. */
    pending: z.enum(['second_factor', 'enrolment']).nullable().default(null),
    /** Tenants of the person that this session does not reach: they want their company's sign-in. */
    withheld: z.array(z.object({ id: id('tenant'), name: z.string() })).default([]),
    /** What the caller may do in each tenant (by tenant id) and on the platform (`platform`). */
    can: z.record(z.string(), z.array(z.string())),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof Me>;

export const SetupRequest = z
  .object({ token: z.string(), email: Email, name: PersonName, password: z.string() })
  .meta({ id: 'SetupRequest' });

export const Tenant = z
  .object({
    id: id('tenant'),
    slug: z.string(),
    name: z.string(),
    members: z.int(),
    skills: z.int(),
    agents: z.int(),
    clusters: z.int(),
    usage: z.object({ versions: z.int(), versionsMax: z.int(), bytes: z.int(), bytesMax: z.int() }),
    /** The clusters that its agents may be bound to; an owner cannot list clusters. */
    placements: z
      .array(z.object({ clusterId: id('cluster'), clusterName: z.string(), mode: z.enum(['soft', 'hard']) }))
      .optional(),
    /** Whether an approval of its versions needs a dry-run that gave whole evidence. */
    dryRun: DryRunPolicy,
    createdAt: Instant,
    can: Can,
  })
  .meta({ id: 'Tenant' });
export type Tenant = z.infer<typeof Tenant>;
export const TenantList = z.object({ tenants: z.array(Tenant), nextCursor: NextCursor }).meta({ id: 'TenantList' });
export const TenantCreate = z.object({ slug: Slug, name: PersonName, ownerEmail: Email }).meta({ id: 'TenantCreate' });
export const TenantUpdate = z.object({ dryRun: DryRunPolicy }).meta({ id: 'TenantUpdate' });
/** The invitation of the owner is shown once. */
export const TenantCreated = z
  .object({ tenant: Tenant, invitationUrl: z.string(), mailed: Mailed })
  .meta({ id: 'TenantCreated' });

export const Member = z
  .object({ userId: z.string(), name: z.string(), email: z.string(), role: TenantRole, joinedAt: Instant })
  .meta({ id: 'Member' });
export type Member = z.infer<typeof Member>;
export const MemberList = z.object({ members: z.array(Member), nextCursor: NextCursor }).meta({ id: 'MemberList' });

export const Invitation = z
  .object({
    id: id('invitation'),
    email: z.string(),
    role: z.string(),
    expiresAt: Instant,
    acceptedAt: Instant.nullable(),
    createdAt: Instant,
  })
  .meta({ id: 'Invitation' });
export type Invitation = z.infer<typeof Invitation>;
export const InvitationList = z
  .object({ invitations: z.array(Invitation), nextCursor: NextCursor })
  .meta({ id: 'InvitationList' });
/** Only an owner makes or unmakes owners. */
export const MemberUpdate = z.object({ role: TenantRole }).meta({ id: 'MemberUpdate' });
export const InvitationCreate = z.object({ email: Email, role: TenantRole }).meta({ id: 'InvitationCreate' });
export const PlatformInvitationCreate = z
  .object({ email: Email, role: PlatformRole })
  .meta({ id: 'PlatformInvitationCreate' });
export const InvitationCreated = z
  .object({ invitation: Invitation, url: z.string(), mailed: Mailed })
  .meta({ id: 'InvitationCreated' });
/** What an invitation says before it is accepted. `known`: the person exists and signs in instead of choosing a password. */
export const InvitationPreview = z
  .object({ email: z.string(), role: z.string(), tenantName: z.string().nullable(), expiresAt: Instant })
  .meta({ id: 'InvitationPreview' });
export const InvitationAccept = z
  .object({ token: z.string(), name: PersonName, password: z.string() })
  .meta({ id: 'InvitationAccept' });

export const KeyScope = z.enum(KEY_SCOPES).meta({ id: 'KeyScope' });
export const ApiKey = z
  .object({
    id: id('apiKey'),
    name: z.string(),
    prefix: z.string().meta({ description: 'The first characters of the key, to recognise it' }),
    scopes: z.array(KeyScope),
    ownedBy: z.enum(['tenant', 'person']),
    createdBy: z.string(),
    createdAt: Instant,
    expiresAt: Instant,
    lastUsedAt: Instant.nullable(),
    revokedAt: Instant.nullable(),
    rotatedAt: Instant.nullable(),
    /** The secret before the last rotation, while it still works. */
    previous: z.object({ prefix: z.string(), validUntil: Instant }).nullable(),
    /** False for a key of somebody else: who rotates it would hold their credential. */
    can: Can,
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;
export const ApiKeyList = z.object({ keys: z.array(ApiKey), nextCursor: NextCursor }).meta({ id: 'ApiKeyList' });
export const ApiKeyCreate = z
  .object({
    name: PersonName,
    scopes: z.array(KeyScope).min(1),
    ownedBy: z.enum(['tenant', 'person']).default('person'),
    days: z.int().min(1).max(API_KEY_DAYS_MAX).default(API_KEY_DAYS_DEFAULT),
  })
  .meta({ id: 'ApiKeyCreate' });
const OverlapHours = z
  .int()
  .min(0)
  .max(KEY_OVERLAP_HOURS_MAX)
  .default(KEY_OVERLAP_HOURS_DEFAULT)
  .meta({ description: 'How long the secret before works on' });
export const KeyRotation = z
  .object({
    overlapHours: OverlapHours,
    days: z.int().min(1).max(API_KEY_DAYS_MAX).default(API_KEY_DAYS_DEFAULT),
  })
  .meta({ id: 'KeyRotation' });
/** A key that rotates itself does not live longer for it. */
export const OwnKeyRotation = z.object({ overlapHours: OverlapHours }).meta({ id: 'OwnKeyRotation' });
/** `secret` is shown once and stored only as a hash. */
export const ApiKeyCreated = z.object({ key: ApiKey, secret: z.string() }).meta({ id: 'ApiKeyCreated' });
