import { toInstant } from '@aegis/skill-sdk/clock';
import { type AuditEvent, AuditList, AuditQuery } from '@aegis/skill-sdk/wire/audit';
import { createRoute } from '@hono/zod-openapi';
import { can, requireCan } from '../auth.ts';
import type { Context } from '../context.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { json, problem, room, signedIn } from '../http.ts';
import { listEvents } from './store.ts';

function toEvent(row: Awaited<ReturnType<typeof listEvents>>[number]): AuditEvent {
  return {
    id: row.id,
    tenantId: row.tenantId,
    action: row.action,
    actor: { kind: row.actorType as 'user', id: row.actorId, name: row.actorName },
    targetType: row.targetType,
    targetId: row.targetId,
    details: row.details,
    severity: row.severity,
    outcome: row.outcome,
    requestId: row.requestId,
    at: toInstant(row.atMs),
  };
}

function visibleTenants(ctx: Context, asked: string | undefined): string[] | null {
  if (asked !== undefined) {
    requireCan(ctx.caller, 'audit:read', { tenantId: asked === 'platform' ? null : asked });
    return [asked];
  }
  if (can(ctx.caller, 'audit:read', { tenantId: null })) return null;
  const own = [...ctx.caller.tenants.keys()].filter((tenantId) => can(ctx.caller, 'audit:read', { tenantId }));
  if (own.length === 0) requireCan(ctx.caller, 'audit:read', { tenantId: [...ctx.caller.tenants.keys()][0] ?? null });
  return own;
}

export const audit = room().openapi(
  createRoute({
    method: 'get',
    path: '/api/audit',
    security: signedIn,
    request: { query: AuditQuery },
    responses: { 200: json(AuditList, 'Who did what, newest first'), default: problem },
  }),
  async (c) => {
    const { ctx } = c.var;
    const { limit, cursor, tenantId, action, targetId } = c.req.valid('query');
    const after = decodeCursor(cursor, 1);
    const rows = await listEvents(
      ctx,
      { tenantIds: visibleTenants(ctx, tenantId), action, targetId },
      after === null ? null : String(after[0]),
      limit,
    );
    const page = pageOf(rows, limit, (row) => [row.id]);
    return c.json({ events: page.rows.map(toEvent), nextCursor: page.nextCursor }, 200);
  },
);
