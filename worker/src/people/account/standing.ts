import { SESSION_DAYS, SESSION_IDLE_HOURS, STEP_UP_MINUTES } from '@aegis/skill-sdk/limits';

const HOUR_MS = 3_600_000;

/** A session as the check sees it. */
export interface SessionFacts {
  createdAtMs: number;
  seenAtMs: number;
  /** When the second factor was proved in this session; null: never. */
  mfaAtMs: number | null;
  /** True when the person has any second factor. */
  hasFactor: boolean;
  platformRole: string | null;
  /** The demo's exception: people of the platform may act without a second factor. */
  exempt: boolean;
}

/** What a session is worth: nothing, one thing to do first, or the person's rights. */
export type Standing = 'dead' | 'second_factor' | 'enrolment' | 'full';

/** The one check of every session, however it was begun. Pure. */
export function standingOf(session: SessionFacts, nowMs: number): Standing {
  if (nowMs - session.createdAtMs >= SESSION_DAYS * 24 * HOUR_MS) return 'dead';
  if (nowMs - session.seenAtMs >= SESSION_IDLE_HOURS * HOUR_MS) return 'dead';
  if (session.hasFactor) return session.mfaAtMs === null ? 'second_factor' : 'full';
  return session.platformRole !== null && !session.exempt ? 'enrolment' : 'full';
}

/** Until when (epoch ms) a proof counts as fresh; null without one. */
export function freshUntilMs(mfaAtMs: number | null | undefined): number | null {
  return mfaAtMs === null || mfaAtMs === undefined ? null : mfaAtMs + STEP_UP_MINUTES * 60_000;
}
