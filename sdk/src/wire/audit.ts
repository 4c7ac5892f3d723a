import { z } from 'zod';
import { Actor, Instant, id } from './common.ts';
import { NextCursor, Page } from './paging.ts';

export const AuditEvent = z
  .object({
    id: id('audit'),
    tenantId: z.string().meta({ description: 'A tenant id, or `platform`' }),
    action: z.string(),
    actor: Actor,
    targetType: z.string(),
    targetId: z.string(),
    details: z.record(z.string(), z.unknown()),
    severity: z.enum(['info', 'warning', 'critical']),
    outcome: z.enum(['intent', 'success', 'failure', 'denied']),
    requestId: z.string(),
    at: Instant,
  })
  .meta({ id: 'AuditEvent' });
export type AuditEvent = z.infer<typeof AuditEvent>;
export const AuditQuery = Page.extend({
  tenantId: z.string().optional(),
  action: z.string().optional(),
  targetId: z.string().optional(),
});
export const AuditList = z.object({ events: z.array(AuditEvent), nextCursor: NextCursor }).meta({ id: 'AuditList' });
