import type { z } from 'zod';
import { signApproval } from '../src/approval.ts';
import { contentDigest, unpack } from '../src/archive.ts';
import { digestOf } from '../src/digest.ts';
import { signSuccessor } from '../src/key-set.ts';
import { checkPackage } from '../src/manifest.ts';
import { NO_PERMISSIONS, permissionsDigest } from '../src/permissions.ts';
import type { KeySet } from '../src/wire/clusters.ts';
import type { Skill, SkillStatus } from '../src/wire/skills.ts';
import { type Received, sendJson, sendProblem, serve } from './loopback.ts';

export const TENANT = 'ten-01jd0000000000000000000000';
export const OTHER_TENANT = 'ten-01jd0000000000000000000001';
const PERSON = { kind: 'user', id: 'usr-01jd0000000000000000000000', name: 'Ada' } as const;
const REVIEWER = { kind: 'user', id: 'usr-01jd0000000000000000000001', name: 'Rita Reviewer' } as const;
const AT = '2026-11-21T12:00:00.000Z';

type WireSkill = z.output<typeof Skill>;
interface Stored {
  skill: WireSkill;
  archive: Uint8Array;
  approval: unknown;
}

/** What a registry that errs or lies does differently. */
export interface Lies {
  /** Other bytes for a package. */
  archive?: (honest: Uint8Array) => Uint8Array;
  /** Changes to the answer of `resolve`. */
  resolution?: Record<string, unknown>;
  /** Another approval than the one that was signed. */
  approval?: unknown;
  /** Cannot revoke a key. */
  revocation?: 'gone';
  /** A package address elsewhere. */
  packageUrl?: string;
}

export interface SigningRegistry {
  url: string;
  received: Received[];
  /** Signs with a new key from now on; with `signed` the one before has signed it and stays published. */
  rotate(options?: { signed?: boolean; kid?: string }): Promise<void>;
  /** Puts a package there as if it had been published and decided. */
  add(archive: Uint8Array, status: z.output<typeof SkillStatus>, more?: Partial<WireSkill>): Promise<WireSkill>;
  lies: Lies;
  /** What a device is answered, one after the other: an error code, `gone`, or `token`. */
  device: string[];
  /** What `/api/me` says of the key that asks. */
  credential: { expiresAt: string; replaced: boolean } | null;
  /** Called when a version is asked for, with how often it was: makes time pass on the other side. */
  onGet: (skill: WireSkill, times: number) => void;
}

/**
 * The part of the wire that the CLI uses to publish and install, on loopback, with real digests and real signatures: so
 * that tests can see what the CLI does when a registry lies. The real registry is met in the end-to-end tests.
 */
