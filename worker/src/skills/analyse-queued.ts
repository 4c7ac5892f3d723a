import { unpack } from '@aegis/skill-sdk/archive';
import { createLog } from '@aegis/skill-sdk/log';
import { checkPackage } from '@aegis/skill-sdk/manifest';
import { getBlob, putBlob } from '../blobs.ts';
import type { Context } from '../context.ts';
import { type Db, openDb } from '../db.ts';
import type { AnalysisMessage, Env } from '../env.ts';
import { analyse } from './analyse.ts';
import * as store from './store.ts';

/** How often one report is tried before it counts as failed; a reviewer then sees that nothing was analysed. */
const TRIES_MAX = 3;
/** Longer than any analysis takes and any queue holds; local queues forget their messages with the process. */
const STALE_MS = 120_000;
const STALE_ROWS_MAX = 20;

/** Analyses what was too large for its request (A145). Idempotent: a message may come twice, a report is done once. */
export async function analyseQueued(
  messages: Pick<MessageBatch<AnalysisMessage>, 'messages'>,
  env: Env,
): Promise<void> {
  const db = openDb(env.DB);
  for (const message of messages.messages) {
    const next = await analyseOne(db, env, message.body.reportId);
    if (next === 'retry') message.retry();
    else message.ack();
  }
}

async function analyseOne(db: Db, env: Env, reportId: string): Promise<'done' | 'retry'> {
  const claimed = await store.claimReport(db, reportId);
  if (claimed === undefined) return 'done';
  try {
    // What was deleted meanwhile needs no report.
    if (claimed.deletedAtMs === null) await analysePackage(db, env, reportId, claimed);
    else
      await store.moveReport(db, reportId, {
        state: 'failed',
        error: 'the version was deleted',
        finishedAtMs: Date.now(),
      });
    return 'done';
  } catch (error) {
    createLog((line) => console.log(line), Date.now).error('analysis failed', {
      error,
      reportId,
      tries: claimed.tries,
    });
    if (claimed.tries < TRIES_MAX) {
      await store.moveReport(db, reportId, { state: 'queued' });
      return 'retry';
    }
    await store.moveReport(db, reportId, { state: 'failed', error: 'could not analyse', finishedAtMs: Date.now() });
    return 'done';
  }
}

/** The bytes of the report first, the row that points at them last. */
async function analysePackage(
  db: Db,
  env: Env,
  reportId: string,
  { tenantId, archiveDigest }: { tenantId: string; archiveDigest: string },
): Promise<void> {
  const files = unpack(await getBlob(env.ARTIFACTS, 'package', tenantId, archiveDigest));
  const { manifest } = checkPackage(files);
  if (manifest === null) throw new Error('a stored package has no valid manifest');
  const { bytes, ...shown } = await analyse(files, manifest);
  await putBlob(env.ARTIFACTS, 'report', tenantId, shown.digest, bytes);
  await store.moveReport(db, reportId, { ...shown, state: 'done', error: null, finishedAtMs: Date.now() });
}

/** True when a report waits for so long that its message must have been lost. */
export function isStale(report: { state: string | null; createdAtMs: number | null }, nowMs: number): boolean {
  const open = report.state === 'queued' || report.state === 'running';
  return open && report.createdAtMs !== null && nowMs - report.createdAtMs > STALE_MS;
}

/** Queues lost work again: a report whose message or consumer died is given up, and another takes its place. */
export async function requeueStale(ctx: Context): Promise<void> {
  for (const { id, tries } of await store.staleReports(ctx, ctx.nowMs - STALE_MS, STALE_ROWS_MAX)) {
    const retryId = tries + 1 < TRIES_MAX ? ctx.newId('report') : null;
    await store.replaceReport(ctx, id, retryId);
    if (retryId !== null) await ctx.env.ANALYSES.send({ reportId: retryId });
  }
}
