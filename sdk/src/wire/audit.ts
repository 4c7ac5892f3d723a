import { z } from 'zod';
import { Actor, Instant, id } from './common.ts';
import { NextCursor, Page } from './paging.ts';

/** Every field of an event; the leaf of the log is the hash of exactly this, as RFC 8785 JSON. */
export const AuditEvent = z
  .object({
    id: id('audit'),
    tenantId: z.string().meta({ description: 'A tenant id, or `platform`' }),
    schemaVersion: z.int(),
    action: z.string(),
    actor: Actor,
    onBehalfOf: z.string().nullable().meta({ description: 'The person behind a key' }),
    agentId: z.string().nullable(),
    targetType: z.string(),
    targetId: z.string(),
    details: z.record(z.string(), z.unknown()),
    before: z.record(z.string(), z.unknown()).nullable(),
    after: z.record(z.string(), z.unknown()).nullable(),
    severity: z.enum(['info', 'warning', 'critical']),
    outcome: z.enum(['intent', 'success', 'failure', 'denied']),
    ipAddress: z.string().nullable(),
    userAgent: z.string().nullable(),
    requestId: z.string(),
    at: Instant,
  })
  .meta({ id: 'AuditEvent' });
export type AuditEvent = z.infer<typeof AuditEvent>;

const Filter = z.object({
  tenantId: z.string().optional().meta({ description: 'One log; left out, all that the caller may read' }),
  actor: z.string().max(200).optional().meta({ description: 'Id of who did it, or of the person behind a key' }),
  action: z.string().max(100).optional(),
  targetId: z.string().max(200).optional(),
  agentId: z.string().max(200).optional(),
  severity: AuditEvent.shape.severity.optional(),
  outcome: AuditEvent.shape.outcome.optional(),
  from: Instant.optional().meta({ description: 'From then on' }),
  to: Instant.optional().meta({ description: 'Until before then' }),
  q: z.string().max(200).optional().meta({ description: 'Part of a name, an id, an action or the details' }),
});
export const AuditQuery = Page.extend(Filter.shape);
export const AuditList = z.object({ events: z.array(AuditEvent), nextCursor: NextCursor }).meta({ id: 'AuditList' });
export type AuditList = z.infer<typeof AuditList>;

export const AuditExportQuery = Filter.extend({
  format: z.enum(['csv', 'json', 'ndjson']).default('ndjson'),
  since: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .meta({ description: 'Size of a checkpoint that you kept; the NDJSON then proves that this log goes on from it' }),
});
export type AuditFilter = z.infer<typeof Filter>;

/** A log whose state a person can name: its C2SP signed note. */
export const AuditCheckpoint = z
  .object({ note: z.string(), size: z.int(), root: z.string(), at: Instant })
  .meta({ id: 'AuditCheckpoint' });
export type AuditCheckpoint = z.infer<typeof AuditCheckpoint>;

export const AuditLogQuery = z.object({
  tenantId: z.string().meta({ description: 'A tenant id, or `platform`' }),
});

export const AuditProblem = z
  .object({
    what: z.enum([
      'edited',
      'deleted',
      'moved',
      'truncated',
      'unlogged',
      'forked',
      'replayed',
      'wrong_log',
      'unreadable',
      'bad_signature',
      'unknown_key',
    ]),
    detail: z.string(),
    seq: z.int().optional(),
    eventId: z.string().optional(),
  })
  .meta({ id: 'AuditProblem' });
export type AuditProblem = z.infer<typeof AuditProblem>;

/** What a check found: whether what is there is what was written, and, apart from it, whether anything is missing. */
export const AuditVerification = z
  .object({
    tenantId: z.string(),
    events: z.int(),
    size: z.int().meta({ description: 'Events that the checkpoint counts' }),
    root: z.string(),
    note: z.string(),
    signedBy: z.string().nullable().meta({ description: '`kid` of the key whose signature was checked' }),
    integrity: z.object({ ok: z.boolean(), problems: z.array(AuditProblem) }),
    completeness: z.object({
      ok: z.boolean(),
      proved: z.enum(['whole', 'run', 'nothing']).meta({ description: 'How much of the log is shown to be there' }),
      problems: z.array(AuditProblem),
    }),
    proved: z.array(z.string()),
    notProved: z.array(z.string()),
  })
  .meta({ id: 'AuditVerification' });
export type AuditVerification = z.infer<typeof AuditVerification>;

/** RFC 6962 inclusion proof of one event under a signed checkpoint. */
export const AuditInclusion = z
  .object({
    event: AuditEvent,
    seq: z.int(),
    leaf: z.string(),
    proof: z.array(z.string()).meta({ description: 'Hashes beside the leaf, bottom up' }),
    checkpoint: AuditCheckpoint,
  })
  .meta({ id: 'AuditInclusion' });
export type AuditInclusion = z.infer<typeof AuditInclusion>;

/** One line of an NDJSON export, in the order of the log. */
export const ExportedEvent = z.object({
  seq: z.int().min(0),
  leaf: z.string(),
  event: z.record(z.string(), z.unknown()),
});
export type ExportedEvent = z.infer<typeof ExportedEvent>;
/** The last line: what the lines before it are checked against. */
export const ExportProof = z.object({
  proof: z.object({
    v: z.literal(1),
    tenantId: z.string(),
    filter: z.record(z.string(), z.string()),
    exportedAt: Instant,
    note: z.string(),
    seqs: z
      .array(z.tuple([z.int(), z.int()]))
      .meta({ description: 'Runs of events that the file holds, both ends included' }),
    hashes: z.array(z.string()),
    consistency: z.object({ size: z.int(), hashes: z.array(z.string()) }).nullable(),
  }),
});
export type ExportProof = z.infer<typeof ExportProof>;
