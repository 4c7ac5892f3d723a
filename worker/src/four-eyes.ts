import { type Caller, can } from './auth.ts';

/** Who published a version: a person, a key, or a job. `publishedByPersonId` is the person behind it, if there is one. */
export interface Published {
  tenantId: string;
  publishedById: string;
  publishedByPersonId: string | null;
}

/**
 * Why this caller may not decide about what was published, in one sentence; null when they may. One stolen credential
 * must not be able to publish and approve, so a person's own key counts as the person, and what a key of the tenant or
 * CI published is decided by nobody who could have used it.
 */
export function reasonAgainstDeciding(caller: Caller, published: Published): string | null {
  const person = caller.personId ?? caller.id;
  if (published.publishedById === caller.id || published.publishedByPersonId === person) {
    return 'You published this version. Another reviewer decides about it.';
  }
  if (published.publishedByPersonId === null && can(caller, 'skill:publish', { tenantId: published.tenantId })) {
    return 'A key of the tenant published this version, and you may publish in this tenant. A reviewer from outside decides about it.';
  }
  return null;
}
