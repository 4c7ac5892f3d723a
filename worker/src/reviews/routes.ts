import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { diffPermissions, type PermissionBlock } from '@aegis/skill-sdk/permissions';
import { id } from '@aegis/skill-sdk/wire/common';
import {
  ReviewAnswer,
  ReviewQuery,
  ReviewRequest,
  type ReviewTask,
  ReviewTaskList,
  ReviewWorkspace,
} from '@aegis/skill-sdk/wire/reviews';
import { createRoute, z } from '@hono/zod-openapi';
import { getBlob } from '../blobs.ts';
import { ring } from '../changes.ts';
import type { Context } from '../context.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { body, json, problem, room, signedIn } from '../http.ts';
import { toDecision, toReportSummary, toSummary } from '../version-wire.ts';
import { baseRoutes } from './bases/routes.ts';
import { type BaseRow, pendingBases } from './bases/store.ts';
import { decide, requireReviewReader } from './decide.ts';
import { markRoutes } from './mark-routes.ts';
import { baselineReport, type Loading, loadUnderReview, recordDecision, signDecision } from './review.ts';
import * as store from './store.ts';
import { fileChanges, gatesOf, newFindings, reviewCan, toEffect } from './workspace.ts';

const VersionParams = z.object({ id: id('version') });

/** The packages of a version and of the one before it, compared file by file. */
async function changedFiles(ctx: Context, { row, baseline }: Loading) {
  const archive = await getBlob(ctx.env.ARTIFACTS, 'package', row.tenantId, row.packageChecksum);
  const approved =
    baseline === null ? null : await getBlob(ctx.env.ARTIFACTS, 'package', row.tenantId, baseline.archiveDigest);
  return await fileChanges(archive, approved);
}

/** A version that waits for a reviewer. */
function skillTask(row: Awaited<ReturnType<typeof store.pendingVersions>>[number]): ReviewTask {
  const { tenantId, tenantName, name, version, report, publishedBy, createdAt } = toSummary(row);
  return {
    kind: 'skill',
    id: row.id,
    tenantId,
    tenantName,
    title: `${name} ${version}`,
    version,
    wider: countWider(row.before, row.permissions),
    score: report?.score ?? null,
    decision: report?.decision ?? null,
    critical: report?.counts?.critical ?? 0,
    high: report?.counts?.high ?? 0,
    submittedBy: publishedBy,
    submittedAt: createdAt,
  };
}

/** Base permissions that wait for a reviewer. */
function baseTask(row: BaseRow): ReviewTask {
  return {
    kind: 'base',
    id: row.id,
    tenantId: row.tenantId,
    tenantName: row.tenantName,
    title: `base permissions of ${row.agentName}`,
    version: null,
    wider: countWider(row.before, row.permissions),
    score: null,
    decision: null,
    critical: 0,
    high: 0,
    submittedBy: { kind: row.proposedByKind, id: row.proposedById, name: row.proposedByName },
    submittedAt: toInstant(row.proposedAtMs),
  };
}

function countWider(before: PermissionBlock | null, after: PermissionBlock): number {
  return diffPermissions(before, after).filter(({ change }) => change === 'wider').length;
}

/** What is decided about versions and base permissions: the queue, the workspace, decisions and marks. */
export const reviews = room()
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/admin/reviews',
      security: signedIn,
      request: { query: ReviewQuery },
      responses: { 200: json(ReviewTaskList, 'What waits for a reviewer, oldest first'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      requireReviewReader(ctx.caller);
      const { tenantId, limit, cursor } = c.req.valid('query');
      const after = decodeCursor(cursor, 1)?.[0];
      const from = (prefix: string) => (after === undefined ? null : `${prefix}-${after}`);
      const versions = await store.pendingVersions(ctx, { tenantId, after: from('skv'), limit });
      const bases = await pendingBases(ctx, { tenantId, after: from('bas'), limit });
      const tasks = [...versions.map(skillTask), ...bases.map(baseTask)];
      // Both kinds of id are ULIDs behind a prefix: what follows it is the order of submission.
      const age = (task: { id: string }) => task.id.slice(task.id.indexOf('-') + 1);
      tasks.sort((left, right) => (age(left) < age(right) ? -1 : 1));
      const page = pageOf(tasks, limit, (task) => [age(task)]);
      return c.json({ reviews: page.rows, nextCursor: page.nextCursor }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/admin/skills/private/{id}/review',
      security: signedIn,
      request: { params: VersionParams },
      responses: { 200: json(ReviewWorkspace, 'Everything that a reviewer decides by'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      requireReviewReader(ctx.caller);
      const loading = await loadUnderReview(ctx, c.req.valid('param').id);
      if (loading === undefined) throw new AegisError('NOT_FOUND');
      const { row, diff, version, decisions } = loading;
      const workspace = {
        skill: toSummary(row),
        permissions: row.permissions,
        diff,
        fileChanges: await changedFiles(ctx, loading),
        report: toReportSummary(row),
        newFindings: newFindings(version.report, await baselineReport(ctx, loading)),
        gates: gatesOf(version, ctx.caller, diff),
        effect: toEffect(await store.effectOf(ctx, row.tenantId), row.agents, diff),
        decisions: decisions.map(toDecision),
        revision: row.revision,
        can: reviewCan(version, ctx.caller, row),
      };
      return c.json(workspace, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'put',
      path: '/api/admin/skills/private/{id}/review',
      security: signedIn,
      request: { params: VersionParams, body: body(ReviewRequest) },
      responses: { 200: json(ReviewAnswer, 'The recorded decision'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const loading = await loadUnderReview(ctx, c.req.valid('param').id);
      const next = decide(loading?.version, ctx.caller, c.req.valid('json'), ctx.nowMs);
      if (loading === undefined) throw new AegisError('NOT_FOUND');
      const { row, version } = loading;
      const approved = next.kind === 'approved';
      const envelope = approved
        ? await signDecision(ctx, { ...row, archiveDigest: row.packageChecksum, dryRuns: version.dryRun.digests }, next)
        : null;
      const answer = await recordDecision(
        ctx,
        { ...next, envelope },
        {
          action: 'skill:review',
          before: { status: row.status },
          severity: 'info',
          change: approved ? 'approval' : null,
        },
      );
      if (approved) c.executionCtx.waitUntil(ring(ctx, { tenantId: row.tenantId }));
      return c.json(answer, 200);
    },
  )
  .route('/', markRoutes)
  .route('/', baseRoutes);
