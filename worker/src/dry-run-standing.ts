import { toInstant } from '@aegis/skill-sdk/clock';
import { DRY_RUN_QUEUED_MINUTES, DRY_RUN_SILENT_SECONDS, DRY_RUN_TRIES_MAX } from '@aegis/skill-sdk/limits';
import type { Actor } from '@aegis/skill-sdk/wire/common';
import type { DryRun, DryRunPolicy } from '@aegis/skill-sdk/wire/dry-run-jobs';
import type { Finding } from '@aegis/skill-sdk/wire/reports';
import type { dryRuns } from './schema/dry-runs.ts';

/** A cluster that the tenant is placed in, and what it said last of its sandbox. */
export interface Runner {
  name: string;
  marked: boolean;
  proved: boolean | null;
  reason: string | null;
  reportedAtMs: number | null;
}

interface Row {
  run: typeof dryRuns.$inferSelect;
  clusterName: string | null;
}

/** What the dry-runs of a version say to whoever decides about it. */
export interface DryRunStanding {
  /** `none`: the version has no tool, so there is nothing to run. */
  state: 'none' | 'pending' | 'unavailable' | 'done';
  reason: string | null;
  policy: DryRunPolicy;
  /** Of all its dry-runs together, each once. */
  findings: Finding[];
  /** Of the reports whose evidence counts. */
  digests: string[];
}

/** Why nobody would run a dry-run now, and what to do; null when a cluster is ready. Pure. */
export function whyNobodyRuns(runners: readonly Runner[], nowMs: number): string | null {
  const marked = runners.filter((runner) => runner.marked);
  const heard = marked.filter(
    ({ reportedAtMs }) => reportedAtMs !== null && nowMs - reportedAtMs <= DRY_RUN_SILENT_SECONDS * 1000,
  );
  if (heard.some(({ proved }) => proved === true)) return null;
  const [silent] = marked;
  if (silent === undefined) {
    return 'No cluster runs dry-runs for this tenant. An admin of the platform marks one on the page Clusters, and places the tenant there.';
  }
  const [lacking] = heard;
  if (lacking !== undefined) {
    return `The cluster ${lacking.name} has no sandbox that can be trusted: ${lacking.reason ?? 'it did not say why.'} On its machine, \`aegis-agent doctor\` says how to get one.`;
  }
  return `The cluster ${silent.name} is to run dry-runs and says nothing of a sandbox: is its agent running, with AEGIS_DRY_RUN=on?`;
}

/** One dry-run as it is shown: a run that waits for nobody, and one whose cluster is gone for good, is unavailable. */
export function toDryRun({ run, clusterName }: Row, unavailable: string | null, nowMs: number): DryRun {
  const { state, reason } = stateOf(run, unavailable, nowMs);
  return {
    id: run.id,
    versionId: run.versionId,
    state,
    reason,
    tool: run.tool,
    requestedBy:
      run.requestedById === null
        ? null
        : { kind: run.requestedByKind as Actor['kind'], id: run.requestedById, name: run.requestedByName ?? '' },
    cluster: run.clusterId === null || clusterName === null ? null : { id: run.clusterId, name: clusterName },
    tries: run.tries,
    progress: state === 'running' ? run.progress : null,
    verdict: run.verdict,
    counts: run.counts,
    findings: run.findings ?? [],
    digest: run.digest,
    createdAt: toInstant(run.createdAtMs),
    finishedAt: run.finishedAtMs === null ? null : toInstant(run.finishedAtMs),
  };
}

function stateOf(run: Row['run'], unavailable: string | null, nowMs: number): Pick<DryRun, 'state' | 'reason'> {
  if (run.state === 'done' || run.state === 'unavailable') return { state: run.state, reason: run.reason };
  const isLost = run.state === 'running' && (run.leaseEndsAtMs ?? 0) < nowMs;
  if (run.state === 'running' && !isLost) return { state: 'running', reason: run.reason };
  if (isLost && run.tries >= DRY_RUN_TRIES_MAX) return { state: 'unavailable', reason: LOST };
  if (unavailable !== null) return { state: 'unavailable', reason: unavailable };
  if (nowMs - run.createdAtMs > DRY_RUN_QUEUED_MINUTES * 60_000) {
    const reason = `No cluster took it within ${DRY_RUN_QUEUED_MINUTES} minutes. It still waits.`;
    return { state: 'unavailable', reason };
  }
  return { state: 'queued', reason: run.reason };
}

/** Of a run that was given out as often as it may be, and never came back. */
export const LOST = 'The clusters that ran it were lost, each in the middle of it. Run it again.';

/** What all dry-runs of a version add up to. Own input of a reviewer adds findings; it stands for no case. Pure. */
export function standingOf(runs: readonly DryRun[], policy: DryRunPolicy, hasTools: boolean): DryRunStanding {
  const findings = new Map(runs.flatMap((run) => run.findings.map((finding) => [finding.id, finding] as const)));
  const counted = runs.filter(({ state, counts }) => state === 'done' && counts);
  const digests = counted.flatMap(({ digest }) => (digest === null ? [] : [digest]));
  const rest = { policy, findings: [...findings.values()], digests };
  if (!hasTools) return { state: 'none', reason: null, ...rest };
  const whole = runs.filter(({ tool }) => tool === null);
  if (whole.some((run) => counted.includes(run))) return { state: 'done', reason: null, ...rest };
  if (whole.some(({ state }) => state === 'queued' || state === 'running'))
    return { state: 'pending', reason: null, ...rest };
  const [newest] = whole;
  const reason =
    newest === undefined
      ? 'It was published before dry-runs were made by themselves. Run it on the review page.'
      : (newest.reason ?? 'The evidence of its dry-run is not whole, so it proves nothing; the findings say why.');
  return { state: 'unavailable', reason, ...rest };
}
