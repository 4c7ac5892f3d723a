import { expect, test } from 'vitest';
import { freshUntilMs, type SessionFacts, type Standing, standingOf } from './standing.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = 1_800_000_000_000;
const session = (change: Partial<SessionFacts> = {}): SessionFacts => ({
  createdAtMs: NOW - HOUR,
  seenAtMs: NOW - 60_000,
  mfaAtMs: null,
  hasFactor: false,
  platformRole: null,
  exempt: false,
  ...change,
});

test.each<[string, Partial<SessionFacts>, Standing]>([
  ['of a person of a tenant without a factor', {}, 'full'],
  ['whose factor was not proved', { hasFactor: true }, 'second_factor'],
  ['whose factor was proved', { hasFactor: true, mfaAtMs: NOW }, 'full'],
  ['of an admin without a factor', { platformRole: 'admin' }, 'enrolment'],
  ['of a reviewer without a factor', { platformRole: 'reviewer' }, 'enrolment'],
  ['of an admin of the demo', { platformRole: 'admin', exempt: true }, 'full'],
  ['of an admin of the demo with a factor', { platformRole: 'admin', exempt: true, hasFactor: true }, 'second_factor'],
  ['of an admin who proved one', { platformRole: 'admin', hasFactor: true, mfaAtMs: NOW }, 'full'],
  ['that rested almost a day', { seenAtMs: NOW - DAY + 1, createdAtMs: NOW - 2 * DAY }, 'full'],
  ['that rested a day', { seenAtMs: NOW - DAY, createdAtMs: NOW - 2 * DAY }, 'dead'],
  ['that is almost seven days old', { createdAtMs: NOW - 7 * DAY + 1 }, 'full'],
  ['that is seven days old, however busy', { createdAtMs: NOW - 7 * DAY, seenAtMs: NOW }, 'dead'],
])('a session %s: %o is %s', (_, change, expected) => expect(standingOf(session(change), NOW)).toBe(expected));

test('a proof is fresh for five minutes', () => {
  expect([freshUntilMs(null), freshUntilMs(undefined), freshUntilMs(NOW)]).toEqual([null, null, NOW + 300_000]);
});
