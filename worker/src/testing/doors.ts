import { type Action, KEY_SCOPES, type PlatformRole, type TenantRole } from '@aegis/skill-sdk/actions';
import { CLUSTER_RIGHTS, PENDING_ROUTES, PLATFORM_RIGHTS, TENANT_RIGHTS } from '../rights.ts';

/** Whose subject a route is about; the rights are judged there. */
type Where =
  /** One tenant's; for others it does not exist. */
  | 'tenant'
  /** The platform's own. */
  | 'platform'
  /** Everything that the caller may see, of whichever tenants. */
  | 'lists'
  /** A cluster's own. */
  | 'self'
  /** A person's own account; keys and clusters have none. */
  | 'account'
  /** A key's own. */
  | 'key'
  /** Whoever has a credential. */
  | 'anyone';

/** One route and what it takes to pass; `action` is what `rights.ts` decides by. */
export interface Door {
  route: string;
  where: Where | 'open';
  action?: Action;
  /** A second action that opens it as well. */
  or?: Action;
  /** Clusters may pass although (true), or may not although (false), the action alone would say otherwise. */
  clusters?: boolean;
  /** What a CI job may do with its one skill. */
  jobs?: boolean;
  /** Looks at no credential at all. */
  blind?: boolean;
  /** What it answers behind the door, where that alone does not tell that the door was passed. */
  answers?: number;
}

const open = (route: string, answers = 200, blind = false): Door => ({ route, where: 'open', answers, blind });
const of = (where: Where, action: Action, routes: string[], rest: Partial<Door> = {}): Door[] =>
  routes.map((route) => ({ route, where, action, ...rest }));

const SKILL = '/api/skills/private/{id}';
const TENANT = '/api/tenants/{tenantId}';
const AGENT = `${TENANT}/agents/{agentId}`;
const CLUSTER = '/api/clusters/{clusterId}';
const ADMIN_CLUSTER = '/api/admin/clusters/{clusterId}';

