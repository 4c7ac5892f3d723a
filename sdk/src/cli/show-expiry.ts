import { API_KEY_WARNING_DAYS } from '../limits.ts';
import type { Me } from '../wire/people.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What a person should know about the life of their key: when it ends, and whether that is soon. Null for sessions. */
export function expiryOf(me: Me, nowMs: number): { text: string; warning: string | null } | null {
  if (me.credential === null) return null;
  const { expiresAt, replaced } = me.credential;
  const leftMs = Date.parse(expiresAt) - nowMs;
  const left =
    leftMs < 2 * DAY_MS ? `${Math.max(0, Math.floor(leftMs / HOUR_MS))} h` : `${Math.floor(leftMs / DAY_MS)} days`;
  const text = `expires ${expiresAt} (in ${left})`;
  if (replaced)
    return {
      text,
      warning: `This secret was replaced by a newer one and stops working in ${left}. Sign in with the new one: aegis login`,
    };
  if (leftMs > API_KEY_WARNING_DAYS * DAY_MS) return { text, warning: null };
  return { text, warning: `This key expires in ${left}. Rotate it on the page “Keys”, or sign in anew: aegis login` };
}
