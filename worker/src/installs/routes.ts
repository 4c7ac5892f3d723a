import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { type Install, InstallList, InstallRequest, Install as InstallShape } from '@aegis/skill-sdk/wire/agents';
import { id } from '@aegis/skill-sdk/wire/common';
import { Page } from '@aegis/skill-sdk/wire/paging';
import { createRoute, z } from '@hono/zod-openapi';
import { requireCan } from '../auth.ts';
import { ring } from '../changes.ts';
import type { Context } from '../context.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { isUniqueViolation } from '../db.ts';
import { allowed, body, json, problem, room, signedIn } from '../http.ts';
import { type Candidate, planInstall, rollbackTarget } from './install.ts';
import * as store from './store.ts';

const AgentParams = z.object({ tenantId: id('tenant'), agentId: id('agent') });
const InstallParams = AgentParams.extend({
  name: z
    .string()
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
    .max(64),
});
const path = '/api/tenants/{tenantId}/agents/{agentId}/skills/private';

type Row = Awaited<ReturnType<typeof store.currentOf>>[number];
type History = Awaited<ReturnType<typeof store.historyOf>>;

/** The true state in the cluster: an acknowledgement of an older revision says nothing about this install. */
function enforcementOf(row: Row): Install['enforcement'] {
  if (row.clusterId === null) return 'no_cluster';
  if (row.ackRevision === null || row.ackState === null || row.ackEnforcement === null) return 'pending';
  if (row.ackState === 'failed') return 'failed';
  return row.ackRevision < row.wantedRevision ? 'pending' : row.ackEnforcement;
}

const candidatesOf = (history: History): Candidate[] =>
  history.flatMap(({ id: versionId, name, version, status }) =>
    versionId === null || version === null || status === null ? [] : [{ id: versionId, name, version, status }],
  );

async function toInstall(ctx: Context, row: Row): Promise<Install> {
  const target = rollbackTarget(
    candidatesOf(await store.historyOf(ctx, row.tenantId, row.agentId, row.name)),
    row.versionId,
  );
  return {
    agentId: row.agentId,
    agentName: row.agentName,
    tenantId: row.tenantId,
    name: row.name,
    privateSkillId: row.versionId,
    version: row.version,
    status: row.status,
    archiveDigest: row.archiveDigest,
    contentDigest: row.contentDigest,
    rollbackTo: target === null ? null : { privateSkillId: target.id, version: target.version },
    enforcement: enforcementOf(row),
    warning: row.status === 'approved' ? null : `${row.name} ${row.version} is ${row.status}.`,
    installedBy: { kind: row.actorKind as 'user', id: row.actorId, name: row.actorName },
    installedAt: toInstant(row.atMs),
    revision: row.revision,
  };
}

async function requireAgent(ctx: Context, tenantId: string, agentId: string): Promise<void> {
  if ((await store.agentOf(ctx, tenantId, agentId)) === undefined)
    throw new AegisError('NOT_FOUND', { detail: 'The tenant has no such agent.' });
}

/** Appends and answers with what is there now; a lost race says so. */
async function appendAndRead(ctx: Context, event: store.NewEvent, before: string | null): Promise<Row | undefined> {
  await store.append(ctx, event, before).catch((cause) => {
    if (!isUniqueViolation(cause)) throw cause;
    throw new AegisError('STATE_CONFLICT', {
      detail: 'Somebody changed this install at the same moment. Read it and try again.',
      cause,
    });
  });
  const { tenantId, agentId, skillName } = event;
  const [row] = await store.currentOf(ctx, { tenantId, agentId, skillName, after: null, limit: 1 });
  return row;
}

async function put(
  ctx: Context,
  target: { tenantId: string; agentId: string },
  candidate: Candidate,
): Promise<{ row: Row; created: boolean }> {
  const [last] = await store.historyOf(ctx, target.tenantId, target.agentId, candidate.name);
  const planned = planInstall(
    candidate,
    last === undefined ? null : { revision: last.revision, versionId: last.id, version: last.version },
  );
  const at = { ...target, skillName: candidate.name };
  const row =
    planned === null
      ? (await store.currentOf(ctx, { ...at, after: null, limit: 1 }))[0]
      : await appendAndRead(
          ctx,
          { ...at, revision: planned.revision, action: planned.action, versionId: planned.versionId },
          last?.id ?? null,
        );
  if (row === undefined)
    throw new AegisError('STATE_CONFLICT', { detail: 'The install was removed at the same moment.' });
  return { row, created: planned !== null };
}

