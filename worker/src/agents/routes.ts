import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { TENANT_AGENTS_MAX } from '@aegis/skill-sdk/limits';
import { BASE_PRESETS, NO_PERMISSIONS, normaliseNetwork, type PermissionBlock } from '@aegis/skill-sdk/permissions';
import {
  type Agent,
  AgentCreate,
  AgentList,
  Agent as AgentShape,
  AgentUpdate,
  type Base,
  BaseProposal,
} from '@aegis/skill-sdk/wire/agents';
import { id } from '@aegis/skill-sdk/wire/common';
import { Page } from '@aegis/skill-sdk/wire/paging';
import { createRoute, z } from '@hono/zod-openapi';
import { canTable } from '../auth.ts';
import { ring } from '../changes.ts';
import type { Context } from '../context.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { isUniqueViolation } from '../db.ts';
import { allowed, body, json, problem, room, signedIn } from '../http.ts';
import * as store from './store.ts';

const TenantParams = z.object({ tenantId: id('tenant') });
const AgentParams = TenantParams.extend({ agentId: id('agent') });

type BaseRow = Awaited<ReturnType<typeof store.basesOf>>[number];
type AgentRow = Awaited<ReturnType<typeof store.listAgents>>[number];

function toBase(row: BaseRow | undefined): Base | null {
  if (row === undefined) return null;
  return {
    id: row.id,
    revision: row.revision,
    permissions: row.permissions as PermissionBlock,
    state: row.decision ?? 'pending_review',
    proposedBy: { kind: row.proposedByKind as 'user', id: row.proposedById, name: row.proposedByName },
    proposedAt: toInstant(row.proposedAtMs),
    notes: row.notes,
  };
}

function toAgent(ctx: Context, row: AgentRow, bases: readonly BaseRow[]): Agent {
  const own = bases.filter((base) => base.agentId === row.id);
  const inForce = own.find((base) => base.decision === 'approved');
  const newest = own[0];
  return {
    id: row.id,
    tenantId: row.tenantId,
    name: row.name,
    clusterId: row.clusterId,
    clusterName: row.clusterName,
    selector: row.selector,
    skills: row.skills,
    base: toBase(inForce),
    proposedBase: newest === inForce ? null : toBase(newest),
    createdAt: toInstant(row.createdAtMs),
    can: canTable(
      ctx.caller,
      { tenantId: row.tenantId },
      {
        update: { action: 'agent:write' },
        remove: { action: 'agent:write' },
        install: { action: 'install:write' },
        proposeBase: { action: 'base:propose' },
      },
    ),
  };
}

async function agentById(ctx: Context, tenantId: string, agentId: string): Promise<Agent> {
  const [row] = await store.listAgents(ctx, { tenantId, agentId, after: null, limit: 1 });
  if (row === undefined) throw new AegisError('NOT_FOUND');
  return toAgent(ctx, row, await store.basesOf(ctx, tenantId));
}

async function requirePlaced(ctx: Context, tenantId: string, clusterId: string | null | undefined): Promise<void> {
  if (clusterId === null || clusterId === undefined || (await store.isPlaced(ctx, tenantId, clusterId))) return;
  throw new AegisError('VALIDATION_FAILED', {
    detail: 'The tenant is not placed in this cluster. A platform admin places it on the Clusters page.',
    errors: [{ pointer: '/clusterId', detail: 'not a cluster of this tenant' }],
  });
}

/** The proposed permissions in their long form: presets expanded, own hosts parsed. Throws VALIDATION_FAILED. */
function proposedPermissions(ask: z.infer<typeof BaseProposal>): PermissionBlock {
  const unknown = ask.presets.filter((name) => !Object.hasOwn(BASE_PRESETS, name));
  const own = normaliseNetwork(ask.network);
  const errors = [
    ...unknown.map((name) => ({
      pointer: '/presets',
      detail: `There is no preset ${name}; known are ${Object.keys(BASE_PRESETS).join(', ')}.`,
    })),
    ...own.errors.map((error) => ({ ...error, pointer: `/network${error.pointer}` })),
  ];
  if (errors.length > 0)
    throw new AegisError('VALIDATION_FAILED', { detail: 'The proposed permissions are not valid.', errors });
  return {
    ...NO_PERMISSIONS,
    network: [...ask.presets.flatMap((name) => BASE_PRESETS[name]?.network ?? []), ...own.grants],
  };
}