/** Every route of the API. One that is not here fails the test of the matrix. */
export const DOORS: readonly Door[] = [
  open('GET /.well-known/aegis/keys.json', 200, true),
  open('GET /api/health', 200, true),
  open('POST /api/auth/sign-in/email'),
  open('POST /api/auth/passkey/options'),
  open('POST /api/auth/passkey', 422),
  open('GET /api/auth/sso/{tenantId}/callback', 303),
  open('POST /api/auth/sso/start', 404),
  open('POST /api/ci/token', 400),
  open('POST /api/clusters/enrol', 201),
  open('POST /api/device/code'),
  open('POST /api/device/token', 400),
  open('POST /api/invitations/accept', 422),
  open('POST /api/invitations/preview'),
  open('POST /api/setup', 403),
  { route: 'GET /api/me', where: 'anyone' },
  ...[
    'GET /api/account/security',
    'GET /api/account/sessions',
    'DELETE /api/account/sessions',
    'DELETE /api/account/sessions/{sessionId}',
    'PUT /api/account/password',
    'POST /api/account/totp',
    'POST /api/account/totp/confirm',
    'DELETE /api/account/totp',
    'POST /api/account/backup-codes',
    'POST /api/account/second-factor',
    'POST /api/account/passkeys/options',
    'POST /api/account/passkeys',
    'POST /api/account/second-factor/passkey/options',
    'POST /api/account/second-factor/passkey',
  ].map((route): Door => ({ route, where: 'account' })),
  // Behind the door there is nothing to connect: 409.
  { route: 'POST /api/account/sso', where: 'account', answers: 409 },
  { route: 'POST /api/device/request', where: 'account', answers: 404 },
  { route: 'POST /api/device/decision', where: 'account', answers: 404 },
  { route: 'POST /api/keys/own/rotation', where: 'key' },
  { route: 'DELETE /api/keys/own', where: 'key' },
  { route: 'PATCH /api/account/passkeys/{passkeyId}', where: 'account', answers: 404 },
  { route: 'DELETE /api/account/passkeys/{passkeyId}', where: 'account', answers: 404 },
  ...of('platform', 'tenant:read', ['GET /api/admin/tenants']),
  ...of('platform', 'tenant:create', ['POST /api/admin/tenants']),
  ...of('platform', 'mail:read', ['GET /api/admin/mails']),
  ...of('platform', 'member:invite', ['POST /api/admin/invitations']),
  ...of('platform', 'cluster:read', ['GET /api/admin/clusters', `GET ${ADMIN_CLUSTER}`]),
  ...of('platform', 'cluster:create', ['POST /api/admin/clusters', `POST ${ADMIN_CLUSTER}/join-token`]),
  ...of('platform', 'cluster:place', [
    `PUT ${ADMIN_CLUSTER}/tenants/{tenantId}`,
    `DELETE ${ADMIN_CLUSTER}/tenants/{tenantId}`,
  ]),
  ...of('platform', 'cluster:revoke', [`DELETE ${ADMIN_CLUSTER}`]),
  ...of('platform', 'cluster:update', [`PATCH ${ADMIN_CLUSTER}`]),
  ...of(
    'platform',
    'skill:read',
    ['GET /api/admin/reviews', 'GET /api/admin/skills/private/{id}/review', 'GET /api/admin/bases/{baseId}/review'],
    { clusters: false },
  ),
  ...of('tenant', 'base:review', ['PUT /api/admin/bases/{baseId}/review']),
  ...of('tenant', 'skill:review', ['PUT /api/admin/skills/private/{id}/review']),
  ...of('tenant', 'dryrun:request', [`POST ${SKILL}/dry-runs`], { clusters: false }),
  ...of('tenant', 'skill:revoke', [
    'PUT /api/admin/skills/private/{id}/revocation',
    'DELETE /api/admin/skills/private/{id}/revocation',
  ]),
  ...of('self', 'cluster:sync', [`GET ${CLUSTER}/state`, `GET ${CLUSTER}/tenants/{digest}`, `POST ${CLUSTER}/acks`]),
  ...of('self', 'cluster:rotate', [`POST ${CLUSTER}/key`]),
  ...of('self', 'blocked:write', [`POST ${CLUSTER}/blocked`]),
  ...of('self', 'dryrun:run', [
    `POST ${CLUSTER}/dry-runs/claim`,
    `PUT ${CLUSTER}/dry-runs/{dryRunId}`,
    `GET ${CLUSTER}/dry-runs/{dryRunId}/package`,
  ]),
  ...of('lists', 'audit:read', ['GET /api/audit-logs']),
  ...of('tenant', 'audit:read', [
    'GET /api/audit-logs/export',
    'POST /api/audit-logs/verify',
    'GET /api/audit-logs/checkpoint',
    'GET /api/audit-logs/{eventId}/proof',
  ]),
  ...of('platform', 'audit:read', [
    'GET /api/admin/audit-logs',
    'GET /api/admin/audit-logs/export',
    'POST /api/admin/audit-logs/verify',
    'GET /api/admin/audit-logs/checkpoint',
    'GET /api/admin/audit-logs/{eventId}/proof',
  ]),
  ...of('lists', 'blocked:read', ['GET /api/blocked']),
  ...of('lists', 'skill:read', ['GET /api/skills/private'], { clusters: false }),
  ...of('tenant', 'skill:read', ['GET /api/skills/private/resolve', 'GET /api/skills/private/blobs/{digest}']),
  ...of(
    'tenant',
    'skill:read',
    [
      '',
      '/versions',
      '/files',
      '/file',
      '/report',
      '/diff',
      '/approval',
      '/dry-runs',
      '/dry-runs/{dryRunId}/report',
    ].map((part) => `GET ${SKILL}${part}`),
    { clusters: false, jobs: true },
  ),
  ...of('tenant', 'skill:read', ['GET /api/skills/private/attempts/{attemptId}'], {
    or: 'skill:publish',
    clusters: false,
  }),
  ...of('tenant', 'install:read', [`GET ${SKILL}/installs`]),
  ...of('tenant', 'skill:publish', ['POST /api/skills/private/upload'], { jobs: true }),
  ...of('tenant', 'skill:delete', [`DELETE ${SKILL}`]),
  ...of('tenant', 'skill:deprecate', [`PUT ${SKILL}/deprecation`, `DELETE ${SKILL}/deprecation`]),
  ...of('tenant', 'skill:yank', [`PUT ${SKILL}/yank`, `DELETE ${SKILL}/yank`]),
  ...of('tenant', 'tenant:read', [`GET ${TENANT}`]),
  ...of('tenant', 'tenant:update', [`PATCH ${TENANT}`]),
  ...of('tenant', 'member:read', [`GET ${TENANT}/members`]),
  ...of('tenant', 'member:update', [`PUT ${TENANT}/members/{userId}`]),
  ...of('tenant', 'member:remove', [`DELETE ${TENANT}/members/{userId}`]),
  ...of('tenant', 'member:invite', [
    `GET ${TENANT}/invitations`,
    `POST ${TENANT}/invitations`,
    `DELETE ${TENANT}/invitations/{invitationId}`,
  ]),
  ...of('tenant', 'key:read', [`GET ${TENANT}/keys`]),
  ...of('tenant', 'key:create', [`POST ${TENANT}/keys`]),
  ...of('tenant', 'key:rotate', [`POST ${TENANT}/keys/{keyId}/rotation`]),
  // Behind the door there is no overlap to end: 409.
  ...of('tenant', 'key:rotate', [`DELETE ${TENANT}/keys/{keyId}/rotation`]),
  ...of('tenant', 'key:revoke', [`DELETE ${TENANT}/keys/{keyId}`]),
  ...of('tenant', 'publisher:read', [`GET ${TENANT}/publishers`]),
  ...of('tenant', 'publisher:write', [`POST ${TENANT}/publishers`, `DELETE ${TENANT}/publishers/{publisherId}`]),
  ...of('tenant', 'sso:read', [`GET ${TENANT}/sso`]),
  // Behind the door there is no connection, and no name server: 409, 422, 503.
  ...of('tenant', 'sso:write', [`DELETE ${TENANT}/sso`, `POST ${TENANT}/sso/test`], { answers: 409 }),
  ...of('tenant', 'sso:write', [`PUT ${TENANT}/sso`], { answers: 422 }),
  ...of('tenant', 'sso:write', [`POST ${TENANT}/sso/domains`, `DELETE ${TENANT}/sso/domains/{domainId}`]),
  ...of('tenant', 'sso:write', [`POST ${TENANT}/sso/domains/{domainId}/check`], { answers: 503 }),
  ...of('tenant', 'sso:confirm', [`PUT /api/admin/tenants/{tenantId}/sso/domains/{domainId}`]),
  ...of('tenant', 'agent:read', [`GET ${TENANT}/agents`, `GET ${AGENT}`]),
  ...of('tenant', 'agent:write', [`POST ${TENANT}/agents`, `PATCH ${AGENT}`]),
  ...of('tenant', 'base:propose', [`PUT ${AGENT}/base`]),
  ...of('tenant', 'install:read', [`GET ${AGENT}/skills/private`]),
  ...of('tenant', 'install:write', [
    `POST ${AGENT}/skills/private`,
    `POST ${AGENT}/skills/private/{name}/rollback`,
    `DELETE ${AGENT}/skills/private/{name}`,
  ]),
  ...of('tenant', 'agent:write', [`DELETE ${AGENT}`]),
  open('POST /api/auth/sign-out'),
];

