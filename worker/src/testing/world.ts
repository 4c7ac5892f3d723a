import { exports } from 'cloudflare:workers';
import type { KeyScope, PlatformRole, TenantRole } from '@aegis/skill-sdk/actions';
import { KEY_SCOPES } from '@aegis/skill-sdk/actions';
import { type PackageFile, pack } from '@aegis/skill-sdk/archive';
import { newId } from '@aegis/skill-sdk/ids';
import { CompactSign, calculateJwkThumbprint, SignJWT } from 'jose';

const ORIGIN = 'http://localhost:8788';
const SETUP_TOKEN = 'test';
export const PASSWORD = 'Correct-Horse-7!';

/** Somebody who sends requests to the real Worker. */
export interface Person {
  id: string;
  email: string;
  /** What every request of theirs carries. */
  headers: Record<string, string>;
  /** A request with this person's credential; a plain object as body is sent as JSON. */
  fetch(path: string, init?: Omit<RequestInit, 'body'> & { body?: unknown }): Promise<Response>;
  /** The parsed JSON of a request that must answer 2xx. */
  json<T = Record<string, never>>(path: string, init?: Parameters<Person['fetch']>[1]): Promise<T>;
}

export interface TestTenant {
  id: string;
  slug: string;
  owner: Person;
  author: Person;
  member: Person;
}

export interface World {
  admin: Person;
  reviewer: Person;
  auditor: Person;
  acme: TestTenant;
  globex: TestTenant;
  nobody: Person;
}

/** A registry with people, made through its own doors. One per test file: storage is isolated by file. */
export async function createWorld(): Promise<World> {
  const nobody = person('nobody', 'nobody@platform.example', {});
  await nobody.json('/api/setup', {
    method: 'POST',
    body: { token: SETUP_TOKEN, email: 'admin@platform.example', name: 'Ada Admin', password: PASSWORD },
  });
  const admin = await signIn('admin@platform.example');
  const invitePlatform = async (role: PlatformRole) => {
    const { url } = await admin.json<{ url: string }>('/api/admin/invitations', {
      method: 'POST',
      body: { email: `${role}@platform.example`, role },
    });
    return await accept(url, `${role}@platform.example`, `Rae ${role}`);
  };
  const reviewer = await invitePlatform('reviewer');
  const auditor = await invitePlatform('auditor');
  return {
    admin,
    reviewer,
    auditor,
    acme: await createTenant(admin, 'acme'),
    globex: await createTenant(admin, 'globex'),
    nobody,
  };
}

export async function createTenant(admin: Person, slug: string): Promise<TestTenant> {
  const ownerEmail = `owner@${slug}.example`;
  const made = await admin.json<{ tenant: { id: string }; invitationUrl: string }>('/api/admin/tenants', {
    method: 'POST',
    body: { slug, name: slug, ownerEmail },
  });
  const owner = await accept(made.invitationUrl, ownerEmail, `${slug} owner`);
  return {
    id: made.tenant.id,
    slug,
    owner,
    author: await invite(owner, made.tenant.id, slug, 'author'),
    member: await invite(owner, made.tenant.id, slug, 'member'),
  };
}

async function invite(owner: Person, tenantId: string, slug: string, role: TenantRole): Promise<Person> {
  const email = `${role}@${slug}.example`;
  const { url } = await owner.json<{ url: string }>(`/api/tenants/${tenantId}/invitations`, {
    method: 'POST',
    body: { email, role },
  });
  return await accept(url, email, `${slug} ${role}`);
}

/** Accepts an invitation and signs in. */
export async function accept(url: string, email: string, name: string): Promise<Person> {
  const token = new URL(url).searchParams.get('token');
  await person('nobody', email, {}).json('/api/invitations/accept', {
    method: 'POST',
    body: { token, name, password: PASSWORD },
  });
  return await signIn(email);
}

