import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { proveLeaf } from '@aegis/skill-sdk/merkle';
import {
  type AuditFilter as Asked,
  AuditCheckpoint,
  AuditExportQuery,
  AuditInclusion,
  AuditList,
  AuditLogQuery,
  AuditQuery,
  AuditVerification,
} from '@aegis/skill-sdk/wire/audit';
import { id } from '@aegis/skill-sdk/wire/common';
import { createRoute, z } from '@hono/zod-openapi';
import { can, requireCan } from '../auth.ts';
import type { Context } from '../context.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { body, json, problem, room, signedIn } from '../http.ts';
import { exportEvents } from './export.ts';
import { placeOf } from './log-store.ts';
import { readHashes } from './prove.ts';
import { ringLogs, sequenceLog } from './ring-logs.ts';
import { findEvent, hasLog, listEvents, recordEvent, recordRead } from './store.ts';
import { toEvent } from './to-event.ts';
import { verifyLog } from './verify.ts';

/** The logs that are asked for: one, or all that the caller may read; null: every one. */
type Choose = (ctx: Context, asked: string | undefined) => string[] | null;

/** The logs of a request; NOT_FOUND for one that nobody ever wrote to. */
async function chooseLogs(ctx: Context, choose: Choose, asked: string | undefined): Promise<string[] | null> {
  const chosen = choose(ctx, asked);
  if (asked !== undefined && !(await hasLog(ctx, asked))) throw new AegisError('NOT_FOUND');
  return chosen;
}

/** A tenant's people see their tenants' logs. */
const ofTenants: Choose = (ctx, asked) => {
  if (asked !== undefined) {
    requireCan(ctx.caller, 'audit:read', { tenantId: asked === 'platform' ? null : asked });
    return [asked];
  }
  if (can(ctx.caller, 'audit:read', { tenantId: null })) return null;
  const own = [...ctx.caller.tenants.keys()].filter((tenantId) => can(ctx.caller, 'audit:read', { tenantId }));
  if (own.length === 0) requireCan(ctx.caller, 'audit:read', { tenantId: [...ctx.caller.tenants.keys()][0] ?? null });
  return own;
};

/** People of the platform see every log. */
const ofPlatform: Choose = (ctx, asked) => {
  requireCan(ctx.caller, 'audit:read', { tenantId: null });
  return asked === undefined ? null : [asked];
};

const Text = { schema: z.string() };

