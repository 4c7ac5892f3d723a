import { toInstant } from '@aegis/skill-sdk/clock';
import type { ApiKey } from '@aegis/skill-sdk/wire/people';
import { can } from '../auth.ts';
import type { Context } from '../context.ts';
import type { listKeys } from './store.ts';

export type KeyRow = Awaited<ReturnType<typeof listKeys>>[number];

/** A row as the API shows it. */
export function toKey(ctx: Context, tenantId: string, row: KeyRow): ApiKey {
  const instant = (atMs: number | null) => (atMs === null ? null : toInstant(atMs));
  const reason = reasonAgainstRotation(ctx, tenantId, row);
  const running = row.previousUntilMs !== null && row.previousUntilMs > ctx.nowMs;
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes as ApiKey['scopes'],
    ownedBy: row.personId === null ? 'tenant' : 'person',
    createdBy: row.createdByName ?? 'unknown',
    createdAt: toInstant(row.createdAtMs),
    expiresAt: toInstant(row.expiresAtMs),
    lastUsedAt: instant(row.lastUsedAtMs),
    revokedAt: instant(row.revokedAtMs),
    rotatedAt: instant(row.rotatedAtMs),
    previous: running
      ? { prefix: row.previousPrefix ?? '', validUntil: toInstant(row.previousUntilMs ?? ctx.nowMs) }
      : null,
    can: { rotate: reason === null ? { allowed: true } : { allowed: false, reason } },
  };
}

/** Why the caller may not hold this key's next secret; null when they may. */
export function reasonAgainstRotation(ctx: Context, tenantId: string, row: { personId: string | null }): string | null {
  if (!can(ctx.caller, 'key:rotate', { tenantId })) return 'Your role does not include key:rotate.';
  if (row.personId === null)
    return can(ctx.caller, 'member:invite', { tenantId }) ? null : 'Only those who run the tenant rotate its keys.';
  return row.personId === ctx.caller.id ? null : 'Only the person whose key it is rotates it. You can revoke it.';
}