/** A kind of caller: a column of the matrix. The subject is always a tenant's or cluster's that the first ones belong to. */
export type Visitor =
  | { kind: 'person'; role: TenantRole; own: boolean }
  | { kind: 'platform'; role: PlatformRole }
  | { kind: 'key'; own: boolean; scopes: readonly Action[] }
  | { kind: 'cluster'; own: boolean }
  | { kind: 'job'; own: boolean }
  | { kind: 'pending'; pending: keyof typeof PENDING_ROUTES }
  | { kind: 'dead'; credential: 'bearer' | 'cookie' }
  | { kind: 'nobody' };

const key = (own: boolean, scopes: readonly Action[]): Visitor => ({ kind: 'key', own, scopes });

/** The columns, by the name that the matrix shows. */
export const VISITORS = {
  owner: { kind: 'person', role: 'owner', own: true },
  'tenant admin': { kind: 'person', role: 'tenant_admin', own: true },
  author: { kind: 'person', role: 'author', own: true },
  member: { kind: 'person', role: 'member', own: true },
  'tenant auditor': { kind: 'person', role: 'tenant_auditor', own: true },
  'other owner': { kind: 'person', role: 'owner', own: false },
  reviewer: { kind: 'platform', role: 'reviewer' },
  admin: { kind: 'platform', role: 'admin' },
  auditor: { kind: 'platform', role: 'auditor' },
  'no 2nd factor yet': { kind: 'pending', pending: 'second_factor' },
  'admin without one': { kind: 'pending', pending: 'enrolment' },
  key: key(true, KEY_SCOPES),
  'narrow key': key(true, ['blocked:read']),
  'other key': key(false, KEY_SCOPES),
  'CI job': { kind: 'job', own: true },
  'other CI job': { kind: 'job', own: false },
  cluster: { kind: 'cluster', own: true },
  'other cluster': { kind: 'cluster', own: false },
  'revoked cluster': { kind: 'dead', credential: 'bearer' },
  'expired key': { kind: 'dead', credential: 'bearer' },
  'revoked key': { kind: 'dead', credential: 'bearer' },
  'ended session': { kind: 'dead', credential: 'cookie' },
  nobody: { kind: 'nobody' },
} as const satisfies Record<string, Visitor>;
export type VisitorName = keyof typeof VISITORS;

