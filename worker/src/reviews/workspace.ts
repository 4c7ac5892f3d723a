import { fileTable, unpack } from '@aegis/skill-sdk/archive';
import { AegisError } from '@aegis/skill-sdk/errors';
import type { Can } from '@aegis/skill-sdk/wire/common';
import type { Effect, Gate, ReviewWorkspace } from '@aegis/skill-sdk/wire/reviews';
import type { SkillDiff } from '@aegis/skill-sdk/wire/skills';
import type { Caller } from '../auth.ts';
import { canTable } from '../auth.ts';
import { reasonAgainstDeciding } from '../four-eyes.ts';
import {
  counted,
  criticalOf,
  decide,
  FAILED_TICK,
  OMITTED_TICK,
  type ReportState,
  ticksOf,
  type UnderReview,
} from './decide.ts';

/**
 * What stands between a version and its approval, in the order in which a reviewer works. A gate whose id is one of
 * `analysis-failed` and `findings-omitted` is ticked like a finding.
 */
export function gatesOf(version: UnderReview, caller: Caller, diff: SkillDiff): Gate[] {
  const critical = criticalOf(version);
  const ticks = ticksOf(version).filter(({ id }) => id !== FAILED_TICK && id !== OMITTED_TICK);
  const against = reasonAgainstDeciding(caller, version);
  return [
    analysisGate(version.report),
    critical.length > 0
      ? { id: 'critical', state: 'stops', text: counted(critical.length, 'critical finding'), detail: 'Stops approval' }
      : { id: 'critical', state: 'ok', text: 'No critical finding' },
    ticks.length > 0
      ? {
          id: 'ticks',
          state: 'attention',
          text: `${counted(ticks.length, 'finding')} ${ticks.length === 1 ? 'needs' : 'need'} your tick`,
          detail: 'Recorded with the approval',
        }
      : { id: 'ticks', state: 'ok', text: 'No finding needs a tick' },
    ...inspectedGates(version.report),
    ...dryRunGates(version.dryRun),
    widerGate(diff),
    against === null
      ? { id: 'publisher', state: 'ok', text: 'You are not the author' }
      : { id: 'publisher', state: 'stops', text: 'Not yours to decide', detail: against },
  ];
}

function analysisGate(report: UnderReview['report']): Gate {
  if (report.state === 'pending') return { id: 'analysis', state: 'stops', text: 'The analysis has not finished' };
  if (report.state === 'done') return { id: 'analysis', state: 'ok', text: 'The analysis is done' };
  return {
    id: FAILED_TICK,
    state: 'attention',
    text: 'The analysis failed',
    detail: 'Nothing was inspected. Your tick is recorded.',
  };
}

function dryRunGates({ state, reason, policy }: UnderReview['dryRun']): Gate[] {
  const detail = reason === null ? {} : { detail: reason };
  switch (state) {
    case 'none':
      return [];
    case 'pending':
      return [{ id: 'dry-run', state: 'stops', text: 'The dry-run has not ended' }];
    case 'done':
      return [{ id: 'dry-run', state: 'ok', text: 'The dry-run gave whole evidence' }];
    case 'unavailable':
      return policy === 'required'
        ? [{ id: 'dry-run', state: 'stops', text: 'No dry-run, and the tenant demands one', ...detail }]
        : [{ id: 'dry-run', state: 'attention', text: 'No dry-run shows what it does', ...detail }];
  }
}

function inspectedGates(report: UnderReview['report']): Gate[] {
  if (report.state !== 'done') return [];
  const { files, notInspected, findingsOmitted } = report.report;
  const skipped = new Set(notInspected.map(({ file }) => file)).size;
  const gates: Gate[] = [
    {
      id: 'inspected',
      state: skipped > 0 ? 'attention' : 'ok',
      text: `${files - skipped} of ${files} files inspected`,
      ...(skipped > 0 ? { detail: notInspected.map(({ file, reason }) => `${file}: ${reason}`).join('; ') } : {}),
    },
  ];
  if (findingsOmitted > 0) {
    gates.push({ id: OMITTED_TICK, state: 'attention', text: `${findingsOmitted} more findings are not listed` });
  }
  return gates;
}

