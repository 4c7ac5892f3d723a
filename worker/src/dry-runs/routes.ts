import { canonicalBytes } from '@aegis/skill-sdk/canonical';
import { AegisError } from '@aegis/skill-sdk/errors';
import { DRY_RUNS_ASKED_MAX, DRY_RUNS_PER_VERSION_MAX } from '@aegis/skill-sdk/limits';
import { checkInput } from '@aegis/skill-sdk/tools';
import type { SkillManifest } from '@aegis/skill-sdk/types';
import { id } from '@aegis/skill-sdk/wire/common';
import { DryRunList, DryRunReport, DryRunRequest, DryRun as DryRunShape } from '@aegis/skill-sdk/wire/dry-run-jobs';
import { createRoute, z } from '@hono/zod-openapi';
import { canTable, requireCan } from '../auth.ts';
import { getBlob } from '../blobs.ts';
import { ring } from '../changes.ts';
import type { Context } from '../context.ts';
import { isNotNullViolation } from '../db.ts';
import { toDryRun, whyNobodyRuns } from '../dry-run-standing.ts';
import { readDryRuns } from '../dry-run-store.ts';
import { body, json, notModified, problem, room, signedIn } from '../http.ts';
import { clusterRoutes } from './cluster-routes.ts';
import * as store from './store.ts';

const VersionParams = z.object({ id: id('version') });

/** The version, when the caller may read it; clusters read packages, not what is thought of them. */
async function readable(ctx: Context, versionId: string) {
  const row = await store.versionOf(ctx, versionId);
  requireCan(ctx.caller, 'skill:read', {
    tenantId: row?.tenantId ?? null,
    ...(row === undefined ? {} : { skill: row.name }),
  });
  if (row === undefined || ctx.caller.kind === 'cluster') throw new AegisError('NOT_FOUND');
  return row;
}

async function listOf(ctx: Context, version: { id: string; tenantId: string }): Promise<DryRunList> {
  const { rows, policy, runners } = await readDryRuns(ctx, version);
  const unavailable = whyNobodyRuns(runners, ctx.nowMs);
  return {
    dryRuns: rows.map((row) => toDryRun(row, unavailable, ctx.nowMs)),
    policy,
    unavailable,
    can: canTable(ctx.caller, version, { run: { action: 'dryrun:request' } }),
  };
}

/** The tool and the input that somebody asks for, checked as the tool itself would. */
function requireWanted(manifest: SkillManifest, { tool: name, input }: DryRunRequest) {
  if (manifest.tools.length === 0)
    throw new AegisError('STATE_CONFLICT', { detail: 'This version has no tools, so there is nothing to run.' });
  if (name === undefined) return { tool: null, input: null };
  const tool = manifest.tools.find((one) => one.name === name);
  if (tool === undefined) {
    const detail = `${manifest.name} has no tool ${name}; it has ${manifest.tools.map((one) => one.name).join(', ')}.`;
    throw new AegisError('VALIDATION_FAILED', { detail, errors: [{ pointer: '/tool', detail }] });
  }
  if (input === undefined) return { tool: name, input: null };
  checkInput(tool, input);
  // What RFC 8785 cannot write, such as half of a surrogate pair, has no digest either.
  canonicalBytes(input);
  return { tool: name, input };
}

/** Dry-runs of a version: what they saw, and one more of them. */
export const dryRuns = room()
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/skills/private/{id}/dry-runs',
      security: signedIn,
      request: { params: VersionParams },
      responses: { 200: json(DryRunList, 'Its dry-runs, newest first'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      return c.json(await listOf(ctx, await readable(ctx, c.req.valid('param').id)), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/skills/private/{id}/dry-runs/{dryRunId}/report',
      security: signedIn,
      request: { params: VersionParams.extend({ dryRunId: id('dryRun') }) },
      responses: { 200: json(DryRunReport, 'The exact bytes that the report digest covers'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const at = c.req.valid('param');
      const version = await readable(ctx, at.id);
      const run = await store.reportOfRun(ctx, version, at.dryRunId);
      if (run === undefined) throw new AegisError('NOT_FOUND');
      const { digest } = run;
      if (digest === null)
        throw new AegisError(run.state === 'unavailable' ? 'DRY_RUN_UNAVAILABLE' : 'DRY_RUN_PENDING', {
          detail: 'This dry-run has no report yet; the list of dry-runs says how far it is.',
        });
      const same = notModified(c, `"${digest}"`);
      if (same !== null) return same as never;
      const bytes = await getBlob(ctx.env.ARTIFACTS, 'report', version.tenantId, digest);
      return c.body(bytes as Uint8Array<ArrayBuffer>, 200, { 'content-type': 'application/json' }) as never;
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/skills/private/{id}/dry-runs',
      security: signedIn,
      request: { params: VersionParams, body: body(DryRunRequest) },
      responses: { 201: json(DryRunShape, 'It waits for a cluster'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const version = await readable(ctx, c.req.valid('param').id);
      requireCan(ctx.caller, 'dryrun:request', version);
      const wanted = requireWanted(version.manifest as unknown as SkillManifest, c.req.valid('json'));
      const dryRunId = await store.ask(ctx, version, wanted).catch((cause) => {
        if (!isNotNullViolation(cause)) throw cause;
        throw new AegisError('QUOTA_EXCEEDED', {
          detail: `A version has at most ${DRY_RUNS_PER_VERSION_MAX} dry-runs, and at most ${DRY_RUNS_ASKED_MAX} that somebody asked for wait at once in a tenant. Wait until some have ended.`,
          cause,
        });
      });
      c.executionCtx.waitUntil(ring(ctx, { tenantId: version.tenantId, dryRun: true }));
      const { dryRuns: all } = await listOf(ctx, version);
      const made = all.find((run) => run.id === dryRunId);
      if (made === undefined) throw new AegisError('NOT_FOUND');
      return c.json(made, 201);
    },
  )
  .route('/', clusterRoutes);