/** What the visitor gets: `pass`, or the exact status of the refusal. */
export type Verdict = 'pass' | 401 | 403 | 404;

/** Derived from the tables of rights alone, without `can()`. */
export function verdictOf(door: Door, visitor: Visitor): Verdict {
  if (door.where === 'open')
    return visitor.kind === 'dead' && visitor.credential === 'bearer' && !door.blind ? 401 : 'pass';
  if (visitor.kind === 'dead' || visitor.kind === 'nobody') return 401;
  if (visitor.kind === 'pending') return PENDING_ROUTES[visitor.pending].has(door.route) ? 'pass' : 403;
  if (door.where === 'anyone') return 'pass';
  if (door.where === 'key') return visitor.kind === 'key' ? 'pass' : 403;
  if (door.where === 'account') return visitor.kind === 'person' || visitor.kind === 'platform' ? 'pass' : 403;
  if (holds(door, visitor) && reaches(door, visitor)) return 'pass';
  return knows(door, visitor) ? 403 : 404;
}

function holds({ action, or, clusters, jobs }: Door, visitor: Visitor): boolean {
  if (visitor.kind === 'job') return jobs === true;
  if (visitor.kind === 'cluster' && clusters === false) return false;
  const rights = rightsOf(visitor);
  return [action, or].some((one) => one !== undefined && rights.has(one));
}

function rightsOf(visitor: Visitor): ReadonlySet<Action> {
  if (visitor.kind === 'person') return TENANT_RIGHTS[visitor.role];
  if (visitor.kind === 'platform') return PLATFORM_RIGHTS[visitor.role];
  if (visitor.kind === 'cluster') return CLUSTER_RIGHTS;
  return new Set(visitor.kind === 'key' ? visitor.scopes.filter((scope) => TENANT_RIGHTS.owner.has(scope)) : []);
}

function reaches({ where }: Door, visitor: Visitor): boolean {
  if (visitor.kind === 'platform') return where !== 'self';
  if (where === 'platform' || where === 'self') return visitor.kind === 'cluster' && where === 'self' && visitor.own;
  return where === 'lists' || ('own' in visitor && visitor.own);
}

/** True when the visitor may know that the subject is there. */
function knows({ where, clusters }: Door, visitor: Visitor): boolean {
  if (visitor.kind === 'platform') return true;
  if (where === 'lists') return true;
  if (visitor.kind === 'cluster' && clusters === false) return false;
  return where === 'tenant' && 'own' in visitor && visitor.own;
}

const RIGHT_WORDS: Partial<Record<Door['where'], string>> = {
  open: 'open',
  anyone: 'any credential',
  account: 'a person’s own',
  key: 'a key’s own',
};
const SHOWN: Record<string, string> = { pass: '✓', 401: '401', 403: '403', 404: '–' };

/** The page `docs/access-matrix.md`. */
export function matrixPage(): string {
  const names = Object.keys(VISITORS) as VisitorName[];
  const rows = [...DOORS]
    .sort((left, right) => (pathOf(left) < pathOf(right) ? -1 : 1))
    .map((door) => {
      const cells = names.map((name) => SHOWN[verdictOf(door, VISITORS[name])]);
      const right = door.action ?? RIGHT_WORDS[door.where];
      return `| \`${door.route}\` | ${right} | ${cells.join(' | ')} |`;
    });
  return [
    '# Who reaches what',
    '',
    'Generated from the tables of rights by `node --conditions=aegis-source worker/scripts/write-access-matrix.ts`; do not',
    'edit. `worker/src/rights.test.ts` sends every one of these requests to the registry: a route that is not here, or that',
    'answers otherwise, fails.',
    '',
    '✓ passes the door (what the request asks for may still be refused for its own sake) · 401 no valid credential · 403 may',
    'know of it and not do it · – 404, for this caller it does not exist.',
    '',
    '*owner, author, member*: of the tenant that the request is about · *other …*: of another tenant, or a cluster where the',
    'tenant is not placed · *CI job*: one that is trusted with this skill · *narrow key*: a key with the one scope `blocked:read` · *key*: one with every scope that keys',
    'can have · *no 2nd factor yet*: signed in with the password alone, and the account has a second factor · *admin without',
    'one*: of a platform role and never enrolled.',
    '',
    `| route | right | ${names.join(' | ')} |`,
    `|---|---|${names.map(() => ':-:').join('|')}|`,
    ...rows,
    '',
    `${DOORS.length} routes, ${names.length} kinds of callers, ${DOORS.length * names.length} answers.`,
    '',
  ].join('\n');
}

function pathOf({ route }: Door): string {
  const [method = '', path = ''] = route.split(' ');
  return `${path} ${method}`;
}
