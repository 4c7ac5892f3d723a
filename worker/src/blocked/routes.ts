import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import {
  BlockedAck,
  BlockedBatch,
  BlockedList,
  BlockedQuery,
  type BlockedReason,
  type BlockedRequest,
} from '@aegis/skill-sdk/wire/blocked';
import { id } from '@aegis/skill-sdk/wire/common';
import { createRoute, z } from '@hono/zod-openapi';
import { can, requireCan } from '../auth.ts';
import type { Context } from '../context.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { body, json, problem, room, signedIn } from '../http.ts';
import * as store from './store.ts';

type Row = Awaited<ReturnType<typeof store.listEvents>>[number];

function toBlocked({ row, tenantName, agentName, clusterName }: Row): BlockedRequest {
  return {
    id: row.id,
    tenantId: row.tenantId,
    tenantName,
    agentId: row.agentId,
    agentName,
    clusterId: row.clusterId,
    clusterName,
    kind: row.kind,
    pod: row.podName === null ? null : `${row.podNamespace}/${row.podName}`,
    skill:
      row.skillName === null || row.skillVersion === null ? null : { name: row.skillName, version: row.skillVersion },
    sourceIp: row.sourceIp,
    destinationHost: row.destinationHost,
    destinationIp: row.destinationIp,
    destinationPort: row.destinationPort,
    protocol: row.protocol,
    verdict: row.verdict,
    reason: row.reason as BlockedReason,
    policyRevision: row.policyRevision,
    count: row.count,
    firstAt: toInstant(row.firstAtMs),
    lastAt: toInstant(row.lastAtMs),
    createdAt: toInstant(row.createdAtMs),
  };
}

/** Which tenants the caller sees: the one asked for, all (platform), or their own. */
function visibleTenants(ctx: Context, asked: string | undefined): string[] | null {
  if (asked !== undefined) {
    requireCan(ctx.caller, 'blocked:read', { tenantId: asked });
    return [asked];
  }
  if (can(ctx.caller, 'blocked:read', { tenantId: null })) return null;
  const own = [...ctx.caller.tenants.keys()].filter((tenantId) => can(ctx.caller, 'blocked:read', { tenantId }));
  if (own.length === 0) requireCan(ctx.caller, 'blocked:read', { tenantId: [...ctx.caller.tenants.keys()][0] ?? null });
  return own;
}

export const blocked = room()
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/clusters/{clusterId}/blocked',
      security: signedIn,
      request: { params: z.object({ clusterId: id('cluster') }), body: body(BlockedBatch) },
      responses: { 200: json(BlockedAck, 'Stored, or stored before'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { clusterId } = c.req.valid('param');
      requireCan(ctx.caller, 'blocked:write', { tenantId: null });
      if (ctx.caller.id !== clusterId) throw new AegisError('NOT_FOUND');
      const { bootId, events } = c.req.valid('json');
      const placed = events.filter((event) => ctx.caller.tenants.has(event.tenantId));
      await store.insertEvents(ctx, { clusterId, bootId }, placed);
      const refused = events.filter((event) => !ctx.caller.tenants.has(event.tenantId)).map((event) => event.seq);
      return c.json({ ackedSeq: Math.max(...events.map((event) => event.seq)), refused }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/blocked',
      security: signedIn,
      request: { query: BlockedQuery },
      responses: { 200: json(BlockedList, 'Blocked requests, newest first'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { limit, cursor, tenantId, ...filters } = c.req.valid('query');
      const filter = { ...filters, tenantIds: visibleTenants(ctx, tenantId) };
      const after = decodeCursor(cursor, 1);
      const page = pageOf(
        await store.listEvents(ctx, filter, after === null ? null : String(after[0]), limit),
        limit,
        ({ row }) => [row.id],
      );
      return c.json(
        {
          blockedRequests: page.rows.map(toBlocked),
          ...(await store.countEvents(ctx, filter)),
          nextCursor: page.nextCursor,
        },
        200,
      );
    },
  );
