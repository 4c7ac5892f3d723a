import { expect, test } from 'vitest';
import { adminPaths, apiPaths, paths, query, tenantPaths } from './paths.ts';

const TENANT = 'ten-01hzzzzzzzzzzzzzzzzzzzzzzz';
const ID = 'skv-01hzzzzzzzzzzzzzzzzzzzzzzz';

/** Calls every path builder of a table with the arguments it needs. */
function every(table: Record<string, (...args: never[]) => string>, args: Record<string, unknown[]> = {}) {
  return Object.fromEntries(
    Object.entries(table).map(([name, build]) => [name, build(...((args[name] ?? []) as never[]))]),
  );
}

test('A111: every page and every API path is where it always was', () => {
  expect(every(paths, { docsError: ['VERSION_EXISTS'] })).toEqual({
    home: '/',
    signIn: '/sign-in',
    signOut: '/sign-out',
    secondFactor: '/second-factor',
    account: '/account',
    connect: '/connect',
    device: '/device',
    setup: '/setup',
    invite: '/invite',
    docsApi: '/docs/api',
    docsErrors: '/docs/errors',
    docsError: '/docs/errors/version-exists',
  });
  const ids = Object.fromEntries(
    ['skill', 'skillManifest', 'skillFindings', 'skillFiles', 'skillVersions', 'skillInstalls', 'agent'].map((name) => [
      name,
      [ID],
    ]),
  );
  expect(every(tenantPaths(TENANT), ids)).toEqual({
    overview: `/t/${TENANT}`,
    skills: `/t/${TENANT}/skills/private`,
    upload: `/t/${TENANT}/skills/private/upload`,
    skill: `/t/${TENANT}/skills/private/${ID}`,
    skillManifest: `/t/${TENANT}/skills/private/${ID}/manifest`,
    skillFindings: `/t/${TENANT}/skills/private/${ID}/findings`,
    skillFiles: `/t/${TENANT}/skills/private/${ID}/files`,
    skillVersions: `/t/${TENANT}/skills/private/${ID}/versions`,
    skillInstalls: `/t/${TENANT}/skills/private/${ID}/installs`,
    agents: `/t/${TENANT}/agents`,
    agent: `/t/${TENANT}/agents/${ID}`,
    blocked: `/t/${TENANT}/blocked`,
    members: `/t/${TENANT}/members`,
    signOn: `/t/${TENANT}/members/sign-on`,
    keys: `/t/${TENANT}/keys`,
    publishers: `/t/${TENANT}/keys/publishers`,
    audit: `/t/${TENANT}/audit`,
  });
  expect(every(adminPaths, { review: [ID], base: [ID], cluster: [ID] })).toEqual({
    home: '/admin',
    reviews: '/admin/reviews',
    review: `/admin/reviews/${ID}`,
    base: `/admin/bases/${ID}`,
    skills: '/admin/skills',
    clusters: '/admin/clusters',
    cluster: `/admin/clusters/${ID}`,
    tenants: '/admin/tenants',
    mails: '/admin/mails',
    blocked: '/admin/blocked',
    audit: '/admin/audit',
  });
  const asked = {
    upload: [TENANT],
    skills: [{ q: 'crm' }],
    skill: [ID],
    versions: [ID],
    installs: [ID],
    file: [ID, 'handlers/a b.ts'],
    agents: [TENANT],
    blocked: [{ tenantId: TENANT }],
    auditExport: [{ tenantId: TENANT, format: 'csv', cursor: null }],
    auditProof: ['aud-1'],
  };
  expect(every(apiPaths, asked)).toEqual({
    openapi: '/api/openapi.json',
    passkeySignIn: '/api/auth/passkey',
    passkeyProof: '/api/account/second-factor/passkey',
    passkeys: '/api/account/passkeys',
    upload: `/api/skills/private/upload?tenantId=${TENANT}`,
    skills: '/api/skills/private?q=crm',
    skill: `/api/skills/private/${ID}`,
    versions: `/api/skills/private/${ID}/versions`,
    installs: `/api/skills/private/${ID}/installs`,
    file: `/api/skills/private/${ID}/file?path=handlers%2Fa+b.ts`,
    agents: `/api/tenants/${TENANT}/agents?limit=200`,
    blocked: `/api/blocked?tenantId=${TENANT}`,
    auditExport: `/api/audit-logs/export?tenantId=${TENANT}&format=csv`,
    auditVerify: '/api/audit-logs/verify',
    auditProof: '/api/audit-logs/aud-1/proof',
    keys: '/.well-known/aegis/keys.json',
  });
});

test('what stands in a path is escaped, what is empty in a query is left out', () => {
  expect(tenantPaths('../admin').agents()).toBe('/t/..%2Fadmin/agents');
  expect(query({ a: '', b: null, c: undefined, d: false, e: 0, f: 'x y' })).toBe('?e=0&f=x+y');
  expect(query({})).toBe('');
});

test('the sign-in page keeps where one wanted to go, but not the start', () => {
  expect(paths.signIn('/admin/reviews?q=1')).toBe('/sign-in?next=%2Fadmin%2Freviews%3Fq%3D1');
  expect(paths.signIn('/')).toBe('/sign-in');
});
