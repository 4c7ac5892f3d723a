import { z } from 'zod';
import { Selector } from './agents.ts';
import { Can, DigestText, Instant, id } from './common.ts';
import { NextCursor } from './paging.ts';
import { ApprovalEnvelope } from './skills.ts';

export const Mode = z
  .enum(['soft', 'hard'])
  .meta({ id: 'Mode', description: 'soft logs what it would deny, hard denies' });
export type Mode = z.infer<typeof Mode>;
export const Enforcement = z.enum(['verified', 'unverified', 'none']).meta({ id: 'Enforcement' });
export type Enforcement = z.infer<typeof Enforcement>;

/** An Ed25519 public key (RFC 8037). `kid` is its RFC 7638 thumbprint. */
export const PublicKey = z
  .object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), kid: z.string().optional() })
  .meta({ id: 'PublicKey' });
export type PublicKey = z.infer<typeof PublicKey>;

/** `/.well-known/aegis/keys.json`: pinned at enrolment and `login`; a new key is signed by the old one. */
export const KeySet = z
  .object({
    keys: z.array(
      PublicKey.extend({
        kid: z.string(),
        use: z.literal('sig'),
        alg: z.literal('Ed25519'),
        purpose: z.enum(['approval', 'state', 'checkpoint']),
        /** Compact JWS of the old key over this key; absent on a first key. */
        signedByPrevious: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'KeySet' });
export type KeySet = z.infer<typeof KeySet>;

/** What a cluster hands in: 32 bytes in base64url, or it is no key. */
const ClusterPublicKey = PublicKey.extend({ x: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }).meta({
  id: 'ClusterPublicKey',
});

export const EnrolRequest = z
  .object({ joinToken: z.string(), publicKey: ClusterPublicKey, bootId: id('boot'), agentVersion: z.string().max(50) })
  .meta({ id: 'EnrolRequest' });
export type EnrolRequest = z.infer<typeof EnrolRequest>;
export const EnrolAnswer = z
  .object({ clusterId: id('cluster'), name: z.string(), keys: KeySet })
  .meta({ id: 'EnrolAnswer' });
export type EnrolAnswer = z.infer<typeof EnrolAnswer>;

/**
 * Another key for the cluster that asks. `proof` is a compact JWT by the new key (`alg` Ed25519): issuer and subject the
 * cluster, audience `KEY_PROOF_AUDIENCE`, `replaces` the thumbprint of the key before, at most a minute old.
 */
export const ClusterKeyRotation = z
  .object({ publicKey: ClusterPublicKey, proof: z.string().max(4096) })
  .meta({ id: 'ClusterKeyRotation' });
export type ClusterKeyRotation = z.infer<typeof ClusterKeyRotation>;
export const KEY_PROOF_AUDIENCE = 'aegis-registry-key';
export const ClusterKey = z
  .object({
    keyId: z.string(),
    /** Until when the key before works. */
    previousUntil: Instant,
  })
  .meta({ id: 'ClusterKey' });
export type ClusterKey = z.infer<typeof ClusterKey>;

/** The answer of the state poll: a compact JWS (`alg` Ed25519) over a StateDocument. ETag is `"<epoch>.<sequence>"`. */
export const SignedState = z.object({ state: z.string() }).meta({ id: 'SignedState' });
export const StateQuery = z.object({ wait: z.coerce.number().int().min(0).max(25).default(0) });

export const StateDocument = z
  .object({
    v: z.literal(1),
    clusterId: id('cluster'),
    /** Rises when the database was restored, so that a restored sequence cannot freeze clusters. */
    epoch: z.int(),
    sequence: z.int(),
    issuedAt: Instant,
    expiresAt: Instant,
    tenants: z.array(z.object({ tenantId: id('tenant'), revision: z.int(), digest: DigestText })),
  })
  .meta({ id: 'StateDocument' });
export type StateDocument = z.infer<typeof StateDocument>;

/** Where an allowed destination comes from. */
export const Origin = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('skill'), name: z.string(), version: z.string(), digest: DigestText }),
    z.object({ kind: z.literal('base'), revision: z.int() }),
  ])
  .meta({ id: 'Origin' });
