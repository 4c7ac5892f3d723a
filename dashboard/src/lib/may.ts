import type { Can } from '@aegis/skill-sdk/wire/common';

/** What the registry says that the caller may do; what it does not mention is not offered. */
export function may(can: Can, name: string): { allowed: boolean; reason: string | null } {
  const entry = Object.hasOwn(can, name) ? can[name] : undefined;
  if (entry === undefined) return { allowed: false, reason: 'The registry does not offer this here.' };
  return {
    allowed: entry.allowed,
    reason: entry.allowed ? null : (entry.reason ?? 'The registry does not allow this.'),
  };
}
