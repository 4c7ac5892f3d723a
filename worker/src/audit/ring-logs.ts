import { openDb } from '../db.ts';
import type { Env } from '../env.ts';
import type { AuditLog, LogHead } from './audit-log.ts';
import { waitingLogs } from './log-store.ts';

/** What is written within this time is rung for together. */
const GATHER_MS = 500;
/** Logs that one ring wakes; the next ring wakes the next ones. */
const LOGS_PER_RING = 50;

/** When this isolate looks next: what was committed before then needs no ring of its own. */
let looksAtMs = 0;

/** Wakes the logs that have something waiting, a moment later and after the answer; a lost ring only delays. */
export function ringLogs(env: Env, execution: Pick<ExecutionContext, 'waitUntil'>, nowMs: number): void {
  if (nowMs < looksAtMs) return;
  looksAtMs = nowMs + GATHER_MS;
  execution.waitUntil(scheduler.wait(GATHER_MS).then(() => wakeLogs(env)));
}

/** Wakes them now. */
export async function wakeLogs(env: Env): Promise<void> {
  const tenantIds = await waitingLogs(openDb(env.DB), LOGS_PER_RING);
  await Promise.all(tenantIds.map((tenantId) => sequenceLog(env, tenantId, false)));
}

/** Gives everything that waits in one log its place; with `sign` the head comes with a checkpoint over all of it. */
export async function sequenceLog(env: Env, tenantId: string, sign: boolean): Promise<LogHead> {
  return await logOf(env, tenantId).sequence(tenantId, sign);
}

/** The one object that knows the log of a tenant. */
export function logOf(env: Env, tenantId: string): Pick<AuditLog, 'sequence' | 'head'> {
  const namespace = env.AUDIT_LOG;
  return namespace.get(namespace.idFromName(tenantId)) as unknown as Pick<AuditLog, 'sequence' | 'head'>;
}
