import { toInstant } from '@aegis/skill-sdk/clock';
import type { AuditEvent } from '@aegis/skill-sdk/wire/audit';
import type { auditEvents } from '../schema/audit.ts';

/** The event as everybody sees it: what the API answers is what the leaf of the log is the hash of. */
export function toEvent(row: typeof auditEvents.$inferSelect): AuditEvent {
  return {
    id: row.id,
    tenantId: row.tenantId,
    schemaVersion: row.schemaVersion,
    action: row.action,
    actor: { kind: row.actorType as AuditEvent['actor']['kind'], id: row.actorId, name: row.actorName },
    onBehalfOf: row.onBehalfOf,
    agentId: row.agentId,
    targetType: row.targetType,
    targetId: row.targetId,
    details: row.details,
    before: row.before,
    after: row.after,
    severity: row.severity,
    outcome: row.outcome,
    ipAddress: row.ipAddress,
    userAgent: row.userAgent,
    requestId: row.requestId,
    at: toInstant(row.atMs),
  };
}
