import type { Install } from '@aegis/skill-sdk/wire/agents';
import type { DryRun } from '@aegis/skill-sdk/wire/dry-run-jobs';
import type { Decision, SkillSummary } from '@aegis/skill-sdk/wire/skills';
import { stateWord } from './dry-run-words.ts';
import { counted } from './format.ts';

/** One of the seven steps of a version. */
export interface ChainStep {
  text: string;
  detail: string;
  /** Instant of the detail, where it is a time. */
  at?: string;
  state: 'done' | 'now' | 'stop' | 'todo';
}

type Shown = Pick<DryRun, 'state' | 'verdict' | 'counts'>;
type Subject = Pick<SkillSummary, 'status' | 'createdAt' | 'report'> & { decisions: readonly Decision[] };

/**
 * Where a version stands between its author and the clusters. Only what the registry said is done.
 * `installs`: the agents that run this version; null where that was not asked. `dryRun`: its newest dry-run.
 */
export function chainOf(
  skill: Subject,
  installs: readonly Pick<Install, 'enforcement'>[] | null,
  dryRun: Shown | null = null,
): ChainStep[] {
  const analysis = analysisStep(skill);
  const review = reviewStep(skill, analysis.state === 'done');
  const approved = review.state === 'done';
  return [
    { text: 'Published', detail: '', at: skill.createdAt, state: 'done' },
    analysis,
    dryRunStep(dryRun),
    review,
    signedStep(skill, approved),
    installedStep(installs, approved && skill.status !== 'revoked'),
    enforcedStep(installs ?? []),
  ];
}

function analysisStep({ report }: Subject): ChainStep {
  const text = 'Analysed';
  if (report === null) return { text, detail: 'not yet', state: 'todo' };
  if (report.state === 'failed') return { text, detail: 'failed', state: 'stop' };
  if (report.state !== 'done') return { text, detail: report.state, state: 'now' };
  return { text, detail: report.score === null ? 'done' : `score ${report.score}`, state: 'done' };
}

function dryRunStep(dryRun: Shown | null): ChainStep {
  const text = 'Dry-run';
  if (dryRun === null || dryRun.state === 'unavailable') return { text, detail: 'not run', state: 'todo' };
  const word = stateWord(dryRun);
  const detail = word.text.toLowerCase();
  if (dryRun.state !== 'done') return { text, detail, state: 'now' };
  return { text, detail, state: word.tone === 'crit' ? 'stop' : word.tone === 'ok' ? 'done' : 'todo' };
}

function reviewStep(skill: Subject, isAnalysed: boolean): ChainStep {
  const last = skill.decisions.findLast(({ kind }) => kind === 'approved' || kind === 'rejected');
  if (skill.status === 'rejected') return { text: 'Rejected', detail: last?.decidedBy.name ?? '', state: 'stop' };
  if (skill.status !== 'pending_review') return { text: 'Reviewed', detail: last?.decidedBy.name ?? '', state: 'done' };
  if (skill.report?.decision === 'block') return { text: 'Review', detail: 'critical finding', state: 'stop' };
  return { text: 'Review', detail: isAnalysed ? 'waits for a reviewer' : '', state: isAnalysed ? 'now' : 'todo' };
}

function signedStep(skill: Subject, isApproved: boolean): ChainStep {
  if (skill.status === 'revoked') {
    const revocation = skill.decisions.findLast(({ kind }) => kind === 'revoked');
    return { text: 'Revoked', detail: revocation?.decidedBy.name ?? '', state: 'stop' };
  }
  if (!isApproved) return { text: 'Signed', detail: '', state: 'todo' };
  const at = skill.decisions.findLast(({ kind }) => kind === 'approved')?.decidedAt;
  return { text: 'Signed', detail: '', ...(at === undefined ? {} : { at }), state: 'done' };
}

function installedStep(installs: readonly unknown[] | null, isApproved: boolean): ChainStep {
  const text = 'Installed';
  if (installs === null) return { text, detail: isApproved ? 'not shown here' : '', state: 'todo' };
  if (installs.length > 0) return { text, detail: counted(installs.length, 'agent'), state: 'done' };
  return { text, detail: isApproved ? 'on no agent' : '', state: isApproved ? 'now' : 'todo' };
}

function enforcedStep(installs: readonly Pick<Install, 'enforcement'>[]): ChainStep {
  const text = 'Enforced';
  if (installs.length === 0) return { text, detail: '', state: 'todo' };
  const verified = installs.filter((install) => install.enforcement === 'verified').length;
  if (verified === installs.length) return { text, detail: 'proved on every agent', state: 'done' };
  return { text, detail: `${verified} of ${counted(installs.length, 'agent')}`, state: 'now' };
}
