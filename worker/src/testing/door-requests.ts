import { env } from 'cloudflare:workers';
import { KEY_SCOPES } from '@aegis/skill-sdk/actions';
import { digestOf } from '@aegis/skill-sdk/digest';
import { DEVICE_CLIENT, DEVICE_GRANT } from '@aegis/skill-sdk/wire/device';
import { createAgent, place, readState } from './desired-state.ts';
import type { VisitorName } from './doors.ts';
import { createJob, createPublisher, githubPublisher } from './jobs.ts';
import { enrolTotp, sendStrictly } from './second-factor.ts';
import {
  accept,
  createKey,
  createWorld,
  enrolCluster,
  PASSWORD,
  type Person,
  packSkill,
  publishApproved,
  signIn,
  type TestCluster,
  upload,
  type World,
} from './world.ts';

/** A request without its method. */
export interface Ask {
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  redirect?: 'manual';
}

/** Everything that the routes are about, all of it of one tenant and one cluster. */
export interface Subjects {
  world: World;
  cluster: TestCluster;
  spare: { id: string };
  agentId: string;
  approved: string;
  draft: string;
  attempt: string;
  baseId: string;
  archive: string;
  document: string;
  invitationToken: string;
  visitors: Record<VisitorName, () => Promise<Person>>;
}

const ORIGIN = { origin: 'http://localhost:8788' };
let made = 0;
const fresh = (word: string) => `${word}-${++made}`;

/** A registry in which every route has something to be about, and one caller of each kind. */
export async function createSubjects(): Promise<Subjects> {
  const world = await createWorld();
  const { admin, acme, globex } = world;
  const cluster = await enrolCluster(admin, 'matrix');
  const elsewhere = await enrolCluster(admin, 'elsewhere');
  const gone = await enrolCluster(admin, 'gone');
  await place(admin, cluster, acme);
  await place(admin, elsewhere, globex);
  await admin.json(`/api/admin/clusters/${gone.id}`, { method: 'DELETE', body: {} });
  const agentId = await createAgent(acme, cluster, 'matrix');
  const approved = await publishApproved(world, acme, { name: 'matrix' });
  const uploaded = await upload(acme.author, acme.id, packSkill({ name: 'draft' }));
  const { proposedBase } = await acme.owner.json<{ proposedBase: { id: string } }>(
    `/api/tenants/${acme.id}/agents/${agentId}/base`,
    { method: 'PUT', body: { network: ['models.example'] } },
  );
  const { document } = await readState(cluster);
  const { url } = await acme.owner.json<{ url: string }>(`/api/tenants/${acme.id}/invitations`, {
    method: 'POST',
    body: { email: 'guest@acme.example', role: 'member' },
  });
  const ended = await signIn(acme.owner.email);
  await ended.json('/api/auth/sign-out', { method: 'POST', body: {} });
  return {
    world,
    cluster,
    spare: await enrolCluster(admin, 'spare'),
    agentId,
    approved,
    draft: (await uploaded.json<{ id: string }>()).id,
    attempt: uploaded.headers.get('aegis-attempt') ?? '',
    baseId: proposedBase.id,
    archive: await digestOf(packSkill({ name: 'matrix' })),
    document: document?.tenants[0]?.digest ?? '',
    invitationToken: new URL(url).searchParams.get('token') ?? '',
    visitors: {
      owner: async () => acme.owner,
      author: async () => acme.author,
      member: async () => acme.member,
      'other owner': async () => globex.owner,
      reviewer: async () => world.reviewer,
      admin: async () => admin,
      auditor: async () => world.auditor,
      ...(await staffOf(world)),
      ...(await pendingOf(world)),
      ...(await keysOf(world)),
      ...(await jobsOf(world)),
      cluster: () => cluster.as(),
      'other cluster': () => elsewhere.as(),
      'revoked cluster': () => gone.as(),
      'ended session': async () => ended,
      nobody: async () => world.nobody,
    },
  };
}

