import { AegisError } from '@aegis/skill-sdk/errors';
import { id } from '@aegis/skill-sdk/wire/common';
import { StaticReport } from '@aegis/skill-sdk/wire/reports';
import { ApprovalEnvelope, SkillDiff, SkillFileContent, SkillFiles } from '@aegis/skill-sdk/wire/skills';
import { createRoute, z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { getBlob } from '../../blobs.ts';
import type { AppEnv } from '../../context.ts';
import { json, notModified, problem, room, signedIn } from '../../http.ts';
import { toDiff } from '../../version-wire.ts';
import { isStale, requeueStale } from '../analyse-queued.ts';
import { requireReadable } from '../tenant-of.ts';
import { compareFile, listFiles, readFiles } from './package-files.ts';
import * as store from './store.ts';

const VersionParams = z.object({ id: id('version') });
const refOf = (row: { tenantId: string; packageChecksum: string }) => ({
  tenantId: row.tenantId,
  archiveDigest: row.packageChecksum,
});

/** The version of a request, when the caller may read it. */
async function readable(c: HonoContext<AppEnv>, versionId: string) {
  const { ctx } = c.var;
  const row = await store.versionById(ctx, versionId);
  requireReadable(ctx.caller, row);
  return row;
}

/** What is inside one version, and what was found out about it. */
export const packageRoutes = room()
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/skills/private/{id}/report',
      security: signedIn,
      request: { params: VersionParams },
      responses: { 200: json(StaticReport, 'The exact bytes that the report digest covers'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const row = await readable(c, c.req.valid('param').id);
      if (isStale({ state: row.reportState, createdAtMs: row.reportCreatedAtMs }, ctx.nowMs)) {
        c.executionCtx.waitUntil(requeueStale(ctx));
      }
      if (row.reportState === 'failed') {
        throw new AegisError('NOT_FOUND', { detail: 'The analysis of this version failed, so there is no report.' });
      }
      if (row.reportState !== 'done' || row.reportDigest === null) throw new AegisError('ANALYSIS_PENDING');
      const same = notModified(c, `"${row.reportDigest}"`);
      if (same !== null) return same as never;
      const bytes = await getBlob(ctx.env.ARTIFACTS, 'report', row.tenantId, row.reportDigest);
      return c.body(bytes as Uint8Array<ArrayBuffer>, 200, { 'content-type': 'application/json' }) as never;
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/skills/private/{id}/files',
      security: signedIn,
      request: { params: VersionParams },
      responses: { 200: json(SkillFiles, 'Every file of the package'), default: problem },
    }),
    async (c) => {
      const row = await readable(c, c.req.valid('param').id);
      return c.json({ files: await listFiles(await readFiles(c.var.ctx, refOf(row))) }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/skills/private/{id}/file',
      security: signedIn,
      request: { params: VersionParams, query: z.object({ path: z.string().min(1).max(1024) }) },
      responses: { 200: json(SkillFileContent, 'One file beside its last approved form'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const row = await readable(c, c.req.valid('param').id);
      const baseline = await store.baselineOf(ctx, row.baselineId);
      const approved = baseline === null ? null : await readFiles(ctx, baseline);
      const files = await readFiles(ctx, refOf(row));
      return c.json(compareFile(files, approved, c.req.valid('query').path), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/skills/private/{id}/diff',
      security: signedIn,
      request: { params: VersionParams },
      responses: { 200: json(SkillDiff, 'Permissions against the last approved version'), default: problem },
    }),
    async (c) => {
      const row = await readable(c, c.req.valid('param').id);
      return c.json(toDiff(await store.baselineOf(c.var.ctx, row.baselineId), row.permissions), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/skills/private/{id}/approval',
      security: signedIn,
      request: { params: VersionParams },
      responses: { 200: json(ApprovalEnvelope, 'The signed approval (DSSE)'), default: problem },
    }),
    async (c) => {
      const row = await readable(c, c.req.valid('param').id);
      const approval = row.approvalId === null ? undefined : await store.approvalOf(c.var.ctx, row.approvalId);
      if (approval === undefined || approval.envelope === null) {
        throw new AegisError('NOT_FOUND', { detail: `${row.name} ${row.version} was never approved.` });
      }
      return c.json(approval.envelope as unknown as z.infer<typeof ApprovalEnvelope>, 200);
    },
  );
