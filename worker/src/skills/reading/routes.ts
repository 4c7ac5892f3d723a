import { AegisError } from '@aegis/skill-sdk/errors';
import { id } from '@aegis/skill-sdk/wire/common';
import { Page } from '@aegis/skill-sdk/wire/paging';
import { PublishAttempt, SkillDetail, SkillList, SkillQuery, VersionList } from '@aegis/skill-sdk/wire/skills';
import { createRoute, z } from '@hono/zod-openapi';
import { can } from '../../auth.ts';
import { decodeCursor, pageOf } from '../../cursor.ts';
import { json, problem, room, signedIn } from '../../http.ts';
import { toSummary } from '../../version-wire.ts';
import { isStale, requeueStale } from '../analyse-queued.ts';
import { readableTenants, requireReadable } from '../tenant-of.ts';
import { toAttempt, toSkill } from './skill-wire.ts';
import * as store from './store.ts';

const VersionParams = z.object({ id: id('version') });

const afterOf = (cursor: string | undefined) => {
  const after = decodeCursor(cursor, 1);
  return after === null ? null : String(after[0]);
};

/** Lists, one version, and where an upload is. */
export const readingRoutes = room()
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/skills/private',
      security: signedIn,
      request: { query: SkillQuery },
      responses: { 200: json(SkillList, 'The newest version of each skill, newest first'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { tenantId, limit, cursor, all, name, q, status } = c.req.valid('query');
      if (ctx.caller.kind === 'cluster')
        throw new AegisError('FORBIDDEN', { detail: 'A cluster reads packages by digest.' });
      const tenantIds = readableTenants(ctx.caller, tenantId);
      const filter = {
        tenantIds,
        q,
        status,
        name,
        all: all === true || name !== undefined,
        after: afterOf(cursor),
        limit,
      };
      const page = pageOf(await store.listVersions(ctx, filter), limit, (row) => [row.id]);
      if (page.rows.some((row) => isStale({ state: row.reportState, createdAtMs: row.createdAtMs }, ctx.nowMs))) {
        c.executionCtx.waitUntil(requeueStale(ctx));
      }
      return c.json({ skills: page.rows.map(toSummary), nextCursor: page.nextCursor }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/skills/private/attempts/{attemptId}',
      security: signedIn,
      request: { params: z.object({ attemptId: id('attempt') }) },
      responses: { 200: json(PublishAttempt, 'Where the upload is, or why it failed'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const row = await store.attemptById(ctx, c.req.valid('param').attemptId);
      const subject = { tenantId: row?.tenantId ?? null };
      // A key that may only publish follows its own upload.
      if (!can(ctx.caller, 'skill:publish', subject)) requireReadable(ctx.caller, row);
      if (row === undefined) throw new AegisError('NOT_FOUND');
      const report = { state: row.version?.reportState ?? null, createdAtMs: row.version?.reportCreatedAtMs ?? null };
      if (isStale(report, ctx.nowMs)) c.executionCtx.waitUntil(requeueStale(ctx));
      return c.json(toAttempt(row, ctx.nowMs), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/skills/private/{id}',
      security: signedIn,
      request: { params: VersionParams },
      responses: { 200: json(SkillDetail, 'One version, and how many agents run the skill'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const found = await store.skillById(ctx, c.req.valid('param').id);
      const row = found?.row;
      requireReadable(ctx.caller, row);
      const report = { state: row.reportState, createdAtMs: row.reportCreatedAtMs };
      if (isStale(report, ctx.nowMs)) c.executionCtx.waitUntil(requeueStale(ctx));
      const skill = toSkill(ctx.caller, row, found?.decisions ?? [], found?.queuePosition ?? null);
      return c.json({ skill, installationCount: row.agents }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/skills/private/{id}/versions',
      security: signedIn,
      request: { params: VersionParams, query: Page },
      responses: { 200: json(VersionList, 'Every version of the same skill, newest first'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const row = await store.versionById(ctx, c.req.valid('param').id);
      requireReadable(ctx.caller, row);
      const { limit, cursor } = c.req.valid('query');
      const rows = await store.versionsOf(ctx, row, { after: afterOf(cursor), limit });
      const page = pageOf(rows, limit, (version) => [version.id]);
      return c.json({ versions: page.rows.map(toSummary), nextCursor: page.nextCursor }, 200);
    },
  );
