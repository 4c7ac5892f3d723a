import { AegisError } from '@aegis/skill-sdk/errors';
import { compareVersions } from '@aegis/skill-sdk/version';
import type { SkillStatus } from '@aegis/skill-sdk/wire/skills';

export interface Candidate {
  id: string;
  name: string;
  version: string;
  status: SkillStatus;
}

/** What sits on the agent now: the row of the highest revision of this skill. */
export interface Current {
  revision: number;
  /** Null after an uninstall. */
  versionId: string | null;
  version: string | null;
}

export interface Planned {
  action: 'install' | 'upgrade' | 'rollback';
  revision: number;
  versionId: string;
  warning: string | null;
}

/**
 * What installing `candidate` over `current` does; null when it is there already. Pure. Throws NOT_INSTALLABLE for
 * every status but approved and deprecated (A113).
 */
export function planInstall(candidate: Candidate, current: Current | null): Planned | null {
  if (candidate.status !== 'approved' && candidate.status !== 'deprecated') {
    throw new AegisError('NOT_INSTALLABLE', {
      detail: `${candidate.name} ${candidate.version} is ${candidate.status.replace('_', ' ')}. Only approved versions can be installed.`,
      meta: { status: candidate.status },
    });
  }
  if (current?.versionId === candidate.id) return null;
  const older =
    current?.version !== null && current !== null && compareVersions(candidate.version, current.version) < 0;
  return {
    action: current === null || current.versionId === null ? 'install' : older ? 'rollback' : 'upgrade',
    revision: (current?.revision ?? 0) + 1,
    versionId: candidate.id,
    warning: candidate.status === 'deprecated' ? `${candidate.name} ${candidate.version} is deprecated.` : null,
  };
}

/** The version to go back to: the newest earlier one, other than the current, that may still be installed. */
export function rollbackTarget(history: readonly Candidate[], currentVersionId: string): Candidate | null {
  return (
    history.find(
      (entry) => entry.id !== currentVersionId && (entry.status === 'approved' || entry.status === 'deprecated'),
    ) ?? null
  );
}
