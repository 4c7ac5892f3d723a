import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';

const HOUR_MS = 3_600_000;

/** What a rotation looks at. */
export interface Rotatable {
  hash: string;
  prefix: string;
  expiresAtMs: number;
  revokedAtMs: number | null;
  previousUntilMs: number | null;
}

/** What a rotation makes of it; the new secret is put in by the store. */
export interface Rotation {
  previousHash: string;
  previousPrefix: string;
  previousUntilMs: number;
  expiresAtMs: number;
}

/**
 * A new secret now, the old one for a chosen time; never longer than it would have lived. `expiresAtMs` null keeps the
 * expiry of the key. Pure. Throws NOT_FOUND for a dead key, STATE_CONFLICT while the secret before the last rotation
 * still works: a third one would cut it off, and whoever holds the old one must not be able to take the key over.
 */
export function planRotation(
  key: Rotatable,
  ask: { overlapHours: number; expiresAtMs: number | null },
  nowMs: number,
): Rotation {
  if (key.revokedAtMs !== null || key.expiresAtMs <= nowMs) throw new AegisError('NOT_FOUND');
  if (key.previousUntilMs !== null && key.previousUntilMs > nowMs) {
    throw new AegisError('STATE_CONFLICT', {
      detail: `The secret before the last rotation works until ${toInstant(key.previousUntilMs)}. Wait, or end it on the page Keys.`,
    });
  }
  return {
    previousHash: key.hash,
    previousPrefix: key.prefix,
    previousUntilMs: Math.min(key.expiresAtMs, nowMs + ask.overlapHours * HOUR_MS),
    expiresAtMs: ask.expiresAtMs ?? key.expiresAtMs,
  };
}

/** Until when (epoch ms) the secret with this hash works: the key's expiry, or the end of its overlap. */
export function secretUntilMs(
  key: { hash: string; expiresAtMs: number; previousUntilMs: number | null },
  hash: string,
): number {
  return key.hash === hash ? key.expiresAtMs : (key.previousUntilMs ?? 0);
}
