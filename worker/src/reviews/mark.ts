import type { Action } from '@aegis/skill-sdk/actions';
import { AegisError } from '@aegis/skill-sdk/errors';
import { type Caller, requireCan } from '../auth.ts';

/** The three marks on an approved version. Deprecate warns, yank stops new installs, revoke removes it everywhere. */
export type MarkName = 'deprecated' | 'yanked' | 'revoked';

/** A version as a mark sees it. */
export interface Markable {
  id: string;
  tenantId: string;
  name: string;
  version: string;
  revision: number;
  decision: 'approved' | 'rejected' | null;
  deprecated: boolean;
  yanked: boolean;
  revoked: boolean;
}

export interface MarkAsk {
  reason: string;
  replacement?: string | undefined;
}

/** The row that a mark, or the lifting of one, becomes. */
export interface NewMark {
  versionId: string;
  tenantId: string;
  revision: number;
  kind: MarkName | `un${MarkName}`;
  notes: string;
  replacement: string | null;
  decidedAtMs: number;
}

const ACTIONS: Record<MarkName, Action> = {
  deprecated: 'skill:deprecate',
  yanked: 'skill:yank',
  revoked: 'skill:revoke',
};

/**
 * Sets or lifts one mark (A96, X1). Pure. Owners and authors deprecate and yank, only platform admins revoke. Throws
 * NOT_FOUND, FORBIDDEN, or STATE_CONFLICT when the version was not approved or the mark is so already.
 */
export function mark(
  version: Markable | undefined,
  caller: Caller,
  change: { mark: MarkName; set: boolean; ask: MarkAsk },
  nowMs: number,
): NewMark {
  const { mark: name, set, ask } = change;
  requireCan(caller, ACTIONS[name], { tenantId: version?.tenantId ?? null });
  if (version === undefined) throw new AegisError('NOT_FOUND');
  const label = `${version.name} ${version.version}`;
  if (version.decision !== 'approved') {
    throw new AegisError('STATE_CONFLICT', {
      detail: `${label} is not approved. Only an approved version can be ${name}.`,
    });
  }
  if (version[name] === set) {
    throw new AegisError('STATE_CONFLICT', {
      detail: set ? `${label} is ${name} already.` : `${label} is not ${name}.`,
    });
  }
  return {
    versionId: version.id,
    tenantId: version.tenantId,
    revision: version.revision + 1,
    kind: set ? name : `un${name}`,
    notes: ask.reason,
    replacement: set && name === 'deprecated' ? (ask.replacement ?? null) : null,
    decidedAtMs: nowMs,
  };
}