/** How a request reaches a registry. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;
const sendToWorker: Send = (url, init) => exports.default.fetch(url, init);

/** Signs in with a password; the session is in a cookie, sent with the dashboard's own origin. */
export async function signIn(email: string, password = PASSWORD, via: Send = sendToWorker): Promise<Person> {
  const answer = await via(`${ORIGIN}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: ORIGIN },
    body: JSON.stringify({ email, password }),
  });
  if (!answer.ok) throw new Error(`sign-in of ${email}: ${answer.status} ${await answer.text()}`);
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const { user } = (await answer.json()) as { user: { id: string } };
  return person(user.id, email, { cookie, origin: ORIGIN }, via);
}

/** A key of the person, with all scopes unless some are named. */
export async function createKey(
  owner: Person,
  tenantId: string,
  options: { scopes?: KeyScope[]; ownedBy?: 'tenant' | 'person'; days?: number } = {},
): Promise<Person> {
  const { key, secret } = await owner.json<{ key: { id: string }; secret: string }>(`/api/tenants/${tenantId}/keys`, {
    method: 'POST',
    body: {
      name: 'test',
      scopes: options.scopes ?? KEY_SCOPES,
      ownedBy: options.ownedBy ?? 'person',
      days: options.days ?? 30,
    },
  });
  return person(key.id, owner.email, { authorization: `Bearer ${secret}` });
}

/** A person who sends these headers. */
export function person(id: string, email: string, headers: Record<string, string>, via: Send = sendToWorker): Person {
  const send: Person['fetch'] = (path, init = {}) => {
    const { body, ...rest } = init;
    const isPlain = body !== undefined && body !== null && Object.getPrototypeOf(body) === Object.prototype;
    const merged = new Headers({ ...headers, ...(isPlain ? { 'content-type': 'application/json' } : {}) });
    new Headers(init.headers).forEach((value, name) => {
      merged.set(name, value);
    });
    return via(`${ORIGIN}${path}`, {
      ...rest,
      headers: merged,
      body: isPlain ? JSON.stringify(body) : ((body as BodyInit | null | undefined) ?? null),
    });
  };
  return {
    id,
    email,
    headers,
    fetch: send,
    json: async (path, init) => {
      const answer = await send(path, init);
      if (!answer.ok) throw new Error(`${init?.method ?? 'GET'} ${path}: ${answer.status} ${await answer.text()}`);
      return await answer.json();
    },
  };
}

const MANIFEST = (name: string, version: string, hosts: readonly string[]) => `name: ${name}
version: ${version}
description: A skill for tests
permissions:
  network: [${hosts.join(', ')}]
  files: { read: [], write: [] }
  environment: { required: [], optional: [] }
tools:
  - name: greet
    description: Says hello
    parameters:
      - { name: who, type: string, description: Whom, required: true }
    returns: { type: string, description: The greeting }
    handler: ./handlers/greet
`;

export interface SkillOptions {
  name?: string;
  version?: string;
  hosts?: readonly string[];
  /** Source of handlers/greet.js. */
  source?: string;
  files?: readonly PackageFile[];
}

/** The bytes of a small valid package. */
export function packSkill(options: SkillOptions = {}): Uint8Array {
  const {
    name = 'greeter',
    version = '1.0.0',
    hosts = [],
    source = 'export default async ({ who }) => String(who).slice(0, 20);\n',
  } = options;
  const text = (path: string, content: string): PackageFile => ({
    path,
    bytes: new TextEncoder().encode(content),
    mode: '0644',
  });
  return pack([
    text('manifest.yaml', MANIFEST(name, version, hosts)),
    text('handlers/greet.js', source),
    ...(options.files ?? []),
  ]);
}

/** Sends a package as the CLI does. */
export async function upload(
  author: Person,
  tenantId: string,
  bytes: Uint8Array,
  fields: Record<string, string> = {},
): Promise<Response> {
  const form = new FormData();
  form.append('file', new File([bytes as Uint8Array<ArrayBuffer>], 'skill.tar.gz', { type: 'application/gzip' }));
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  // A body of known length: the registry demands Content-Length.
  const framed = new Response(form);
  const body = await framed.arrayBuffer();
  return await author.fetch(`/api/skills/private/upload?tenantId=${tenantId}`, {
    method: 'POST',
    headers: { 'content-type': framed.headers.get('content-type') ?? '', 'content-length': String(body.byteLength) },
    body,
  });
}

/** Uploads, ticks what needs a tick, approves; answers the version's id. */
export async function publishApproved(world: World, tenant: TestTenant, options: SkillOptions = {}): Promise<string> {
  const { id } = (await (await upload(tenant.author, tenant.id, packSkill(options))).json()) as { id: string };
  const report = await world.reviewer.json<{ findings: { id: string }[] }>(`/api/skills/private/${id}/report`);
  await world.reviewer.json(`/api/admin/skills/private/${id}/review`, {
    method: 'PUT',
    body: {
      status: 'approved',
      notes: 'Read and accepted.',
      acknowledged: report.findings.map((finding) => finding.id),
    },
  });
  return id;
}

export interface SigningPair {
  pair: CryptoKeyPair;
  kid: string;
}

/** A pair as a cluster makes it. */
export async function makePair(): Promise<SigningPair & { publicKey: { kty: 'OKP'; crv: 'Ed25519'; x: string } }> {
  const pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, true, ['sign', 'verify'])) as CryptoKeyPair;
  const { x = '' } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey;
  const publicKey = { kty: 'OKP' as const, crv: 'Ed25519' as const, x };
  return { pair, publicKey, kid: await calculateJwkThumbprint(publicKey) };
}

export interface TestCluster {
  id: string;
  /** Requests, each with a fresh credential that the cluster signed itself. */
  as(): Promise<Person>;
  /** One such credential, by the key of the cluster or another one. */
  credential(key?: SigningPair): Promise<string>;
  key: SigningPair;
  /** Shows that the cluster has another key, which is to replace that one. */
  prove(next: SigningPair, replaces: string, claims?: { about?: string; audience?: string }): Promise<string>;
  bootId: string;
  /** A compact JWS of its key. */
  sign(payload: object, typ: string): Promise<string>;
  /** Requests without a credential. */
  registry: Person;
}

/** A cluster that joined with a key of its own. */
export async function enrolCluster(admin: Person, name: string): Promise<TestCluster> {
  const { cluster, joinToken } = await admin.json<{ cluster: { id: string }; joinToken: string }>(
    '/api/admin/clusters',
    { method: 'POST', body: { name } },
  );
  const { pair, publicKey, kid } = await makePair();
  const bootId = newId('boot', Date.now(), (bytes) => crypto.getRandomValues(bytes));
  await person('nobody', '', {}).json('/api/clusters/enrol', {
    method: 'POST',
    body: { joinToken, publicKey, bootId, agentVersion: '0.1.0' },
  });
  const credential = (key: SigningPair = { pair, kid }) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'Ed25519', kid: key.kid })
      .setIssuer(cluster.id)
      .setSubject(cluster.id)
      .setAudience('aegis-registry')
      .setIssuedAt()
      .setExpirationTime('60s')
      .setJti(crypto.randomUUID())
      .sign(key.pair.privateKey);
  return {
    id: cluster.id,
    bootId,
    sign: (payload, typ) =>
      new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
        .setProtectedHeader({ alg: 'Ed25519', kid, typ })
        .sign(pair.privateKey),
    registry: person('nobody', '', {}),
    as: async () =>
      person(cluster.id, '', {}, async (url, init) => {
        const headers = new Headers(init.headers);
        headers.set('authorization', `Bearer ${await credential()}`);
        return await sendToWorker(url, { ...init, headers });
      }),
    credential,
    key: { pair, kid },
    prove: (next, replaces, { about = cluster.id, audience = 'aegis-registry-key' } = {}) =>
      new SignJWT({ replaces })
        .setProtectedHeader({ alg: 'Ed25519', kid: next.kid })
        .setIssuer(about)
        .setSubject(about)
        .setAudience(audience)
        .setIssuedAt()
        .sign(next.pair.privateKey),
  };
}