export type Origin = z.infer<typeof Origin>;

export const Allow = z
  .object({ host: z.string(), ports: z.array(z.int()), protocol: z.enum(['tls', 'http', 'tcp']), origin: Origin })
  .meta({ id: 'Allow' });
export type Allow = z.infer<typeof Allow>;

/** Read by digest: sha256 over the exact bytes of the answer, which are RFC 8785 JSON. */
export const TenantDocument = z
  .object({
    v: z.literal(1),
    tenantId: id('tenant'),
    revision: z.int(),
    mode: Mode,
    agents: z.array(
      z.object({
        agentId: id('agent'),
        name: z.string(),
        selector: Selector,
        allow: z.array(Allow),
        /** The signed approval of the agent's base permissions; null when it has none. */
        base: ApprovalEnvelope.nullable(),
      }),
    ),
    installs: z.array(
      z.object({
        agentId: id('agent'),
        name: z.string(),
        version: z.string(),
        archiveDigest: DigestText,
        contentDigest: DigestText,
        approval: ApprovalEnvelope,
      }),
    ),
  })
  .meta({ id: 'TenantDocument' });
export type TenantDocument = z.infer<typeof TenantDocument>;

export const Ack = z
  .object({
    tenantId: id('tenant'),
    revision: z.int(),
    state: z.enum(['applied', 'written', 'failed']),
    error: z.string().max(2000).optional(),
    enforcement: Enforcement,
  })
  .meta({ id: 'Ack' });
export type Ack = z.infer<typeof Ack>;
export const AckRequest = z
  .object({
    bootId: id('boot'),
    epoch: z.int(),
    sequence: z.int(),
    agentVersion: z.string().max(50),
    target: z.enum(['manifests', 'kubernetes']),
    acks: z.array(Ack).max(2000),
  })
  .meta({ id: 'AckRequest' });
export type AckRequest = z.infer<typeof AckRequest>;

export const ClusterTenant = z
  .object({
    tenantId: id('tenant'),
    tenantName: z.string(),
    mode: Mode,
    wantedRevision: z.int(),
    ackedRevision: z.int().nullable(),
    state: z.enum(['applied', 'written', 'failed', 'pending']),
    error: z.string().nullable(),
    enforcement: Enforcement,
    ackedAt: Instant.nullable(),
  })
  .meta({ id: 'ClusterTenant' });
export type ClusterTenant = z.infer<typeof ClusterTenant>;

export const Cluster = z
  .object({
    id: id('cluster'),
    name: z.string(),
    state: z.enum(['waiting', 'enrolled', 'revoked']),
    dryRun: z.boolean(),
    agentVersion: z.string().nullable(),
    target: z.enum(['manifests', 'kubernetes']).nullable(),
    /** Worst of its tenants; null when it has none. */
    enforcement: Enforcement.nullable(),
    tenants: z.array(ClusterTenant),
    lastSeenAt: Instant.nullable(),
    silent: z.boolean().meta({ description: 'Enrolled, and not seen for 90 s' }),
    createdAt: Instant,
    can: Can,
  })
  .meta({ id: 'Cluster' });
export type Cluster = z.infer<typeof Cluster>;
export const ClusterList = z.object({ clusters: z.array(Cluster), nextCursor: NextCursor }).meta({ id: 'ClusterList' });
export const ClusterName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and hyphens, at most 40');
export const ClusterCreate = z
  .object({ name: ClusterName, dryRun: z.boolean().default(false) })
  .meta({ id: 'ClusterCreate' });
export const ClusterUpdate = z.object({ dryRun: z.boolean() }).meta({ id: 'ClusterUpdate' });
/** The join token is shown once, works once and lives at most 24 h. */
export const ClusterCreated = z
  .object({ cluster: Cluster, joinToken: z.string(), expiresAt: Instant })
  .meta({ id: 'ClusterCreated' });
export const JoinTokenCreated = z
  .object({ joinToken: z.string(), expiresAt: Instant })
  .meta({ id: 'JoinTokenCreated' });
export const PlacementRequest = z.object({ mode: Mode.default('soft') }).meta({ id: 'PlacementRequest' });
