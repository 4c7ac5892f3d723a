import { expect, test } from 'vitest';
import { spendOfRoute } from './spend-of-route.ts';

const TENANT = 'ten-01jd0000000000000000000000';

test.each([
  ['GET', '/api/skills/private', null],
  ['GET', '/api/skills/private?q=', null],
  ['GET', '/api/skills/private?q=crm', { name: 'search', tenantId: null }],
  ['GET', `/api/skills/private?q=crm&tenantId=${TENANT}`, { name: 'search', tenantId: TENANT }],
  ['POST', `/api/skills/private/upload?tenantId=${TENANT}`, { name: 'upload', tenantId: TENANT }],
  ['POST', `/api/tenants/${TENANT}/invitations`, { name: 'invitation', tenantId: TENANT }],
  ['POST', '/api/admin/invitations', { name: 'invitation', tenantId: null }],
  ['DELETE', `/api/tenants/${TENANT}/invitations/inv-1`, { name: 'write', tenantId: TENANT }],
  ['PUT', '/api/admin/skills/private/skv-1/review', { name: 'write', tenantId: null }],
])('%s %s takes from its allowance (C32)', (method, path, wanted) => {
  expect(spendOfRoute(method, new URL(path, 'https://registry.example'))).toEqual(wanted);
});