/** The same doors below two prefixes: a tenant's own, and the platform's (X2). */
function auditRoutes(prefix: '/api/audit-logs' | '/api/admin/audit-logs', choose: Choose) {
  return room()
    .openapi(
      createRoute({
        method: 'get',
        path: prefix,
        security: signedIn,
        request: { query: AuditQuery },
        responses: { 200: json(AuditList, 'Who did what, newest first; reading it is an event too'), default: problem },
      }),
      async (c) => {
        const { ctx } = c.var;
        const { limit, cursor, tenantId, ...filter } = c.req.valid('query');
        const after = decodeCursor(cursor, 1);
        const tenantIds = await chooseLogs(ctx, choose, tenantId);
        const rows = await listEvents(ctx, { ...filter, tenantIds }, after === null ? null : String(after[0]), limit);
        for (const read of readLogs(tenantIds)) await recordRead(ctx, read);
        ringLogs(c.env, c.executionCtx, Date.now());
        const page = pageOf(rows, limit, (row) => [row.id]);
        return c.json({ events: page.rows.map(toEvent), nextCursor: page.nextCursor }, 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: `${prefix}/export`,
        security: signedIn,
        request: { query: AuditExportQuery },
        responses: {
          200: {
            description: 'Up to 10,000 events as a file; NDJSON ends with the proof that `aegis audit verify` checks',
            content: {
              'text/csv': Text,
              'application/x-ndjson': Text,
              'application/json': { schema: AuditList.pick({ events: true }) },
            },
          },
          default: problem,
        },
      }),
      async (c) => {
        const { ctx } = c.var;
        const { format, since, tenantId, ...filter } = c.req.valid('query');
        const tenantIds = await chooseLogs(ctx, choose, tenantId);
        const asked = given(filter);
        const { text, events, type } = await exportEvents(ctx, {
          format,
          since,
          asked,
          filter: { ...filter, tenantIds },
        });
        for (const log of readLogs(tenantIds))
          await recordEvent(ctx, {
            action: 'audit:export',
            ...aboutLog(log),
            details: { format, events, filter: asked },
          });
        ringLogs(c.env, c.executionCtx, Date.now());
        const name = `audit-${tenantId ?? 'all'}-${toInstant(ctx.nowMs).slice(0, 10)}.${format}`;
        return c.body(text, 200, {
          'content-type': type,
          'content-disposition': `attachment; filename="${name}"`,
        }) as never;
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: `${prefix}/verify`,
        security: signedIn,
        request: { body: body(AuditLogQuery) },
        responses: {
          200: json(AuditVerification, 'Integrity and completeness of a whole log, told apart'),
          default: problem,
        },
      }),
      async (c) => {
        const { ctx } = c.var;
        const { tenantId } = c.req.valid('json');
        await chooseLogs(ctx, choose, tenantId);
        const report = await verifyLog(ctx, tenantId);
        const isGood = report.integrity.ok && report.completeness.ok;
        const { size, integrity, completeness } = report;
        await recordEvent(ctx, {
          action: 'audit:verify',
          ...aboutLog(tenantId),
          severity: isGood ? 'info' : 'critical',
          outcome: isGood ? 'success' : 'failure',
          details: { size, integrity: integrity.ok, completeness: completeness.ok },
        });
        return c.json(report, 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: `${prefix}/checkpoint`,
        security: signedIn,
        request: { query: AuditLogQuery },
        responses: { 200: json(AuditCheckpoint, 'The signed state of a log, as a C2SP signed note'), default: problem },
      }),
      async (c) => {
        const { tenantId } = c.req.valid('query');
        await chooseLogs(c.var.ctx, choose, tenantId);
        const { atMs, ...checkpoint } = (await sequenceLog(c.env, tenantId, true)).checkpoint;
        return c.json({ ...checkpoint, at: toInstant(atMs) }, 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: `${prefix}/{eventId}/proof`,
        security: signedIn,
        request: { params: z.object({ eventId: id('audit') }) },
        responses: {
          200: json(AuditInclusion, 'That this event stands in its log, under a signed checkpoint'),
          default: problem,
        },
      }),
      async (c) => {
        const { ctx } = c.var;
        const row = await findEvent(ctx, c.req.valid('param').eventId);
        if (row === null) throw new AegisError('NOT_FOUND');
        const { tenantId } = row;
        choose(ctx, tenantId);
        const { atMs, ...checkpoint } = (await sequenceLog(c.env, tenantId, true)).checkpoint;
        const place = await placeOf(ctx.db, row.id);
        if (place === null || place.seq >= checkpoint.size)
          throw new AegisError('NOT_FOUND', { detail: 'This event has no place in the log.' });
        const { seq, leaf } = place;
        const hashOf = await readHashes(ctx.db, tenantId, { size: checkpoint.size, seqs: [seq] });
        const proof = proveLeaf(seq, checkpoint.size, hashOf);
        return c.json(
          { event: toEvent(row), seq, leaf, proof, checkpoint: { ...checkpoint, at: toInstant(atMs) } },
          200,
        );
      },
    );
}

/** Who reads every log at once leaves one event, in the platform's. */
function readLogs(tenantIds: string[] | null): string[] {
  return tenantIds ?? ['platform'];
}

function aboutLog(tenantId: string) {
  return { tenantId, targetType: 'audit_log', targetId: tenantId };
}

function given(filter: Omit<Asked, 'tenantId'>): Record<string, string> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

export const audit = room()
  .route('/', auditRoutes('/api/audit-logs', ofTenants))
  .route('/', auditRoutes('/api/admin/audit-logs', ofPlatform));