function widerGate({ against, widens }: SkillDiff): Gate {
  if (against === null) return { id: 'wider', state: 'ok', text: 'The first version: nothing was approved before' };
  if (!widens) return { id: 'wider', state: 'ok', text: `Not wider than ${against.version}` };
  return { id: 'wider', state: 'attention', text: `Wider than ${against.version}`, detail: 'A note is required' };
}

/** What the caller may do here; the reason is the one that deciding would give. */
export function reviewCan(version: UnderReview, caller: Caller, marks: { revoked: boolean }): Can {
  const acknowledged = ticksOf(version).map(({ id }) => id);
  const reasonAgainst = (status: 'approved' | 'rejected'): string | null => {
    try {
      decide(version, caller, { status, notes: 'a note', reasonCodes: [], acknowledged }, 0);
      return null;
    } catch (error) {
      if (error instanceof AegisError) return error.detail ?? error.title;
      throw error;
    }
  };
  const revocable =
    version.decision !== 'approved' ? 'This version is not approved.' : marks.revoked ? 'It is revoked already.' : null;
  return canTable(caller, version, {
    approve: { action: 'skill:review', unless: reasonAgainst('approved') },
    reject: { action: 'skill:review', unless: reasonAgainst('rejected') },
    revoke: { action: 'skill:revoke', unless: revocable },
    unrevoke: { action: 'skill:revoke', unless: marks.revoked ? null : 'It is not revoked.' },
  });
}

/**
 * Ids of findings that the report before does not have. An id holds the rule, the file and the digest of the evidence, so
 * a line that moved is not new and a line that changed is. Null when there is nothing to compare with.
 */
export function newFindings(now: ReportState, before: ReportState | null): string[] | null {
  if (now.state !== 'done' || before?.state !== 'done') return null;
  const known = new Set(before.report.findings.map(({ id }) => id));
  return now.report.findings.map(({ id }) => id).filter((id) => !known.has(id));
}

/** How the files of a package differ from those of the one approved before it (null: everything is new). */
export async function fileChanges(
  archive: Uint8Array,
  approved: Uint8Array | null,
): Promise<ReviewWorkspace['fileChanges']> {
  const after = await fileTable(unpack(archive));
  const before = new Map((approved === null ? [] : await fileTable(unpack(approved))).map((row) => [row.path, row]));
  const changes: ReviewWorkspace['fileChanges'] = after.map(({ path, size, sha256, mode }) => {
    const old = before.get(path);
    before.delete(path);
    const same = old?.sha256 === sha256 && old.mode === mode;
    return { path, size, change: old === undefined ? 'added' : same ? 'same' : 'changed' };
  });
  const removed = [...before.values()].map(({ path, size }) => ({ path, size, change: 'removed' as const }));
  return [...changes, ...removed].sort((left, right) => (left.path < right.path ? -1 : 1));
}

interface EffectRows {
  tenantAgents: number;
  clusters: {
    id: string;
    name: string;
    mode: 'soft' | 'hard';
    state: string | null;
    enforcement: 'verified' | 'unverified' | 'none' | null;
  }[];
}

/** What an approval opens, and where that is enforced: as acknowledged, never inferred. */
export function toEffect(rows: EffectRows, agents: number, diff: SkillDiff): Effect {
  const opened = diff.changes.filter(
    ({ kind, change, after }) => kind === 'network' && change === 'wider' && after !== null,
  );
  return {
    agents,
    tenantAgents: rows.tenantAgents,
    clusters: rows.clusters.map(({ id, name, mode, state, enforcement }) => ({
      id,
      name,
      mode,
      enforcement: enforcement === null ? 'unknown' : state === 'failed' ? 'none' : enforcement,
    })),
    hosts: [...new Set(opened.flatMap(({ after }) => (after === null ? [] : [after])))],
  };
}
