import { z } from 'zod';
import { accountCalls } from './client-account.ts';
import { deviceCalls } from './client-device.ts';
import { invitationCalls, keyCalls, tenantCalls } from './client-people.ts';
import { publisherCalls } from './client-publishers.ts';
import { ssoCalls } from './client-sso.ts';
import { syncCalls } from './client-sync.ts';
import { TRANSFER_TIMEOUT_MS, type UploadOptions, upload } from './client-upload.ts';
import { AegisError } from './errors.ts';
import { ARCHIVE_BYTES_MAX, UNPACKED_BYTES_MAX } from './limits.ts';
import { createTransport, path, type Query, type Retry, type Transport } from './transport.ts';
import {
  Agent,
  type AgentCreate,
  AgentList,
  type AgentUpdate,
  type BaseProposal,
  Install,
  InstallList,
  type InstallRequest,
} from './wire/agents.ts';
import { AuditCheckpoint, AuditInclusion, AuditList, type AuditQuery, AuditVerification } from './wire/audit.ts';
import { BlockedList, type BlockedQuery } from './wire/blocked.ts';
import {
  Cluster,
  type ClusterCreate,
  ClusterCreated,
  ClusterList,
  type ClusterUpdate,
  JoinTokenCreated,
  KeySet,
  type PlacementRequest,
} from './wire/clusters.ts';
import { DryRun, DryRunList, DryRunReport, type DryRunRequest } from './wire/dry-run-jobs.ts';
import { MailList } from './wire/mails.ts';
import type { Ask, PageInput } from './wire/paging.ts';
import { Me, type SetupRequest } from './wire/people.ts';
import { StaticReport } from './wire/reports.ts';
import {
  BaseReview,
  type BaseReviewRequest,
  ReviewAnswer,
  type ReviewQuery,
  type ReviewRequest,
  ReviewTaskList,
  ReviewWorkspace,
} from './wire/reviews.ts';
import {
  ApprovalEnvelope,
  type LiftRequest,
  type MarkRequest,
  PublishAttempt,
  Resolution,
  type ResolveQuery,
  SkillDetail,
  SkillDiff,
  SkillFileContent,
  SkillFiles,
  SkillList,
  type SkillQuery,
  VersionList,
} from './wire/skills.ts';

export interface ClientOptions {
  /** Address of the registry, like `https://registry.example`. */
  url: string;
  /** API key, session token, or what reads one for each request; left out for what needs no credential. */
  token?: string | (() => string | Promise<string>) | undefined;
  /** Default: the global one. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds per try, default 30 000. Uploads, downloads and long-polls have their own. */
  timeoutMs?: number | undefined;
  headers?: Record<string, string> | undefined;
  onRetry?: ((retry: Retry) => void) | undefined;
  /** Reads the time in epoch ms; default: the machine's. */
  now?: (() => number) | undefined;
  /** Waits between tries; default: the machine's timer. */
  wait?: ((delayMs: number, signal?: AbortSignal) => Promise<void>) | undefined;
}

const TIMEOUT_MS = 30_000;
export type Client = ReturnType<typeof createClient>;

/**
 * The HTTP client of the registry, methods grouped by noun, answers checked against the wire schemas.
 * Every method throws AegisError: what the registry said, or NETWORK, TIMEOUT, NOT_A_REGISTRY.
 * @example const client = createClient({ url: 'https://registry.example', token }); await client.skills.list({ q: 'crm' })
 */
export function createClient(options: ClientOptions) {
  const { token } = options;
  const transport = createTransport({
    url: options.url,
    fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
    token: () => (typeof token === 'function' ? token() : (token ?? null)),
    headers: options.headers ?? {},
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    onRetry: options.onRetry,
    wait: options.wait ?? wait,
    random: Math.random,
    now: options.now ?? Date.now,
  });
  const { json } = transport;
  return {
    health: () => json({ method: 'GET', path: '/api/health' }, Health),
    me: () => json({ method: 'GET', path: '/api/me' }, Me),
    keySet: () => json({ method: 'GET', path: '/.well-known/aegis/keys.json' }, KeySet),
    setup: (body: z.input<typeof SetupRequest>) =>
      transport.nothing({ method: 'POST', path: '/api/setup', json: body }),
    skills: skillCalls(transport),
    reviews: reviewCalls(transport),
    account: accountCalls(transport),
    tenants: tenantCalls(transport),
    keys: keyCalls(transport),
    device: deviceCalls(transport),
    publishers: publisherCalls(transport),
    sso: ssoCalls(transport),
    mails: { list: () => json({ method: 'GET', path: '/api/admin/mails' }, MailList) },
    invitations: invitationCalls(transport),
    agents: agentCalls(transport),
    clusters: clusterCalls(transport),
    sync: syncCalls(transport),
    blocked: {
      list: (query: Ask<typeof BlockedQuery> = {}) => json({ method: 'GET', path: '/api/blocked', query }, BlockedList),
    },
    audit: {
      list: (query: Ask<typeof AuditQuery> = {}) => json({ method: 'GET', path: '/api/audit-logs', query }, AuditList),
      verify: (tenantId: string) =>
        json({ method: 'POST', path: '/api/audit-logs/verify', json: { tenantId } }, AuditVerification),
      checkpoint: (tenantId: string) =>
        json({ method: 'GET', path: '/api/audit-logs/checkpoint', query: { tenantId } }, AuditCheckpoint),
      proof: (eventId: string) => json({ method: 'GET', path: path`/api/audit-logs/${eventId}/proof` }, AuditInclusion),
    },
  };
}

