import { canonicalBytes } from '@aegis/skill-sdk/canonical';
import { digestOf } from '@aegis/skill-sdk/digest';
import { AegisError } from '@aegis/skill-sdk/errors';
import { DRY_RUN_TRIES_MAX } from '@aegis/skill-sdk/limits';
import type { SkillManifest } from '@aegis/skill-sdk/types';
import { id } from '@aegis/skill-sdk/wire/common';
import { DryRunClaim, DryRunClaimAnswer, DryRunUpdate, DryRunUpdateAnswer } from '@aegis/skill-sdk/wire/dry-run-jobs';
import { StaticReport } from '@aegis/skill-sdk/wire/reports';
import { createRoute, z } from '@hono/zod-openapi';
import { requireCan } from '../auth.ts';
import { getBlob, putBlob } from '../blobs.ts';
import type { Context } from '../context.ts';
import { isNotNullViolation } from '../db.ts';
import { body, json, problem, room, signedIn } from '../http.ts';
import { judge, scoreTogether } from './judge.ts';
import * as store from './store.ts';

const ClusterParams = z.object({ clusterId: id('cluster') });

/** Only the cluster itself; for everybody else it does not exist. */
function requireSelf(ctx: Context, clusterId: string): void {
  requireCan(ctx.caller, 'dryrun:run', { tenantId: null });
  if (ctx.caller.id !== clusterId) throw new AegisError('NOT_FOUND');
}

type Held = NonNullable<Awaited<ReturnType<typeof store.heldBy>>>;
type Done = Extract<z.infer<typeof DryRunUpdate>, { state: 'done' }>;

function notYours(cause?: unknown): AegisError {
  const detail = 'This run is in other hands, or has ended: its lease was over. Ask for the next one.';
  return new AegisError('STATE_CONFLICT', { detail, cause });
}

/** Ends a try, or says that it is in other hands. */
async function end(ctx: Context, held: Held, ended: Parameters<typeof store.end>[2]): Promise<void> {
  await store.end(ctx, held, ended).catch((cause) => {
    throw isNotNullViolation(cause) ? notYours(cause) : cause;
  });
}

/** Tried once more, exactly once; then it says why nobody could run it. */
async function fail(ctx: Context, held: Held, reason: string) {
  const again = held.tries < DRY_RUN_TRIES_MAX;
  const finishedAtMs = again ? null : ctx.nowMs;
  await end(ctx, held, { state: again ? 'queued' : 'unavailable', reason, lease: null, finishedAtMs });
  return again ? ('queued' as const) : ('unavailable' as const);
}

/** The bytes first, the row that points at them last. */
async function finish(ctx: Context, held: Held, clusterId: string, { report, signature }: Done) {
  const { id: dryRunId, lease, manifest, tool, input } = held;
  if (lease === null) throw notYours();
  const isPrevious = held.previousUntilMs !== null && ctx.nowMs < held.previousUntilMs;
  const keys = [held.clusterKey, isPrevious ? held.previousKey : null].filter((key) => key !== null);
  const { tools } = manifest as unknown as SkillManifest;
  const judged = await judge(
    report,
    { signature, keys },
    {
      ...held,
      dryRunId,
      lease,
      clusterId,
      tools: tools.map(({ name }) => name),
      tool,
      inputDigest: input === null ? null : await digestOf(canonicalBytes(input)),
    },
  );
  // The answer to the same report was lost: it stands already.
  if (held.state === 'done' && held.digest === judged.digest) return;
  if (held.state !== 'running') throw notYours();
  const others = await store.othersOf(ctx, held.versionId, dryRunId);
  const known = new Map([...others.findings, ...judged.findings].map((finding) => [finding.id, finding]));
  const together = scoreTogether(await codeReport(ctx, others.report), [...known.values()]);
  await putBlob(ctx.env.ARTIFACTS, 'report', held.tenantId, judged.digest, judged.bytes);
  const { verdict, counts, findings, digest } = judged;
  const finished = { verdict, counts, findings, digest, finishedAtMs: ctx.nowMs, reason: null };
  await end(ctx, held, { state: 'done', ...together, ...finished });
}

async function codeReport(ctx: Context, of: Awaited<ReturnType<typeof store.othersOf>>['report']) {
  if (of === undefined || of.reportState !== 'done' || of.reportDigest === null) return null;
  const bytes = await getBlob(ctx.env.ARTIFACTS, 'report', of.tenantId, of.reportDigest);
  return StaticReport.parse(JSON.parse(new TextDecoder().decode(bytes)));
}

/** What a cluster with a sandbox asks and says; it dials out, so it comes for its work. */
export const clusterRoutes = room()
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/clusters/{clusterId}/dry-runs/claim',
      security: signedIn,
      request: { params: ClusterParams, body: body(DryRunClaim) },
      responses: { 200: json(DryRunClaimAnswer, 'The next run, or nothing'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { clusterId } = c.req.valid('param');
      requireSelf(ctx, clusterId);
      const { engine } = c.req.valid('json');
      await store.noteEngine(ctx, clusterId, engine);
      const job = engine.proved ? await store.claim(ctx, clusterId) : null;
      return c.json({ job }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/clusters/{clusterId}/dry-runs/{dryRunId}/package',
      security: signedIn,
      request: { params: ClusterParams.extend({ dryRunId: id('dryRun') }) },
      responses: {
        200: {
          content: { 'application/gzip': { schema: z.string().meta({ format: 'binary' }) } },
          description: 'The package of a run that this cluster holds, which nobody may have approved yet',
        },
        default: problem,
      },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { clusterId, dryRunId } = c.req.valid('param');
      requireSelf(ctx, clusterId);
      const held = await store.heldBy(ctx, clusterId, dryRunId);
      if (held?.state !== 'running') throw notYours();
      const bytes = await getBlob(ctx.env.ARTIFACTS, 'package', held.tenantId, held.archiveDigest);
      return c.body(bytes as Uint8Array<ArrayBuffer>, 200, { 'content-type': 'application/gzip' });
    },
  )
  .openapi(
    createRoute({
      method: 'put',
      path: '/api/clusters/{clusterId}/dry-runs/{dryRunId}',
      security: signedIn,
      request: { params: ClusterParams.extend({ dryRunId: id('dryRun') }), body: body(DryRunUpdate) },
      responses: { 200: json(DryRunUpdateAnswer, 'What the run is then'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { clusterId, dryRunId } = c.req.valid('param');
      requireSelf(ctx, clusterId);
      const said = c.req.valid('json');
      const held = await store.heldBy(ctx, clusterId, dryRunId);
      const lease = said.state === 'done' ? said.report.lease : said.lease;
      // Whose it is, and whether it exists, is nobody else's business: all of them hear the same.
      if (held === undefined || held.lease !== lease) throw notYours();
      if (said.state === 'done') {
        await finish(ctx, held, clusterId, said);
        return c.json({ state: 'done' as const }, 200);
      }
      if (held.state !== 'running') throw notYours();
      if (said.state === 'failed') return c.json({ state: await fail(ctx, held, said.reason) }, 200);
      if (!(await store.progress(ctx, { id: dryRunId, lease, clusterId }, said.progress))) throw notYours();
      return c.json({ state: 'running' as const }, 200);
    },
  );
