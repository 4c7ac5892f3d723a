import type { TenantRole } from '@aegis/skill-sdk/actions';
import { CREDENTIAL_CACHE_MS } from '@aegis/skill-sdk/limits';
import { isMistyped } from '@aegis/skill-sdk/token';
import type { Caller } from '../auth.ts';
import type { Db } from '../db.ts';
import { tokenHash } from '../secrets.ts';
import { secretUntilMs } from './rotate.ts';
import { findByHash, touchKey } from './store.ts';

const cached = new Map<string, { caller: Caller | null; untilMs: number }>();
const CACHE_ENTRIES_MAX = 1000;
/** `last used` is shown by the hour; writing it on every request would make every read a write. */
const TOUCH_EVERY_MS = 3_600_000;

/** The caller behind an API key; null when it is unknown, expired or revoked. At most CREDENTIAL_CACHE_MS old. */
export async function findKey(db: Db, secret: string, nowMs: number): Promise<Caller | null> {
  const known = cached.get(secret);
  if (known !== undefined && known.untilMs > nowMs) return known.caller;
  // Guesses and slips of the hand cost no read of the database.
  const caller = (await isMistyped(secret)) ? null : await read(db, await tokenHash(secret), nowMs);
  if (cached.size >= CACHE_ENTRIES_MAX) cached.clear();
  cached.set(secret, { caller, untilMs: nowMs + CREDENTIAL_CACHE_MS });
  return caller;
}

async function read(db: Db, hash: string, nowMs: number): Promise<Caller | null> {
  const row = await findByHash(db, hash);
  if (row === undefined || row.revokedAtMs !== null || row.tenantDeletedAtMs !== null) return null;
  const expiresAtMs = secretUntilMs(row, hash);
  if (expiresAtMs <= nowMs) return null;
  // A person's key never does more than the person may do now; a tenant's key has the rights of an owner, cut to its scopes.
  const role = row.personId === null ? 'owner' : row.personRole;
  if (role === null) return null;
  if (row.lastUsedAtMs === null || nowMs - row.lastUsedAtMs > TOUCH_EVERY_MS) await touchKey(db, row.id, nowMs);
  return {
    kind: 'key',
    id: row.id,
    name: row.name,
    ...(row.personId === null ? {} : { personId: row.personId }),
    tenantId: row.tenantId,
    tenants: new Map([[row.tenantId, role as TenantRole]]),
    platformRole: null,
    scopes: new Set(row.scopes),
    credential: { expiresAtMs, replaced: row.hash !== hash },
  };
}