/** `status` is `ok` when the registry is ready; `wire` is the version that it speaks. */
const Health = z.object({ status: z.string(), wire: z.string().optional() });

function skillCalls({ json, nothing, bytes, read }: Transport) {
  const of = (id: string, rest = '') => path`/api/skills/private/${id}` + rest;
  return {
    upload: (archive: Uint8Array, options: UploadOptions = {}) => upload(read, archive, options),
    list: (query: Ask<typeof SkillQuery> = {}) =>
      json({ method: 'GET', path: '/api/skills/private', query }, SkillList),
    get: (id: string) => json({ method: 'GET', path: of(id) }, SkillDetail),
    versions: (id: string, page: PageInput = {}) =>
      json({ method: 'GET', path: of(id, '/versions'), query: page }, VersionList),
    report: (id: string) => json({ method: 'GET', path: of(id, '/report') }, StaticReport),
    /** The exact bytes that the report digest covers. */
    reportBytes: (id: string) => bytes({ method: 'GET', path: of(id, '/report') }, UNPACKED_BYTES_MAX),
    files: (id: string) => json({ method: 'GET', path: of(id, '/files') }, SkillFiles),
    file: (id: string, file: string) =>
      json({ method: 'GET', path: of(id, '/file'), query: { path: file } }, SkillFileContent),
    diff: (id: string) => json({ method: 'GET', path: of(id, '/diff') }, SkillDiff),
    approval: (id: string) => json({ method: 'GET', path: of(id, '/approval') }, ApprovalEnvelope),
    installs: (id: string, page: PageInput = {}) =>
      json({ method: 'GET', path: of(id, '/installs'), query: page }, InstallList),
    attempt: (attemptId: string) =>
      json({ method: 'GET', path: path`/api/skills/private/attempts/${attemptId}` }, PublishAttempt),
    /** The version that NAME[@VERSION] means now; NOT_INSTALLABLE says why it may not be installed. */
    resolve: (query: z.input<typeof ResolveQuery>) =>
      json({ method: 'GET', path: '/api/skills/private/resolve', query }, Resolution),
    /** The package, by digest or by the `packageUrl` of a resolution. The caller checks the digest. */
    download: (digestOrUrl: string, query: { tenantId?: string } = {}) =>
      bytes({ method: 'GET', ...blobAddress(digestOrUrl, query), timeoutMs: TRANSFER_TIMEOUT_MS }, ARCHIVE_BYTES_MAX),
    deprecate: (id: string, body: z.input<typeof MarkRequest>) =>
      json({ method: 'PUT', path: of(id, '/deprecation'), json: body }, ReviewAnswer),
    undeprecate: (id: string, body: z.input<typeof LiftRequest> = {}) =>
      json({ method: 'DELETE', path: of(id, '/deprecation'), json: body }, ReviewAnswer),
    yank: (id: string, body: z.input<typeof MarkRequest>) =>
      json({ method: 'PUT', path: of(id, '/yank'), json: body }, ReviewAnswer),
    unyank: (id: string, body: z.input<typeof LiftRequest> = {}) =>
      json({ method: 'DELETE', path: of(id, '/yank'), json: body }, ReviewAnswer),
    dryRuns: (id: string) => json({ method: 'GET', path: of(id, '/dry-runs') }, DryRunList),
    /** What a dry-run saw; NOT_FOUND before it is done. */
    dryRunReport: (id: string, dryRunId: string) =>
      json({ method: 'GET', path: of(id, path`/dry-runs/${dryRunId}/report`) }, DryRunReport),
    /** Another run: of everything, or of one tool with this input. */
    askDryRun: (id: string, body: z.input<typeof DryRunRequest> = {}) =>
      json({ method: 'POST', path: of(id, '/dry-runs'), json: body }, DryRun),
    /** Only what was never approved; the number stays used. */
    remove: (id: string) => nothing({ method: 'DELETE', path: of(id) }),
  };
}

