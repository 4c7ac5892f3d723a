import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/** Insert-only (triggers); every field of the requirements' list, and what the proof needs. */
// writer: audit.ts
export const auditEvents = sqliteTable(
  'audit_events',
  {
    id: text('id').primaryKey(),
    /** A tenant id, or `platform`. */
    tenantId: text('tenant_id').notNull(),
    schemaVersion: integer('schema_version').notNull().default(1),
    action: text('action').notNull(),
    actorType: text('actor_type').notNull(),
    actorId: text('actor_id').notNull(),
    actorName: text('actor_name').notNull(),
    onBehalfOf: text('on_behalf_of'),
    agentId: text('agent_id'),
    targetType: text('target_type').notNull(),
    targetId: text('target_id').notNull(),
    details: text('details', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    before: text('before', { mode: 'json' }).$type<Record<string, unknown>>(),
    after: text('after', { mode: 'json' }).$type<Record<string, unknown>>(),
    severity: text('severity').$type<'info' | 'warning' | 'critical'>().notNull(),
    outcome: text('outcome').$type<'intent' | 'success' | 'failure' | 'denied'>().notNull(),
    ipAddress: text('ip_address'),
    userAgent: text('user_agent'),
    requestId: text('request_id').notNull(),
    atMs: integer('at_ms').notNull(),
  },
  (table) => [
    index('audit_events_tenant').on(table.tenantId, table.id),
    index('audit_events_action').on(table.tenantId, table.action, table.id),
    index('audit_events_target').on(table.tenantId, table.targetId, table.id),
    index('audit_events_actor').on(table.tenantId, table.actorId, table.id),
    index('audit_events_agent').on(table.tenantId, table.agentId, table.id),
    index('audit_events_severity').on(table.tenantId, table.severity, table.id),
    index('audit_events_outcome').on(table.tenantId, table.outcome, table.id),
    index('audit_events_action_all').on(table.action, table.id),
    index('audit_events_severity_all').on(table.severity, table.id),
  ],
);

/** The sequencer's table: one leaf per event, nothing updates an event. */
// writer: audit/log-store.ts
export const auditLeaves = sqliteTable(
  'audit_leaves',
  {
    tenantId: text('tenant_id').notNull(),
    seq: integer('seq').notNull(),
    eventId: text('event_id').notNull(),
    leaf: text('leaf').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.tenantId, table.seq] }),
    uniqueIndex('audit_leaves_event').on(table.eventId),
  ],
);

/** Rows up to here may go, once their archive is verified; none may before. */
// writer: audit/log-store.ts
export const auditWatermarks = sqliteTable('audit_watermarks', {
  tenantId: text('tenant_id').primaryKey(),
  archivedToSeq: integer('archived_to_seq').notNull().default(0),
});

/** Events that have no place in their log yet, in the order in which they were committed: a trigger writes each. */
// writer: audit/log-store.ts
export const auditWaiting = sqliteTable(
  'audit_waiting',
  {
    position: integer('position').primaryKey({ autoIncrement: true }),
    tenantId: text('tenant_id').notNull(),
    eventId: text('event_id').notNull(),
  },
  (table) => [index('audit_waiting_tenant').on(table.tenantId, table.position)],
);

/** Hashes of complete runs of LOG_TILE_LEAVES leaves, so that a proof need not read the whole log. */
// writer: audit/log-store.ts
export const auditTiles = sqliteTable(
  'audit_tiles',
  { tenantId: text('tenant_id').notNull(), tile: integer('tile').notNull(), hash: text('hash').notNull() },
  (table) => [primaryKey({ columns: [table.tenantId, table.tile] })],
);

/** Signed notes; each lies in R2 as well. */
// writer: audit/log-store.ts
export const auditCheckpoints = sqliteTable(
  'audit_checkpoints',
  {
    tenantId: text('tenant_id').notNull(),
    size: integer('size').notNull(),
    root: text('root').notNull(),
    note: text('note').notNull(),
    atMs: integer('at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.size] })],
);
