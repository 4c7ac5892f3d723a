import { expect, test } from 'vitest';
import type { Caller } from './auth.ts';
import { type Published, reasonAgainstDeciding } from './four-eyes.ts';

const ACME = 'ten-acme';
const caller = (id: string, role?: 'author' | 'member'): Caller => ({
  kind: 'user',
  id,
  name: id,
  personId: id,
  tenantId: null,
  tenants: new Map(role === undefined ? [] : [[ACME, role]]),
  platformRole: 'reviewer',
  scopes: null,
});
const published = (publishedById: string, publishedByPersonId: string | null): Published => ({
  tenantId: ACME,
  publishedById,
  publishedByPersonId,
});

test.each<[string, Caller, Published, boolean]>([
  ['who published does not decide', caller('usr-a'), published('usr-a', 'usr-a'), false],
  ['nor through a key of their own', caller('usr-a'), published('key-1', 'usr-a'), false],
  ['somebody else does', caller('usr-b'), published('usr-a', 'usr-a'), true],
  ['also an author of the same tenant', caller('usr-b', 'author'), published('usr-a', 'usr-a'), true],
  ['but not about what a key of the tenant published', caller('usr-b', 'author'), published('key-2', null), false],
  ['about which a mere member of it does', caller('usr-b', 'member'), published('key-2', null), true],
  ['and everybody from outside', caller('usr-b'), published('key-2', null), true],
])('%s', (_, who, version, may) => {
  const reason = reasonAgainstDeciding(who, version);
  if (may) expect(reason).toBeNull();
  else expect(reason).toMatch(/reviewer/);
});
