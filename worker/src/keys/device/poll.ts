import { AegisError } from '@aegis/skill-sdk/errors';

/** A poll that comes this much early is no haste: clocks and networks are not that exact. */
const TOLERANCE_MS = 500;
/** RFC 8628, section 3.5: each slow_down adds five seconds. */
const SLOWER_SECONDS = 5;

export type DeviceState = 'pending' | 'approved' | 'denied' | 'redeemed';

/** A device code as a poll finds it. */
export interface Polled {
  state: DeviceState;
  expiresAtMs: number;
  intervalSeconds: number;
  lastPolledAtMs: number | null;
}

/** What a poll is answered (RFC 8628, section 3.5): the token, or an error after `intervalSeconds` was stored. */
export type PollAnswer =
  | { kind: 'token' }
  | { kind: 'error'; code: 'AUTHORIZATION_PENDING' | 'SLOW_DOWN'; intervalSeconds: number }
  | { kind: 'error'; code: 'ACCESS_DENIED' | 'EXPIRED_TOKEN' | 'INVALID_GRANT' };

/** Pure; undefined is a code that nobody was given. */
export function judgePoll(polled: Polled | undefined, nowMs: number): PollAnswer {
  if (polled === undefined || polled.state === 'redeemed') return { kind: 'error', code: 'INVALID_GRANT' };
  if (polled.expiresAtMs <= nowMs) return { kind: 'error', code: 'EXPIRED_TOKEN' };
  if (polled.state === 'denied') return { kind: 'error', code: 'ACCESS_DENIED' };
  if (polled.state === 'approved') return { kind: 'token' };
  const { intervalSeconds, lastPolledAtMs } = polled;
  const hasty = lastPolledAtMs !== null && nowMs - lastPolledAtMs < intervalSeconds * 1000 - TOLERANCE_MS;
  return hasty
    ? { kind: 'error', code: 'SLOW_DOWN', intervalSeconds: intervalSeconds + SLOWER_SECONDS }
    : { kind: 'error', code: 'AUTHORIZATION_PENDING', intervalSeconds };
}

const WORDS = {
  AUTHORIZATION_PENDING: 'Nobody has decided yet. Ask again after the interval.',
  SLOW_DOWN: 'Asked too soon. The interval is five seconds longer from now on.',
  ACCESS_DENIED: 'The request was denied in the dashboard.',
  EXPIRED_TOKEN: 'Nobody decided in time. Begin anew: aegis login',
  INVALID_GRANT: 'This device code is unknown, or was used already. Begin anew: aegis login',
};

/** The error of an answer, as it goes to the device. */
export function pollError(code: keyof typeof WORDS): AegisError {
  return new AegisError(code, { detail: WORDS[code] });
}
