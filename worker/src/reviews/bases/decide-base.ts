import { AegisError } from '@aegis/skill-sdk/errors';
import { type Caller, requireCan } from '../../auth.ts';

/** Proposed base permissions as a decision sees them. */
export interface BaseUnderReview {
  id: string;
  tenantId: string;
  proposedById: string;
  decision: 'approved' | 'rejected' | null;
  /** True when a newer proposal of the same agent exists. */
  superseded: boolean;
  /** True when they are wider than the base in force. False when there is none. */
  widens: boolean;
}

export interface BaseAsk {
  status: 'approved' | 'rejected';
  notes: string;
}

/**
 * Who may decide about base permissions. Pure. A proposal is decided once, and never by who made it. Throws NOT_FOUND,
 * FORBIDDEN, REVIEWER_IS_PUBLISHER, STATE_CONFLICT or VALIDATION_FAILED.
 */
export function decideBase(
  base: BaseUnderReview | undefined,
  caller: Caller,
  ask: BaseAsk,
): { kind: BaseAsk['status']; notes: string } {
  requireCan(caller, 'base:review', { tenantId: base?.tenantId ?? null });
  if (base === undefined) throw new AegisError('NOT_FOUND');
  if (base.proposedById === caller.id || base.proposedById === caller.personId) {
    throw new AegisError('REVIEWER_IS_PUBLISHER', {
      detail: 'You proposed these permissions. Another reviewer decides about them.',
    });
  }
  if (base.decision !== null) {
    throw new AegisError('STATE_CONFLICT', {
      detail: `These permissions are ${base.decision} already. A change is a new proposal.`,
    });
  }
  if (base.superseded) {
    throw new AegisError('STATE_CONFLICT', {
      detail: 'A newer proposal of this agent took the place of this one. Decide about that.',
    });
  }
  const notes = ask.notes.trim();
  if (notes === '' && ask.status === 'rejected') throw noteMissing('Say what should change.');
  if (notes === '' && base.widens) throw noteMissing('They are wider than the ones in force. Say why that is right.');
  return { kind: ask.status, notes };
}

function noteMissing(detail: string): AegisError {
  return new AegisError('VALIDATION_FAILED', { detail, errors: [{ pointer: '/notes', detail }] });
}