export async function signingRegistry(token = 'aeg_good'): Promise<SigningRegistry> {
  const versions: Stored[] = [];
  let key = await newKey('first');
  let published: KeySet['keys'] = [key.jwk];
  const gets = new Map<string, number>();
  const registry: Omit<SigningRegistry, 'url' | 'received'> = {
    lies: {},
    credential: null,
    device: [],
    onGet: () => {},
    rotate: async ({ signed = false, kid = 'second' } = {}) => {
      const next = await newKey(kid);
      const fresh = signed ? { ...next.jwk, signedByPrevious: await signSuccessor(key, next.jwk) } : next.jwk;
      published = signed ? [fresh, ...published] : [fresh];
      key = next;
    },
    add: async (archive, status, more = {}) => {
      const skill = { ...(await describeSkill(archive, versions.length)), status, ...more };
      const predicate = {
        contentDigest: skill.contentDigest,
        permissions: skill.permissions,
        permissionsDigest: await permissionsDigest(skill.permissions),
        reports: [],
        revision: 1,
        reviewer: { id: REVIEWER.id, name: REVIEWER.name },
        decidedAt: AT,
      };
      const approval = await signApproval({ ...skill, tenantId: TENANT }, predicate, key);
      versions.push({ skill, archive, approval });
      return skill;
    },
  };
  const server = await serve(async (request, response) => {
    const url = new URL(request.url, 'http://loopback.test');
    const path = url.pathname;
    if (path === '/.well-known/aegis/keys.json') return sendJson(response, { keys: published });
    if (path === '/api/device/code') return sendJson(response, DEVICE_CODE);
    if (path === '/api/device/token') {
      const answer = registry.device.shift() ?? 'AUTHORIZATION_PENDING';
      if (answer === 'gone') return sendProblem(response, 503, 'UNAVAILABLE');
      if (answer !== 'token') return sendProblem(response, 400, answer, { detail: DEVICE_WORDS[answer] });
      const given = { access_token: token, token_type: 'Bearer', expires_in: 86_400, scope: 'skill:read' };
      return sendJson(response, { ...given, tenant_id: TENANT });
    }
    if (request.headers.authorization !== `Bearer ${token}`)
      return sendProblem(response, 401, 'UNAUTHENTICATED', { requestId: 'req-1' });
    if (path === '/api/me') return sendJson(response, { ...ME, credential: registry.credential });
    if (path === '/api/keys/own') {
      if (registry.lies.revocation === 'gone') return sendProblem(response, 503, 'UNAVAILABLE');
      token = `${token}-revoked`;
      return sendJson(response, { ok: true });
    }
    if (path === '/api/keys/own/rotation') {
      token = `${token}-rotated`;
      return sendJson(response, { key: KEY, secret: token }, 201);
    }
    if (path === '/api/skills/private/upload') {
      const archive = await fileOf(request);
      const skill = await registry.add(archive, 'pending_review');
      return sendJson(response, { id: skill.id, name: skill.name, version: skill.version, status: skill.status }, 201, {
        'aegis-attempt': 'att-01jd0000000000000000000000',
      });
    }
    if (path === '/api/skills/private') {
      const skills = versions.map(({ skill }) => skill).filter(({ name }) => name === url.searchParams.get('name'));
      return sendJson(response, { skills, nextCursor: null });
    }
    if (path === '/api/skills/private/resolve') {
      const named = versions.filter(({ skill }) => skill.name === url.searchParams.get('name'));
      const version = url.searchParams.get('version');
      // Published in rising order here; without a version the last one that may be installed.
      const found =
        version === null
          ? (named.findLast(({ skill }) => INSTALLABLE.has(skill.status)) ?? named.at(-1))
          : named.find(({ skill }) => skill.version === version);
      if (found === undefined) return sendProblem(response, 404, 'NOT_FOUND', { detail: 'There is no such skill.' });
      if (!INSTALLABLE.has(found.skill.status) && registry.lies.resolution === undefined) {
        return sendProblem(response, 409, 'NOT_INSTALLABLE', {
          detail: `${found.skill.name}@${found.skill.version} is ${found.skill.status}.`,
          meta: { status: found.skill.status, version: found.skill.version },
        });
      }
      return sendJson(response, resolutionOf(found, registry.lies));
    }
    const blob = versions.find(
      ({ skill }) => decodeURIComponent(path) === `/api/skills/private/blobs/${skill.archiveDigest}`,
    );
    if (blob !== undefined) {
      response.writeHead(200, { 'content-type': 'application/gzip' });
      return void response.end(registry.lies.archive?.(blob.archive) ?? blob.archive);
    }
    const version = versions.find(({ skill }) => path.startsWith(`/api/skills/private/${skill.id}`));
    if (version === undefined) return sendProblem(response, 404, 'NOT_FOUND');
    if (path.endsWith('/approval')) return sendJson(response, registry.lies.approval ?? version.approval);
    if (path.endsWith('/report')) return sendJson(response, REPORT);
    const times = (gets.get(version.skill.id) ?? 0) + 1;
    gets.set(version.skill.id, times);
    registry.onGet(version.skill, times);
    return sendJson(response, { skill: version.skill, installationCount: 0 });
  });
  return Object.assign(registry, server);
}

const INSTALLABLE: ReadonlySet<string> = new Set(['approved', 'deprecated']);

function resolutionOf({ skill, approval }: Stored, lies: Lies) {
  return {
    id: skill.id,
    tenantId: TENANT,
    name: skill.name,
    version: skill.version,
    status: skill.status,
    archiveDigest: skill.archiveDigest,
    contentDigest: skill.contentDigest,
    packageSize: skill.packageSize,
    packageUrl: lies.packageUrl ?? skill.packageUrl,
    approval: lies.approval ?? approval,
    warning:
      skill.status === 'deprecated'
        ? `${skill.name} ${skill.version} is deprecated. It has a flaw. Use greeter@2.0.0 instead.`
        : null,
    replacement: skill.status === 'deprecated' ? 'greeter@2.0.0' : null,
    ...lies.resolution,
  };
}