/** One who has not proved the second factor, and one of the platform who never set one up. */
async function pendingOf({ admin, acme }: World) {
  const half = await joinAs(acme.owner, `/api/tenants/${acme.id}/invitations`, 'half@acme.example', 'author');
  await enrolTotp(half);
  const again = await signIn(half.email);
  const late = await joinAs(admin, '/api/admin/invitations', 'late@platform.example', 'admin');
  const strict = await signIn(late.email, PASSWORD, sendStrictly);
  return { 'no 2nd factor yet': async () => again, 'admin without one': async () => strict };
}

/** The two roles that no other test needs. */
async function staffOf({ acme }: World) {
  const join = (role: string) =>
    joinAs(acme.owner, `/api/tenants/${acme.id}/invitations`, `${role}@acme.example`, role);
  const [admin, auditor] = [await join('tenant_admin'), await join('tenant_auditor')];
  return { 'tenant admin': async () => admin, 'tenant auditor': async () => auditor };
}

async function joinAs(host: Person, path: string, email: string, role: string): Promise<Person> {
  const { url } = await host.json<{ url: string }>(path, { method: 'POST', body: { email, role } });
  return await accept(url, email, email);
}

async function keysOf({ acme, globex }: World) {
  const own = await createKey(acme.owner, acme.id, { scopes: [...KEY_SCOPES] });
  const narrow = await createKey(acme.owner, acme.id, { scopes: ['blocked:read'] });
  const other = await createKey(globex.owner, globex.id);
  const expired = await createKey(acme.owner, acme.id);
  const revoked = await createKey(acme.owner, acme.id);
  await env.DB.prepare('update api_keys set expires_at_ms = 1 where id = ?').bind(expired.id).run();
  await acme.owner.json(`/api/tenants/${acme.id}/keys/${revoked.id}`, { method: 'DELETE' });
  return {
    key: async () => own,
    'narrow key': async () => narrow,
    'other key': async () => other,
    'expired key': async () => expired,
    'revoked key': async () => revoked,
  };
}

/** A CI job that is trusted with the skill `matrix`; the exchange itself is tried end to end, with a real issuer. */
async function jobsOf({ acme, globex }: World) {
  const [own, other] = [
    await createJob(acme.owner, acme.id, 'matrix'),
    await createJob(globex.owner, globex.id, 'matrix'),
  ];
  return { 'CI job': async () => own, 'other CI job': async () => other };
}

type Maker = (subjects: Subjects, caller: Person) => Ask | Promise<Ask>;

const acmeId = ({ world }: Subjects) => world.acme.id;
const tenantPath = (subjects: Subjects, rest = '') => `/api/tenants/${acmeId(subjects)}${rest}`;
const agentPath = (subjects: Subjects, rest = '') => tenantPath(subjects, `/agents/${subjects.agentId}${rest}`);
const onAdminCluster = (subjects: Subjects, rest = '') => `/api/admin/clusters/${subjects.spare.id}${rest}`;
const ownCluster = (subjects: Subjects, rest: string) => `/api/clusters/${subjects.cluster.id}${rest}`;
const approved =
  (rest = ''): Maker =>
  ({ approved: id }) => ({ path: `/api/skills/private/${id}${rest}` });
/** A draft cannot be marked: who passes the door gets 409, and nothing changes for the next caller. */
const markDraft =
  (rest: string, prefix = '/api/skills/private'): Maker =>
  ({ draft }) => ({ path: `${prefix}/${draft}/${rest}`, body: { reason: 'matrix' } });
const plain =
  (path: string, body?: unknown): Maker =>
  () => ({ path, ...(body === undefined ? {} : { body }) });

