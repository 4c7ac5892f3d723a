import type { DryRun, DryRunProgress } from '@aegis/skill-sdk/wire/dry-run-jobs';
import type { DryRunVerdict } from '@aegis/skill-sdk/wire/dry-runs';
import type { CapabilityEvent } from '@aegis/skill-sdk/wire/reports';
import type { IconName } from './components/icons.ts';
import type { Word } from './words.ts';

export const DRY_RUN_VERDICT: Record<DryRunVerdict, Word> = {
  pass: { text: 'Did what it declares', icon: 'check', tone: 'ok' },
  crashed: { text: 'Gave no result', icon: 'triangle', tone: 'warn' },
  limit: { text: 'Reached a limit', icon: 'triangle', tone: 'warn' },
  timeout: { text: 'Took too long', icon: 'triangle', tone: 'warn' },
  incomplete: { text: 'Evidence is not whole', icon: 'unverified', tone: 'warn' },
  undeclared_access: { text: 'Did more than it declares', icon: 'octagon', tone: 'crit' },
  tampered: { text: 'Ended its watcher', icon: 'octagon', tone: 'crit' },
};

export const CAPABILITY: Record<CapabilityEvent['kind'], { text: string; icon: IconName }> = {
  net: { text: 'reaches', icon: 'host' },
  'fs.read': { text: 'reads', icon: 'file' },
  'fs.write': { text: 'writes', icon: 'file' },
  env: { text: 'variable', icon: 'key' },
  exec: { text: 'starts', icon: 'agent' },
};

/** Of a moment of the timeline, by its kind. */
export const MOMENT: Record<string, IconName> = {
  net: 'host',
  file: 'file',
  exec: 'agent',
  bait: 'key',
  limit: 'triangle',
};

/** The state of one dry-run in a word. */
export function stateWord({ state, verdict, counts }: Pick<DryRun, 'state' | 'verdict' | 'counts'>): Word {
  if (state === 'queued') return { text: 'Waits for a cluster', icon: 'todo', tone: 'mute' };
  if (state === 'running') return { text: 'Runs now', icon: 'half', tone: 'info' };
  if (state === 'unavailable' || verdict === null) return { text: 'Not run', icon: 'unverified', tone: 'warn' };
  const word = DRY_RUN_VERDICT[verdict];
  return !counts && word.tone === 'ok' ? DRY_RUN_VERDICT.incomplete : word;
}

/** How far a run is, in words. */
export function progressWords(progress: DryRunProgress | null): string {
  if (progress === null || progress.step === 'preparing') return 'The cluster fetches the package';
  if (progress.step === 'reporting') return 'The cluster hands in its report';
  return `${progress.done + 1} of ${progress.total}: ${progress.what ?? ''}`;
}