export const installs = room()
  .openapi(
    createRoute({
      method: 'get',
      path,
      security: signedIn,
      request: { params: AgentParams, query: Page },
      responses: { 200: json(InstallList, 'What this agent runs'), default: problem },
    }),
    async (c) => {
      const { tenantId, agentId } = c.req.valid('param');
      const ctx = allowed(c, 'install:read', { tenantId });
      await requireAgent(ctx, tenantId, agentId);
      const { limit, cursor } = c.req.valid('query');
      const after = decodeCursor(cursor, 1);
      const page = pageOf(
        await store.currentOf(ctx, { tenantId, agentId, after: after === null ? null : String(after[0]), limit }),
        limit,
        (row) => [row.id],
      );
      const shown = [];
      for (const row of page.rows) shown.push(await toInstall(ctx, row));
      return c.json({ installs: shown, nextCursor: page.nextCursor }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path,
      security: signedIn,
      request: { params: AgentParams, body: body(InstallRequest) },
      responses: {
        200: json(InstallShape, 'It was there already'),
        201: json(InstallShape, 'Installed; clusters follow'),
        default: problem,
      },
    }),
    async (c) => {
      const { tenantId, agentId } = c.req.valid('param');
      const ctx = allowed(c, 'install:write', { tenantId });
      await requireAgent(ctx, tenantId, agentId);
      const candidate = await store.versionOf(ctx, tenantId, c.req.valid('json').privateSkillId);
      if (candidate === undefined)
        throw new AegisError('NOT_FOUND', { detail: 'The tenant has no such version of a skill.' });
      const { row, created } = await put(ctx, { tenantId, agentId }, candidate);
      if (created) c.executionCtx.waitUntil(ring(ctx, { tenantId }));
      return c.json(await toInstall(ctx, row), created ? 201 : 200);
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: `${path}/{name}`,
      security: signedIn,
      request: { params: InstallParams },
      responses: {
        200: json(z.object({ ok: z.literal(true) }), 'Uninstalled; what only it had opened closes'),
        default: problem,
      },
    }),
    async (c) => {
      const { tenantId, agentId, name } = c.req.valid('param');
      const ctx = allowed(c, 'install:write', { tenantId });
      await requireAgent(ctx, tenantId, agentId);
      const [last] = await store.historyOf(ctx, tenantId, agentId, name);
      if (last === undefined || last.id === null)
        throw new AegisError('NOT_FOUND', { detail: `${name} is not installed on this agent.` });
      await appendAndRead(
        ctx,
        { tenantId, agentId, skillName: name, revision: last.revision + 1, action: 'uninstall', versionId: null },
        last.id,
      );
      c.executionCtx.waitUntil(ring(ctx, { tenantId }));
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: `${path}/{name}/rollback`,
      security: signedIn,
      request: { params: InstallParams },
      responses: { 200: json(InstallShape, 'The version before'), default: problem },
    }),
    async (c) => {
      const { tenantId, agentId, name } = c.req.valid('param');
      const ctx = allowed(c, 'install:write', { tenantId });
      await requireAgent(ctx, tenantId, agentId);
      const history = await store.historyOf(ctx, tenantId, agentId, name);
      const current = history[0];
      if (current === undefined || current.id === null)
        throw new AegisError('NOT_FOUND', { detail: `${name} is not installed on this agent.` });
      const target = rollbackTarget(candidatesOf(history), current.id);
      if (target === null)
        throw new AegisError('STATE_CONFLICT', {
          detail: `There is no earlier version of ${name} on this agent that may still be installed.`,
        });
      const row = await appendAndRead(
        ctx,
        {
          tenantId,
          agentId,
          skillName: name,
          revision: current.revision + 1,
          action: 'rollback',
          versionId: target.id,
        },
        current.id,
      );
      if (row === undefined)
        throw new AegisError('STATE_CONFLICT', { detail: 'The install was removed at the same moment.' });
      c.executionCtx.waitUntil(ring(ctx, { tenantId }));
      return c.json(await toInstall(ctx, row), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/skills/private/{id}/installs',
      security: signedIn,
      request: { params: z.object({ id: id('version') }), query: Page },
      responses: { 200: json(InstallList, 'Who uses this skill, in any version'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const skill = await store.skillOf(ctx, c.req.valid('param').id);
      requireCan(ctx.caller, 'install:read', { tenantId: skill?.tenantId ?? null });
      if (skill === undefined) throw new AegisError('NOT_FOUND');
      const { limit, cursor } = c.req.valid('query');
      const after = decodeCursor(cursor, 1);
      const rows = await store.currentOf(ctx, {
        tenantId: skill.tenantId,
        skillName: skill.name,
        after: after === null ? null : String(after[0]),
        limit,
      });
      const page = pageOf(rows, limit, (row) => [row.id]);
      const shown = [];
      for (const row of page.rows) shown.push(await toInstall(ctx, row));
      return c.json({ installs: shown, nextCursor: page.nextCursor }, 200);
    },
  );