/** A credential of the right shape that no authenticator made. */
const MADE_UP = {
  id: 'AAAA',
  rawId: 'AAAA',
  type: 'public-key',
  response: { clientDataJSON: 'AAAA', attestationObject: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA' },
};

/** Nobody has it: a passkey of their own would make the callers prove it. Who passes the door gets 404. */
const NO_PASSKEY = '/api/account/passkeys/psk-01jd0000000000000000000000';

/** A dry-run that there is not. */
const NO_RUN = 'dry-01jd0000000000000000000000';

/** The doors of one tenant's log. */
function auditRequests(prefix: string): Record<string, Maker> {
  const about = (rest: string) => (subjects: Subjects) => ({ path: `${prefix}/${rest}tenantId=${acmeId(subjects)}` });
  return {
    [`GET ${prefix}/export`]: about('export?format=csv&'),
    [`GET ${prefix}/checkpoint`]: about('checkpoint?'),
    [`POST ${prefix}/verify`]: (subjects) => ({ path: `${prefix}/verify`, body: { tenantId: acmeId(subjects) } }),
    [`GET ${prefix}/{eventId}/proof`]: async (subjects) => {
      const { events } = await subjects.world.acme.owner.json<{ events: { id: string }[] }>(
        `/api/audit-logs?tenantId=${acmeId(subjects)}&limit=1`,
      );
      return { path: `${prefix}/${events[0]?.id}/proof` };
    },
  };
}

/** A fresh key of the caller; who makes none looks at the tenant's. */
async function keyPath(subjects: Subjects, caller: Person): Promise<string> {
  const { acme } = subjects.world;
  const own = [acme.author, acme.member].find((person) => person.id === caller.id);
  const key = await createKey(own ?? acme.owner, acme.id, {
    scopes: ['skill:read'],
    ownedBy: own === undefined ? 'tenant' : 'person',
  });
  return tenantPath(subjects, `/keys/${key.id}`);
}

let domain: Promise<string> = Promise.resolve('');
/** One that the tenant claims; made anew when somebody removed it, one after the other. */
async function domainPath(subjects: Subjects): Promise<string> {
  const { owner } = subjects.world.acme;
  const base = tenantPath(subjects, '/sso');
  const claim = async (before: string) => {
    const { domains } = await owner.json<{ domains: { id: string }[] }>(base);
    if (domains.some(({ id }) => id === before)) return before;
    const body = { domain: `${fresh('claimed')}.example` };
    return (await owner.json<{ id: string }>(`${base}/domains`, { method: 'POST', body })).id;
  };
  domain = domain.then(claim);
  return `${base}/domains/${await domain}`;
}

/** A request to each route that has everything right but, perhaps, the caller. */
export const REQUESTS: Record<string, Maker> = {
  'GET /.well-known/aegis/keys.json': plain('/.well-known/aegis/keys.json'),
  'GET /api/health': plain('/api/health'),
  'GET /api/me': plain('/api/me'),
  'GET /api/account/security': plain('/api/account/security'),
  'GET /api/account/sessions': plain('/api/account/sessions'),
  'DELETE /api/account/sessions': plain('/api/account/sessions'),
  // Who is refused needs none of their own.
  'DELETE /api/account/sessions/{sessionId}': async (_, caller) => {
    const isFull =
      caller.id.startsWith('usr-') && !['half@acme.example', 'late@platform.example'].includes(caller.email);
    if (!isFull || caller.email === '') return { path: '/api/account/sessions/ses-01jd0000000000000000000000' };
    const other = await signIn(caller.email);
    const { sessions } = await other.json<{ sessions: { id: string; current: boolean }[] }>('/api/account/sessions');
    return { path: `/api/account/sessions/${sessions.find(({ current }) => current)?.id}` };
  },
  // What is wrong in these is judged behind the door.
  'PUT /api/account/password': plain('/api/account/password', { current: 'wrong', next: 'wrong' }),
  'POST /api/account/totp': plain('/api/account/totp', { password: 'wrong' }),
  'POST /api/account/totp/confirm': plain('/api/account/totp/confirm', { code: '000000' }),
  'DELETE /api/account/totp': plain('/api/account/totp'),
  'POST /api/account/backup-codes': plain('/api/account/backup-codes'),
  'POST /api/account/second-factor': plain('/api/account/second-factor', { code: '000000' }),
  'POST /api/account/passkeys/options': plain('/api/account/passkeys/options', { password: 'wrong' }),
  'POST /api/account/passkeys': plain('/api/account/passkeys', { name: 'x', credential: MADE_UP }),
  'PATCH /api/account/passkeys/{passkeyId}': plain(NO_PASSKEY, { name: 'y' }),
  'DELETE /api/account/passkeys/{passkeyId}': plain(NO_PASSKEY),
  'POST /api/account/second-factor/passkey/options': plain('/api/account/second-factor/passkey/options'),
  'POST /api/account/second-factor/passkey': plain('/api/account/second-factor/passkey', { credential: MADE_UP }),
  'POST /api/auth/passkey/options': plain('/api/auth/passkey/options'),
  'POST /api/auth/passkey': plain('/api/auth/passkey', { credential: MADE_UP }),
  'POST /api/auth/sign-in/email': ({ world }) => ({
    path: '/api/auth/sign-in/email',
    headers: ORIGIN,
    body: { email: world.acme.member.email, password: PASSWORD },
  }),
  // With a cookie of its own: the sessions of the callers are still needed.
  'POST /api/auth/sign-out': () => ({
    path: '/api/auth/sign-out',
    headers: { ...ORIGIN, cookie: 'aegis.session_token=made-up' },
    body: {},
  }),
  'POST /api/clusters/enrol': async ({ cluster, world }) => {
    const { joinToken } = await world.admin.json<{ joinToken: string }>('/api/admin/clusters', {
      method: 'POST',
      body: { name: fresh('joins') },
    });
    const publicKey = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) };
    const body = { joinToken, publicKey, bootId: cluster.bootId, agentVersion: '0.1.0' };
    return { path: '/api/clusters/enrol', body };
  },
  'POST /api/invitations/accept': ({ invitationToken }) => ({
    path: '/api/invitations/accept',
    body: { token: invitationToken, name: 'Guest', password: 'weak' },
  }),
  'POST /api/invitations/preview': ({ invitationToken }) => ({
    path: '/api/invitations/preview',
    body: { token: invitationToken },
  }),
  'POST /api/setup': plain('/api/setup', { token: 'guess', email: 'x@y.example', name: 'X', password: PASSWORD }),
  'GET /api/admin/tenants': plain('/api/admin/tenants'),
  'POST /api/admin/tenants': () => {
    const slug = fresh('tenant');
    return { path: '/api/admin/tenants', body: { slug, name: slug, ownerEmail: `${slug}@new.example` } };
  },
  'POST /api/admin/invitations': () => ({
    path: '/api/admin/invitations',
    body: { email: `${fresh('auditor')}@platform.example`, role: 'auditor' },
  }),
  'GET /api/admin/clusters': plain('/api/admin/clusters'),
  'POST /api/admin/clusters': () => ({ path: '/api/admin/clusters', body: { name: fresh('cluster') } }),
  'GET /api/admin/clusters/{clusterId}': (subjects) => ({ path: onAdminCluster(subjects) }),
  'POST /api/admin/clusters/{clusterId}/join-token': (subjects) => ({ path: onAdminCluster(subjects, '/join-token') }),
  'PUT /api/admin/clusters/{clusterId}/tenants/{tenantId}': (subjects) => ({
    path: onAdminCluster(subjects, `/tenants/${acmeId(subjects)}`),
    body: { mode: 'soft' },
  }),
  'DELETE /api/admin/clusters/{clusterId}/tenants/{tenantId}': (subjects) => ({
    path: onAdminCluster(subjects, `/tenants/${acmeId(subjects)}`),
  }),
  'DELETE /api/admin/clusters/{clusterId}': async ({ world }) => {
    const { cluster } = await world.admin.json<{ cluster: { id: string } }>('/api/admin/clusters', {
      method: 'POST',
      body: { name: fresh('goes') },
    });
    return { path: `/api/admin/clusters/${cluster.id}` };
  },
  'PATCH /api/admin/clusters/{clusterId}': (subjects) => ({ path: onAdminCluster(subjects), body: { dryRun: false } }),
  'GET /api/admin/reviews': plain('/api/admin/reviews'),
  'GET /api/admin/skills/private/{id}/review': ({ draft }) => ({ path: `/api/admin/skills/private/${draft}/review` }),
  // A rejection without a reason is 422 behind the door.
  'PUT /api/admin/skills/private/{id}/review': ({ draft }) => ({
    path: `/api/admin/skills/private/${draft}/review`,
    body: { status: 'rejected', notes: '' },
  }),
  'PUT /api/admin/skills/private/{id}/revocation': markDraft('revocation', '/api/admin/skills/private'),
  'DELETE /api/admin/skills/private/{id}/revocation': markDraft('revocation', '/api/admin/skills/private'),
  'GET /api/admin/bases/{baseId}/review': ({ baseId }) => ({ path: `/api/admin/bases/${baseId}/review` }),
  'PUT /api/admin/bases/{baseId}/review': ({ baseId }) => ({
    path: `/api/admin/bases/${baseId}/review`,
    body: { status: 'rejected', notes: '' },
  }),
  // No proof of the new key: 422 behind the door.
  'POST /api/clusters/{clusterId}/key': (subjects) => ({
    path: ownCluster(subjects, '/key'),
    body: { publicKey: { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }, proof: 'made-up' },
  }),
  'GET /api/clusters/{clusterId}/state': (subjects) => ({ path: ownCluster(subjects, '/state?wait=0') }),
  'GET /api/clusters/{clusterId}/tenants/{digest}': (subjects) => ({
    path: ownCluster(subjects, `/tenants/${subjects.document}`),
  }),
  'POST /api/clusters/{clusterId}/acks': (subjects) => ({
    path: ownCluster(subjects, '/acks'),
    body: {
      bootId: subjects.cluster.bootId,
      epoch: 1,
      sequence: 1,
      agentVersion: '0.1.0',
      target: 'manifests',
      acks: [],
    },
  }),
  'POST /api/clusters/{clusterId}/blocked': (subjects) => ({
    path: ownCluster(subjects, '/blocked'),
    body: { bootId: subjects.cluster.bootId, events: [blockedEvent(acmeId(subjects))] },
  }),
  'POST /api/clusters/{clusterId}/dry-runs/claim': (subjects) => ({
    path: ownCluster(subjects, '/dry-runs/claim'),
    body: { engine: { proved: false, reason: 'matrix' } },
  }),
  // Nobody was given it: 409 behind the door.
  'PUT /api/clusters/{clusterId}/dry-runs/{dryRunId}': (subjects) => ({
    path: ownCluster(subjects, `/dry-runs/${NO_RUN}`),
    body: { state: 'failed', lease: NO_RUN.replace('dry-', 'lse-'), reason: 'matrix' },
  }),
  'GET /api/audit-logs': plain('/api/audit-logs'),
  'GET /api/admin/audit-logs': plain('/api/admin/audit-logs'),
  ...auditRequests('/api/audit-logs'),
  ...auditRequests('/api/admin/audit-logs'),
  'GET /api/clusters/{clusterId}/dry-runs/{dryRunId}/package': (subjects) => ({
    path: ownCluster(subjects, `/dry-runs/${NO_RUN}/package`),
  }),
  'GET /api/blocked': plain('/api/blocked'),
  'GET /api/skills/private': plain('/api/skills/private'),
  'GET /api/skills/private/resolve': (subjects) => ({
    path: `/api/skills/private/resolve?name=matrix&tenantId=${acmeId(subjects)}`,
  }),
  'GET /api/skills/private/blobs/{digest}': (subjects) => ({
    path: `/api/skills/private/blobs/${subjects.archive}?tenantId=${acmeId(subjects)}`,
  }),
  'GET /api/skills/private/attempts/{attemptId}': ({ attempt }) => ({
    path: `/api/skills/private/attempts/${attempt}`,
  }),
  'GET /api/skills/private/{id}': approved(),
  'GET /api/skills/private/{id}/versions': approved('/versions'),
  'GET /api/skills/private/{id}/files': approved('/files'),
  'GET /api/skills/private/{id}/file': approved('/file?path=manifest.yaml'),
  'GET /api/skills/private/{id}/report': approved('/report'),
  'GET /api/skills/private/{id}/diff': approved('/diff'),
  'GET /api/skills/private/{id}/approval': approved('/approval'),
  'GET /api/skills/private/{id}/installs': approved('/installs'),
  'GET /api/skills/private/{id}/dry-runs': approved('/dry-runs'),
  // No cluster has run it yet: 409 behind the door.
  'GET /api/skills/private/{id}/dry-runs/{dryRunId}/report': ({ approved: id }) => ({
    path: `/api/skills/private/${id}/dry-runs/${id.replace('skv-', 'dry-')}/report`,
  }),
  'POST /api/skills/private/{id}/dry-runs': ({ approved: id }) => ({
    path: `/api/skills/private/${id}/dry-runs`,
    body: {},
  }),
  'POST /api/skills/private/upload': (subjects) => ({
    path: `/api/skills/private/upload?tenantId=${acmeId(subjects)}`,
    headers: { 'content-type': 'multipart/form-data; boundary=edge', 'content-length': '8' },
    body: '--edge--',
  }),
  // Approved once, so it stays: 409 behind the door.
  'DELETE /api/skills/private/{id}': approved(),
  'PUT /api/skills/private/{id}/deprecation': markDraft('deprecation'),
  'DELETE /api/skills/private/{id}/deprecation': markDraft('deprecation'),
  'PUT /api/skills/private/{id}/yank': markDraft('yank'),
  'DELETE /api/skills/private/{id}/yank': markDraft('yank'),
  'GET /api/tenants/{tenantId}': (subjects) => ({ path: tenantPath(subjects) }),
  'PATCH /api/tenants/{tenantId}': (subjects) => ({ path: tenantPath(subjects), body: { dryRun: 'optional' } }),
  'GET /api/tenants/{tenantId}/members': (subjects) => ({ path: tenantPath(subjects, '/members') }),
  'PUT /api/tenants/{tenantId}/members/{userId}': (subjects) => ({
    path: tenantPath(subjects, `/members/${subjects.world.acme.member.id}`),
    body: { role: 'member' },
  }),
  // Who passes the door removes somebody who came for that.
  'DELETE /api/tenants/{tenantId}/members/{userId}': async (subjects, caller) => {
    const { acme } = subjects.world;
    const isAllowed = caller === acme.owner || caller === (await subjects.visitors['tenant admin']());
    const leaver = isAllowed
      ? await joinAs(acme.owner, tenantPath(subjects, '/invitations'), `${fresh('leaver')}@acme.example`, 'member')
      : acme.member;
    return { path: tenantPath(subjects, `/members/${leaver.id}`) };
  },
  'GET /api/tenants/{tenantId}/invitations': (subjects) => ({ path: tenantPath(subjects, '/invitations') }),
  'POST /api/tenants/{tenantId}/invitations': (subjects) => ({
    path: tenantPath(subjects, '/invitations'),
    body: { email: `${fresh('guest')}@acme.example`, role: 'member' },
  }),
  'DELETE /api/tenants/{tenantId}/invitations/{invitationId}': async (subjects) => {
    const { invitation } = await subjects.world.acme.owner.json<{ invitation: { id: string } }>(
      tenantPath(subjects, '/invitations'),
      { method: 'POST', body: { email: `${fresh('guest')}@acme.example`, role: 'member' } },
    );
    return { path: tenantPath(subjects, `/invitations/${invitation.id}`) };
  },
  'GET /api/tenants/{tenantId}/keys': (subjects) => ({ path: tenantPath(subjects, '/keys') }),
  'POST /api/tenants/{tenantId}/keys': (subjects) => ({
    path: tenantPath(subjects, '/keys'),
    body: { name: 'matrix', scopes: ['skill:read'] },
  }),
  // Everybody revokes a key of their own; who has none tries the owner's.
  'DELETE /api/tenants/{tenantId}/keys/{keyId}': async (subjects, caller) => ({
    path: await keyPath(subjects, caller),
  }),
  'POST /api/tenants/{tenantId}/keys/{keyId}/rotation': async (subjects, caller) => ({
    path: `${await keyPath(subjects, caller)}/rotation`,
    body: {},
  }),
  'DELETE /api/tenants/{tenantId}/keys/{keyId}/rotation': async (subjects, caller) => ({
    path: `${await keyPath(subjects, caller)}/rotation`,
  }),
  'POST /api/device/code': plain('/api/device/code', { client_id: DEVICE_CLIENT, scope: 'skill:read' }),
  'POST /api/device/token': plain('/api/device/token', {
    grant_type: DEVICE_GRANT,
    device_code: 'made-up',
    client_id: DEVICE_CLIENT,
  }),
  // Nobody has that code: 404 behind the door.
  'POST /api/device/request': plain('/api/device/request', { userCode: 'BCDF-GHJK' }),
  'POST /api/device/decision': plain('/api/device/decision', { decision: 'deny', userCode: 'BCDF-GHJK' }),
  'POST /api/keys/own/rotation': plain('/api/keys/own/rotation', {}),
  // The callers' own keys are still needed: whose key is alive sends one that came for that.
  'DELETE /api/keys/own': async ({ world, visitors }, caller) => {
    const alive = await Promise.all([visitors.key(), visitors['narrow key'](), visitors['other key']()]);
    if (!alive.includes(caller)) return { path: '/api/keys/own' };
    const { secret } = await world.acme.owner.json<{ secret: string }>(`/api/tenants/${world.acme.id}/keys`, {
      method: 'POST',
      body: { name: fresh('goes'), scopes: ['skill:read'] },
    });
    return { path: '/api/keys/own', headers: { authorization: `Bearer ${secret}` } };
  },
  'POST /api/ci/token': plain('/api/ci/token', { token: 'made-up', skill: 'matrix' }),
  'GET /api/tenants/{tenantId}/publishers': (subjects) => ({ path: tenantPath(subjects, '/publishers') }),
  'POST /api/tenants/{tenantId}/publishers': (subjects) => ({
    path: tenantPath(subjects, '/publishers'),
    body: githubPublisher(fresh('skill')),
  }),
  'DELETE /api/tenants/{tenantId}/publishers/{publisherId}': async (subjects) => {
    const { acme } = subjects.world;
    const made = await createPublisher(acme.owner, acme.id, fresh('skill'));
    return { path: tenantPath(subjects, `/publishers/${made}`) };
  },
  'GET /api/admin/mails': plain('/api/admin/mails'),
  'GET /api/auth/sso/{tenantId}/callback': (subjects) => ({
    path: `/api/auth/sso/${acmeId(subjects)}/callback?code=made-up&state=made-up`,
    redirect: 'manual',
  }),
  'POST /api/auth/sso/start': plain('/api/auth/sso/start', { email: 'somebody@nowhere.example' }),
  'POST /api/account/sso': plain('/api/account/sso'),
  'GET /api/tenants/{tenantId}/sso': (subjects) => ({ path: tenantPath(subjects, '/sso') }),
  // No issuer is there: 422 behind the door, and nothing leaves this machine.
  'PUT /api/tenants/{tenantId}/sso': (subjects) => ({
    path: tenantPath(subjects, '/sso'),
    body: { issuer: 'https://login.internal', clientId: 'aegis' },
  }),
  'DELETE /api/tenants/{tenantId}/sso': (subjects) => ({ path: tenantPath(subjects, '/sso') }),
  'POST /api/tenants/{tenantId}/sso/test': (subjects) => ({ path: tenantPath(subjects, '/sso/test') }),
  'POST /api/tenants/{tenantId}/sso/domains': (subjects) => ({
    path: tenantPath(subjects, '/sso/domains'),
    body: { domain: `${fresh('company')}.example` },
  }),
  'DELETE /api/tenants/{tenantId}/sso/domains/{domainId}': async (subjects) => ({ path: await domainPath(subjects) }),
  'POST /api/tenants/{tenantId}/sso/domains/{domainId}/check': async (subjects) => ({
    path: `${await domainPath(subjects)}/check`,
  }),
  'PUT /api/admin/tenants/{tenantId}/sso/domains/{domainId}': async (subjects) => ({
    path: (await domainPath(subjects)).replace('/api/', '/api/admin/'),
  }),
  'GET /api/tenants/{tenantId}/agents': (subjects) => ({ path: tenantPath(subjects, '/agents') }),
  'POST /api/tenants/{tenantId}/agents': (subjects) => ({
    path: tenantPath(subjects, '/agents'),
    body: { name: fresh('agent') },
  }),
  'GET /api/tenants/{tenantId}/agents/{agentId}': (subjects) => ({ path: agentPath(subjects) }),
  'PATCH /api/tenants/{tenantId}/agents/{agentId}': (subjects) => ({ path: agentPath(subjects), body: {} }),
  'DELETE /api/tenants/{tenantId}/agents/{agentId}': async (subjects) => {
    const { acme } = subjects.world;
    return { path: tenantPath(subjects, `/agents/${await createAgent(acme, subjects.cluster, fresh('goes'))}`) };
  },
  'PUT /api/tenants/{tenantId}/agents/{agentId}/base': (subjects) => ({
    path: agentPath(subjects, '/base'),
    body: { network: ['models.example'] },
  }),
  'GET /api/tenants/{tenantId}/agents/{agentId}/skills/private': (subjects) => ({
    path: agentPath(subjects, '/skills/private'),
  }),
  'POST /api/tenants/{tenantId}/agents/{agentId}/skills/private': (subjects) => ({
    path: agentPath(subjects, '/skills/private'),
    body: { privateSkillId: subjects.approved },
  }),
  // There is no earlier version: 409 behind the door.
  'POST /api/tenants/{tenantId}/agents/{agentId}/skills/private/{name}/rollback': (subjects) => ({
    path: agentPath(subjects, '/skills/private/matrix/rollback'),
    body: {},
  }),
  'DELETE /api/tenants/{tenantId}/agents/{agentId}/skills/private/{name}': async (subjects) => {
    await subjects.world.acme.owner.json(agentPath(subjects, '/skills/private'), {
      method: 'POST',
      body: { privateSkillId: subjects.approved },
    });
    return { path: agentPath(subjects, '/skills/private/matrix') };
  },
};

function blockedEvent(tenantId: string) {
  return {
    seq: ++made,
    kind: 'request',
    tenantId,
    src: { ip: '10.0.0.1' },
    dst: { host: 'a.example', hostSource: 'sni', port: 443 },
    protocol: 'tcp',
    verdict: 'denied',
    reason: 'not_in_allowlist',
    policy: { revision: 1 },
    source: 'gateway',
    firstAt: '2026-01-01T00:00:00Z',
    lastAt: '2026-01-01T00:00:01Z',
    count: 1,
  };
}
