/** Every URL of the dashboard and every API path that a browser calls itself. One test pins them. */

import { errorPath } from '@aegis/skill-sdk/errors';

const part = encodeURIComponent;

/** `?a=b&c=d` of what is neither empty nor null, in the given order; empty when nothing is left. */
export function query(values: Record<string, string | number | boolean | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '' && value !== false) search.set(key, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

export const paths = {
  home: () => '/',
  signIn: (next?: string) => `/sign-in${query({ next: next === '/' ? null : next })}`,
  signOut: () => '/sign-out',
  /** Proves the second factor: to finish signing in, or again for what cannot be undone. */
  secondFactor: (next?: string) => `/second-factor${query({ next: next === '/' ? null : next })}`,
  account: () => '/account',
  /** Connects an account with the company sign-in that found it. */
  connect: () => '/connect',
  device: (code?: string) => `/device${query({ code })}`,
  setup: () => '/setup',
  invite: (token?: string) => `/invite${query({ token })}`,
  docsApi: () => '/docs/api',
  docsErrors: () => '/docs/errors',
  docsError: errorPath,
};

/** Pages of one tenant. */
export const tenantPaths = (tenantId: string) => {
  const base = `/t/${part(tenantId)}`;
  const skills = `${base}/skills/private`;
  return {
    overview: () => base,
    skills: (filter: Record<string, string | null | undefined> = {}) => `${skills}${query(filter)}`,
    upload: () => `${skills}/upload`,
    skill: (id: string) => `${skills}/${part(id)}`,
    skillManifest: (id: string) => `${skills}/${part(id)}/manifest`,
    skillFindings: (id: string) => `${skills}/${part(id)}/findings`,
    skillFiles: (id: string, path?: string) => `${skills}/${part(id)}/files${query({ path })}`,
    skillVersions: (id: string) => `${skills}/${part(id)}/versions`,
    skillInstalls: (id: string) => `${skills}/${part(id)}/installs`,
    agents: () => `${base}/agents`,
    agent: (agentId: string) => `${base}/agents/${part(agentId)}`,
    blocked: (filter: Record<string, string | null | undefined> = {}) => `${base}/blocked${query(filter)}`,
    members: () => `${base}/members`,
    signOn: () => `${base}/members/sign-on`,
    keys: () => `${base}/keys`,
    publishers: () => `${base}/keys/publishers`,
    audit: (filter: Record<string, string | null | undefined> = {}) => `${base}/audit${query(filter)}`,
  };
};

/** Pages of the platform. */
export const adminPaths = {
  home: () => '/admin',
  reviews: () => '/admin/reviews',
  review: (versionId: string) => `/admin/reviews/${part(versionId)}`,
  base: (baseId: string) => `/admin/bases/${part(baseId)}`,
  skills: (filter: Record<string, string | null | undefined> = {}) => `/admin/skills${query(filter)}`,
  clusters: () => '/admin/clusters',
  cluster: (clusterId: string) => `/admin/clusters/${part(clusterId)}`,
  tenants: () => '/admin/tenants',
  mails: () => '/admin/mails',
  blocked: (filter: Record<string, string | null | undefined> = {}) => `/admin/blocked${query(filter)}`,
  audit: (filter: Record<string, string | null | undefined> = {}) => `/admin/audit${query(filter)}`,
};

/** What a browser asks the registry itself; pages read through the server instead. */
export const apiPaths = {
  openapi: () => '/api/openapi.json',
  passkeySignIn: () => '/api/auth/passkey',
  passkeyProof: () => '/api/account/second-factor/passkey',
  passkeys: () => '/api/account/passkeys',
  upload: (tenantId: string) => `/api/skills/private/upload${query({ tenantId })}`,
  skills: (filter: Record<string, string | number | null | undefined>) => `/api/skills/private${query(filter)}`,
  skill: (id: string) => `/api/skills/private/${part(id)}`,
  versions: (id: string) => `/api/skills/private/${part(id)}/versions`,
  installs: (id: string) => `/api/skills/private/${part(id)}/installs`,
  file: (id: string, path: string) => `/api/skills/private/${part(id)}/file${query({ path })}`,
  agents: (tenantId: string) => `/api/tenants/${part(tenantId)}/agents?limit=200`,
  blocked: (filter: Record<string, string | number | null | undefined>) => `/api/blocked${query(filter)}`,
  auditExport: (filter: Record<string, string | null | undefined>) => `/api/audit-logs/export${query(filter)}`,
  auditVerify: () => '/api/audit-logs/verify',
  auditProof: (eventId: string) => `/api/audit-logs/${part(eventId)}/proof`,
  keys: () => '/.well-known/aegis/keys.json',
};