function reviewCalls({ json }: Transport) {
  const of = (id: string, rest: string) => path`/api/admin/skills/private/${id}` + rest;
  const base = (id: string) => path`/api/admin/bases/${id}/review`;
  return {
    list: (query: Ask<typeof ReviewQuery> = {}) =>
      json({ method: 'GET', path: '/api/admin/reviews', query }, ReviewTaskList),
    workspace: (id: string) => json({ method: 'GET', path: of(id, '/review') }, ReviewWorkspace),
    decide: (id: string, body: z.input<typeof ReviewRequest>) =>
      json({ method: 'PUT', path: of(id, '/review'), json: body }, ReviewAnswer),
    base: (baseId: string) => json({ method: 'GET', path: base(baseId) }, BaseReview),
    decideBase: (baseId: string, body: z.input<typeof BaseReviewRequest>) =>
      json({ method: 'PUT', path: base(baseId), json: body }, BaseReview),
    revoke: (id: string, body: z.input<typeof MarkRequest>) =>
      json({ method: 'PUT', path: of(id, '/revocation'), json: body }, ReviewAnswer),
    unrevoke: (id: string, body: z.input<typeof LiftRequest> = {}) =>
      json({ method: 'DELETE', path: of(id, '/revocation'), json: body }, ReviewAnswer),
  };
}

function agentCalls({ json, nothing }: Transport) {
  const of = (tenantId: string, agentId: string, rest = '') => path`/api/tenants/${tenantId}/agents/${agentId}` + rest;
  return {
    list: (tenantId: string, page: PageInput = {}) =>
      json({ method: 'GET', path: path`/api/tenants/${tenantId}/agents`, query: page }, AgentList),
    create: (tenantId: string, body: z.input<typeof AgentCreate>) =>
      json({ method: 'POST', path: path`/api/tenants/${tenantId}/agents`, json: body }, Agent),
    get: (tenantId: string, agentId: string) => json({ method: 'GET', path: of(tenantId, agentId) }, Agent),
    update: (tenantId: string, agentId: string, body: z.input<typeof AgentUpdate>) =>
      json({ method: 'PATCH', path: of(tenantId, agentId), json: body }, Agent),
    remove: (tenantId: string, agentId: string) => nothing({ method: 'DELETE', path: of(tenantId, agentId) }),
    proposeBase: (tenantId: string, agentId: string, body: z.input<typeof BaseProposal>) =>
      json({ method: 'PUT', path: of(tenantId, agentId, '/base'), json: body }, Agent),
    installs: (tenantId: string, agentId: string, page: PageInput = {}) =>
      json({ method: 'GET', path: of(tenantId, agentId, '/skills/private'), query: page }, InstallList),
    install: (tenantId: string, agentId: string, body: z.input<typeof InstallRequest>) =>
      json({ method: 'POST', path: of(tenantId, agentId, '/skills/private'), json: body }, Install),
    uninstall: (tenantId: string, agentId: string, name: string) =>
      nothing({ method: 'DELETE', path: of(tenantId, agentId) + path`/skills/private/${name}` }),
    rollback: (tenantId: string, agentId: string, name: string) =>
      json({ method: 'POST', path: of(tenantId, agentId) + path`/skills/private/${name}/rollback` }, Install),
  };
}

function clusterCalls({ json }: Transport) {
  const of = (clusterId: string, rest = '') => path`/api/admin/clusters/${clusterId}` + rest;
  const placement = (clusterId: string, tenantId: string) => of(clusterId) + path`/tenants/${tenantId}`;
  return {
    list: (page: PageInput = {}) => json({ method: 'GET', path: '/api/admin/clusters', query: page }, ClusterList),
    create: (body: z.input<typeof ClusterCreate>) =>
      json({ method: 'POST', path: '/api/admin/clusters', json: body }, ClusterCreated),
    get: (clusterId: string) => json({ method: 'GET', path: of(clusterId) }, Cluster),
    update: (clusterId: string, body: z.input<typeof ClusterUpdate>) =>
      json({ method: 'PATCH', path: of(clusterId), json: body, idempotent: true }, Cluster),
    joinToken: (clusterId: string) => json({ method: 'POST', path: of(clusterId, '/join-token') }, JoinTokenCreated),
    place: (clusterId: string, tenantId: string, body: z.input<typeof PlacementRequest> = {}) =>
      json({ method: 'PUT', path: placement(clusterId, tenantId), json: body, idempotent: true }, Cluster),
    unplace: (clusterId: string, tenantId: string) =>
      json({ method: 'DELETE', path: placement(clusterId, tenantId) }, Cluster),
    revoke: (clusterId: string) => json({ method: 'DELETE', path: of(clusterId) }, Cluster),
  };
}

/** `packageUrl` may be absolute or not; only its path on this registry is used, so that no answer can send us elsewhere. */
function blobAddress(digestOrUrl: string, query: Query): { path: string; query: Query } {
  if (digestOrUrl.startsWith('sha256:')) return { path: path`/api/skills/private/blobs/${digestOrUrl}`, query };
  const url = new URL(digestOrUrl, 'http://registry.test');
  if (!url.pathname.startsWith('/api/')) {
    throw new AegisError('NOT_A_REGISTRY', {
      detail: `The registry named ${digestOrUrl} as the place of the package, wanted a path below /api/.`,
    });
  }
  return { path: url.pathname, query: { ...Object.fromEntries(url.searchParams), ...query } };
}

function wait(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
