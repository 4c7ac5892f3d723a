import { AegisError } from '@aegis/skill-sdk/errors';
import type { ReviewAnswer } from '@aegis/skill-sdk/wire/reviews';
import type { Context } from '../context.ts';
import { isNotNullViolation, isUniqueViolation } from '../db.ts';
import { toDecision, toSummary } from '../version-wire.ts';
import * as store from './store.ts';

/**
 * Records a decision or mark and answers with the version as it is then. Of two at the same moment one wins; the other
 * gets REVIEW_CONFLICT and leaves no row.
 */
export async function recordDecision(
  ctx: Context,
  decision: store.NewRow,
  recording: store.Recording,
): Promise<ReviewAnswer> {
  const row = await store.record(ctx, decision, recording).catch((cause) => {
    if (isUniqueViolation(cause, 'version_decisions.')) {
      const detail = 'Somebody decided about this version at the same moment. Read it again, then decide.';
      throw new AegisError('REVIEW_CONFLICT', { detail, cause });
    }
    if (isNotNullViolation(cause)) {
      throw new AegisError('STATE_CONFLICT', { detail: 'This version was deleted at the same moment.', cause });
    }
    throw cause;
  });
  const summary = await store.summaryOf(ctx, decision.versionId);
  if (summary === undefined) throw new AegisError('NOT_FOUND');
  return { skill: toSummary(summary), decision: toDecision(row) };
}