export const agents = room()
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/tenants/{tenantId}/agents',
      security: signedIn,
      request: { params: TenantParams, query: Page },
      responses: { 200: json(AgentList, 'Agents, oldest first'), default: problem },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      const ctx = allowed(c, 'agent:read', { tenantId });
      const { limit, cursor } = c.req.valid('query');
      const after = decodeCursor(cursor, 1);
      const [rows, bases] = [
        await store.listAgents(ctx, { tenantId, after: after === null ? null : String(after[0]), limit }),
        await store.basesOf(ctx, tenantId),
      ];
      const page = pageOf(rows, limit, (row) => [row.id]);
      return c.json({ agents: page.rows.map((row) => toAgent(ctx, row, bases)), nextCursor: page.nextCursor }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/tenants/{tenantId}/agents',
      security: signedIn,
      request: { params: TenantParams, body: body(AgentCreate) },
      responses: {
        201: json(AgentShape, 'The agent; it reaches nothing until a skill or a base is approved'),
        default: problem,
      },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      const ctx = allowed(c, 'agent:write', { tenantId });
      const { name, clusterId, selector } = c.req.valid('json');
      await requirePlaced(ctx, tenantId, clusterId);
      if ((await store.countAgents(ctx, tenantId)) >= TENANT_AGENTS_MAX) {
        throw new AegisError('QUOTA_EXCEEDED', {
          detail: `The tenant has ${TENANT_AGENTS_MAX} agents, which is the most. Remove one first.`,
        });
      }
      const agentId = ctx.newId('agent');
      const labels = selector ?? { matchLabels: { tenant: tenantId, 'aegis.dev/agent': agentId } };
      await store.createAgent(ctx, { id: agentId, tenantId, name, clusterId, selector: labels }).catch((cause) => {
        if (!isUniqueViolation(cause)) throw cause;
        throw new AegisError('ALREADY_EXISTS', {
          detail: `The tenant has an agent with the name ${name} already.`,
          cause,
        });
      });
      c.executionCtx.waitUntil(ring(ctx, { tenantId }));
      return c.json(await agentById(ctx, tenantId, agentId), 201);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/tenants/{tenantId}/agents/{agentId}',
      security: signedIn,
      request: { params: AgentParams },
      responses: { 200: json(AgentShape, 'One agent'), default: problem },
    }),
    async (c) => {
      const { tenantId, agentId } = c.req.valid('param');
      return c.json(await agentById(allowed(c, 'agent:read', { tenantId }), tenantId, agentId), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'patch',
      path: '/api/tenants/{tenantId}/agents/{agentId}',
      security: signedIn,
      request: { params: AgentParams, body: body(AgentUpdate) },
      responses: { 200: json(AgentShape, 'Changed'), default: problem },
    }),
    async (c) => {
      const { tenantId, agentId } = c.req.valid('param');
      const ctx = allowed(c, 'agent:write', { tenantId });
      const ask = c.req.valid('json');
      const { clusterId, selector } = await agentById(ctx, tenantId, agentId);
      await requirePlaced(ctx, tenantId, ask.clusterId);
      await store.changeAgent(
        ctx,
        { id: agentId, tenantId },
        { clusterId, selector },
        {
          ...(ask.clusterId === undefined ? {} : { clusterId: ask.clusterId }),
          selector: ask.selector ?? selector,
        },
      );
      c.executionCtx.waitUntil(ring(ctx, { tenantId }));
      return c.json(await agentById(ctx, tenantId, agentId), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/tenants/{tenantId}/agents/{agentId}',
      security: signedIn,
      request: { params: AgentParams },
      responses: {
        200: json(z.object({ ok: z.literal(true) }), 'Removed, with everything it was allowed'),
        default: problem,
      },
    }),
    async (c) => {
      const { tenantId, agentId } = c.req.valid('param');
      const ctx = allowed(c, 'agent:write', { tenantId });
      const { name } = await agentById(ctx, tenantId, agentId);
      await store.changeAgent(ctx, { id: agentId, tenantId }, { name }, { removedAtMs: ctx.nowMs });
      c.executionCtx.waitUntil(ring(ctx, { tenantId }));
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'put',
      path: '/api/tenants/{tenantId}/agents/{agentId}/base',
      security: signedIn,
      request: { params: AgentParams, body: body(BaseProposal) },
      responses: { 202: json(AgentShape, 'Proposed; a reviewer decides'), default: problem },
    }),
    async (c) => {
      const { tenantId, agentId } = c.req.valid('param');
      const ctx = allowed(c, 'base:propose', { tenantId });
      const permissions = proposedPermissions(c.req.valid('json'));
      const agent = await agentById(ctx, tenantId, agentId);
      const revision = Math.max(agent.base?.revision ?? 0, agent.proposedBase?.revision ?? 0) + 1;
      await store
        .proposeBase(ctx, { id: ctx.newId('base'), tenantId, agentId, revision, permissions })
        .catch((cause) => {
          if (!isUniqueViolation(cause)) throw cause;
          throw new AegisError('STATE_CONFLICT', {
            detail: 'Somebody proposed other permissions at the same moment. Read them and try again.',
            cause,
          });
        });
      return c.json(await agentById(ctx, tenantId, agentId), 202);
    },
  );
