import { z } from 'zod';
import { BLOCKED_BATCH_MAX } from '../limits.ts';
import { DigestText, Instant, id } from './common.ts';
import { NextCursor, Page } from './paging.ts';

/** A133 and the finer ones of the gateway. */
export const BlockedReason = z
  .enum([
    'not_in_allowlist',
    'skill_not_installed',
    'private_ip',
    'raw_ip',
    'no_sni',
    'port',
    'dns_denied',
    'name_not_found',
    'policy_default',
  ])
  .meta({ id: 'BlockedReason' });
export type BlockedReason = z.infer<typeof BlockedReason>;

/** One aggregated denial, or the record of what was lost. Idempotent by (clusterId, bootId, seq). */
export const BlockedEvent = z
  .object({
    seq: z.int().min(1),
    kind: z.enum(['request', 'overflow', 'dropped']),
    tenantId: id('tenant'),
    agentId: id('agent').optional(),
    pod: z
      .object({ namespace: z.string(), name: z.string(), uid: z.string().optional(), node: z.string().optional() })
      .optional(),
    skill: z.object({ name: z.string(), version: z.string(), digest: DigestText.optional() }).optional(),
    src: z.object({ ip: z.string(), port: z.int().optional() }),
    dst: z.object({
      host: z.string(),
      hostSource: z.enum(['sni', 'http_host', 'dns', 'flow', 'context', 'none']),
      ip: z.string().optional(),
      port: z.int(),
    }),
    protocol: z.string().max(16),
    verdict: z.enum(['denied', 'would_deny', 'allowed_sample']),
    reason: BlockedReason,
    policy: z.object({ revision: z.int(), rule: z.string().optional() }),
    source: z.enum(['gateway', 'dns', 'hubble', 'nflog', 'context']),
    firstAt: Instant,
    lastAt: Instant,
    count: z.int().min(1),
    /** Of an overflow: how many distinct keys; of a drop: the seqs that were lost. */
    lost: z.object({ distinct: z.int().optional(), from: z.int().optional(), to: z.int().optional() }).optional(),
    samples: z.array(z.string().max(200)).max(5).default([]),
  })
  .meta({ id: 'BlockedEvent' });
export type BlockedEvent = z.infer<typeof BlockedEvent>;

export const BlockedBatch = z
  .object({ bootId: id('boot'), events: z.array(BlockedEvent).min(1).max(BLOCKED_BATCH_MAX) })
  .meta({ id: 'BlockedBatch' });
export type BlockedBatch = z.infer<typeof BlockedBatch>;
/** `ackedSeq`: every event of this boot up to here is stored. `refused`: seqs of tenants that are not placed here. */
export const BlockedAck = z.object({ ackedSeq: z.int(), refused: z.array(z.int()) }).meta({ id: 'BlockedAck' });
export type BlockedAck = z.infer<typeof BlockedAck>;

/** A132's names, plus what makes a row legible. */
export const BlockedRequest = z
  .object({
    id: id('blocked'),
    tenantId: id('tenant'),
    tenantName: z.string(),
    agentId: id('agent').nullable(),
    agentName: z.string().nullable(),
    clusterId: id('cluster'),
    clusterName: z.string(),
    kind: z.enum(['request', 'overflow', 'dropped']),
    pod: z.string().nullable().meta({ description: 'namespace/name' }),
    skill: z.object({ name: z.string(), version: z.string() }).nullable(),
    sourceIp: z.string(),
    destinationHost: z.string(),
    destinationIp: z.string().nullable(),
    destinationPort: z.int(),
    protocol: z.string(),
    verdict: z.enum(['denied', 'would_deny', 'allowed_sample']),
    reason: BlockedReason,
    policyRevision: z.int(),
    count: z.int(),
    firstAt: Instant,
    lastAt: Instant,
    createdAt: Instant,
  })
  .meta({ id: 'BlockedRequest' });
export type BlockedRequest = z.infer<typeof BlockedRequest>;
export const BlockedQuery = Page.extend({
  tenantId: id('tenant').optional(),
  agentId: id('agent').optional(),
  clusterId: id('cluster').optional(),
  skill: z.string().max(64).optional(),
  reason: BlockedReason.optional(),
  verdict: z.enum(['denied', 'would_deny']).optional(),
  q: z.string().max(200).optional().meta({ description: 'Host contains this' }),
});
/** `lost` counts, for the same filter, what could not be stored; never silent. */
export const BlockedList = z
  .object({
    blockedRequests: z.array(BlockedRequest),
    denied24h: z.int(),
    wouldDeny24h: z.int(),
    lost: z.int(),
    nextCursor: NextCursor,
  })
  .meta({ id: 'BlockedList' });
export type BlockedList = z.infer<typeof BlockedList>;