async function describeSkill(archive: Uint8Array, index: number): Promise<WireSkill> {
  const files = unpack(archive);
  const { manifest } = checkPackage(files);
  const archiveDigest = await digestOf(archive);
  return {
    id: `skv-01jd${String(index).padStart(22, '0')}`,
    tenantId: TENANT,
    tenantName: 'Acme',
    name: manifest?.name ?? '',
    version: manifest?.version ?? '',
    description: manifest?.description ?? '',
    author: null,
    status: 'pending_review',
    reach: 'nothing',
    securityLevel: 'low',
    agents: 0,
    versions: 1,
    packageSize: archive.length,
    archiveDigest,
    contentDigest: await contentDigest(files),
    report: null,
    publishedBy: PERSON,
    createdAt: AT,
    latest: true,
    manifest: {},
    manifestValid: true,
    validationErrors: null,
    permissions: manifest?.permissions ?? NO_PERMISSIONS,
    packageUrl: `/api/skills/private/blobs/${archiveDigest}`,
    packageChecksum: archiveDigest,
    unpackedSize: 1,
    files: files.length,
    reviewedBy: null,
    reviewedAt: null,
    reviewNotes: null,
    decisions: [],
    queuePosition: 3,
    updatedAt: AT,
    can: {},
  };
}

/** A decision as a version carries it. */
export function decision(
  kind: WireSkill['decisions'][number]['kind'],
  more: Partial<WireSkill['decisions'][number]> = {},
): WireSkill['decisions'][number] {
  return {
    id: 'dec-01jd0000000000000000000000',
    revision: 1,
    kind,
    notes: '',
    reasonCodes: [],
    acknowledged: [],
    replacement: null,
    decidedBy: REVIEWER,
    decidedAt: AT,
    ...more,
  };
}

/** A finished report as a version carries it. */
export function finished(verdict: 'allow' | 'review' | 'block', score: number): NonNullable<WireSkill['report']> {
  return {
    id: 'rep-1',
    kind: 'static',
    state: 'done',
    rulesVersion: '1',
    score,
    decision: verdict,
    counts: null,
    digest: null,
  };
}

const ME = {
  ...PERSON,
  email: 'ada@acme.example',
  platformRole: null,
  tenants: [{ id: TENANT, slug: 'acme', name: 'Acme', role: 'owner' }],
  scopes: null,
  can: { [TENANT]: ['skill:read', 'skill:publish'] },
};

const DEVICE_CODE = {
  device_code: 'aed_made-up',
  user_code: 'BCDF-GHJK',
  verification_uri: 'http://registry.test/device',
  verification_uri_complete: 'http://registry.test/device?code=BCDF-GHJK',
  expires_in: 600,
  interval: 5,
};

const DEVICE_WORDS: Record<string, string> = {
  ACCESS_DENIED: 'The request was denied in the dashboard.',
  EXPIRED_TOKEN: 'Nobody decided in time. Begin anew: aegis login',
  INVALID_GRANT: 'This device code is unknown, or was used already.',
};

const KEY = {
  id: 'key-01jd0000000000000000000000',
  name: 'laptop',
  prefix: 'aeg_01234567',
  scopes: ['skill:read'],
  ownedBy: 'person',
  createdBy: PERSON.name,
  createdAt: AT,
  expiresAt: '2027-01-21T12:00:00.000Z',
  lastUsedAt: null,
  revokedAt: null,
  rotatedAt: AT,
  previous: { prefix: 'aeg_76543210', validUntil: '2026-11-22T12:00:00.000Z' },
  can: { rotate: { allowed: true } },
};

const REPORT = {
  v: 1,
  kind: 'static',
  rulesVersion: '1',
  contentDigest: null,
  decision: 'review',
  score: 80,
  deductions: [],
  findings: [
    {
      id: 'f1',
      ruleId: 'no-eval',
      kind: 'eval',
      severity: 'high',
      check: 'no_eval',
      level: 'error',
      file: 'handlers/greet.js',
      line: 3,
      column: 5,
      message: 'eval runs text as code',
      fix: 'Parse the text instead.',
      excerpt: 'eval(text)',
    },
  ],
  findingsOmitted: 0,
  events: [],
  verification: null,
  files: 1,
  bytes: 1,
  notInspected: [],
};

async function fileOf({ headers, body }: Received): Promise<Uint8Array> {
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': headers['content-type'] ?? '' },
  }).formData();
  const file = form.get('file');
  return file instanceof File ? new Uint8Array(await file.arrayBuffer()) : new Uint8Array();
}

async function newKey(kid: string) {
  const pair = await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new Error('wanted a pair of keys');
  const { x = '' } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'Ed25519', purpose: 'approval' } as const;
  return { kid, privateKey: pair.privateKey, jwk };
}
