import type { Action } from '@aegis/skill-sdk/actions';
import { redact } from '@aegis/skill-sdk/log';
import type { Context } from './context.ts';
import type { Statement } from './db.ts';
import { auditEvents } from './schema/audit.ts';

export interface AuditEntry {
  action: Action;
  /** A tenant id, or `platform`. */
  tenantId: string;
  targetType: string;
  targetId: string;
  agentId?: string;
  details?: Record<string, unknown>;
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  /** Default: info. */
  severity?: 'info' | 'warning' | 'critical';
  /** Default: success. */
  outcome?: 'intent' | 'success' | 'failure' | 'denied';
}

/** The row of one event, to go into the batch of the mutation that it tells of (C33, A243). Secrets are cut out. */
export function auditRow(ctx: Context, entry: AuditEntry): Statement {
  const { caller } = ctx;
  return ctx.db.insert(auditEvents).values({
    id: ctx.newId('audit'),
    tenantId: entry.tenantId,
    action: entry.action,
    actorType: caller.kind,
    actorId: caller.id,
    actorName: caller.name,
    onBehalfOf: caller.personId !== undefined && caller.personId !== caller.id ? caller.personId : null,
    agentId: entry.agentId ?? null,
    targetType: entry.targetType,
    targetId: entry.targetId,
    details: redact(entry.details ?? {}),
    before: entry.before === undefined ? null : redact(entry.before),
    after: entry.after === undefined ? null : redact(entry.after),
    severity: entry.severity ?? 'info',
    outcome: entry.outcome ?? 'success',
    ipAddress: ctx.ipAddress,
    userAgent: ctx.userAgent,
    requestId: ctx.requestId,
    atMs: ctx.nowMs,
  });
}
