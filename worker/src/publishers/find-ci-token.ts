import { isMistyped } from '@aegis/skill-sdk/token';
import type { Caller } from '../auth.ts';
import type { Db } from '../db.ts';
import { remembered } from '../remembered.ts';
import { tokenHash } from '../secrets.ts';
import { publisherByToken } from './store.ts';

/** What a job may do: publish its one skill, and see how that is judged. */
const SCOPES = ['skill:publish', 'skill:read'] as const;

/** The job behind a token of fifteen minutes; null when that is unknown, has ended, or its publisher was removed. */
export async function findCiToken(db: Db, token: string, nowMs: number): Promise<Caller | null> {
  if (await isMistyped(token)) return null;
  const hash = await tokenHash(token);
  const found = await remembered(`ci/${hash}`, nowMs, () => publisherByToken(db, hash, nowMs));
  if (found === undefined || found.expiresAtMs <= nowMs) return null;
  return {
    kind: 'ci',
    id: found.id,
    name: found.label,
    tenantId: found.tenantId,
    tenants: new Map([[found.tenantId, 'author']]),
    platformRole: null,
    scopes: new Set(SCOPES),
    skill: found.skillName,
    credential: { expiresAtMs: found.expiresAtMs, replaced: false },
  };
}
