import { and, desc, eq, inArray, lt } from 'drizzle-orm';
import type { Context } from '../context.ts';
import { auditEvents } from '../schema/clusters.ts';

export interface AuditFilter {
  /** Null: all tenants and the platform. */
  tenantIds: string[] | null;
  action?: string | undefined;
  targetId?: string | undefined;
}

/** Newest first. */
export async function listEvents(ctx: Context, filter: AuditFilter, after: string | null, limit: number) {
  return await ctx.db
    .select()
    .from(auditEvents)
    .where(
      and(
        filter.tenantIds === null ? undefined : inArray(auditEvents.tenantId, filter.tenantIds),
        filter.action === undefined ? undefined : eq(auditEvents.action, filter.action),
        filter.targetId === undefined ? undefined : eq(auditEvents.targetId, filter.targetId),
        after === null ? undefined : lt(auditEvents.id, after),
      ),
    )
    .orderBy(desc(auditEvents.id))
    .limit(limit + 1);
}
