import { describe, expect, it } from 'vitest';
import { sendJson, sendProblem, serve } from '../testing/loopback.ts';
import { createClient } from './client.ts';

const ID = 'skv-01jd0000000000000000000000';
const TENANT = 'ten-01jd0000000000000000000000';
const AGENT = 'agt-01jd0000000000000000000000';
const CLUSTER = 'clu-01jd0000000000000000000000';
const DIGEST = `sha256:${'a'.repeat(64)}`;

/** Where each method goes; the answer is refused, because only the address counts here. */
const ADDRESSES: [string, (client: ReturnType<typeof createClient>) => Promise<unknown>][] = [
  ['GET /api/health', (c) => c.health()],
  ['GET /api/me', (c) => c.me()],
  ['GET /.well-known/aegis/keys.json', (c) => c.keySet()],
  ['POST /api/setup', (c) => c.setup({ token: 't', email: 'a@b.example', name: 'A', password: 'p' })],
  ['POST /api/skills/private/upload?tenantId=T', (c) => c.skills.upload(new Uint8Array([1]), { tenantId: 'T' })],
  ['GET /api/skills/private?q=crm&all=true', (c) => c.skills.list({ q: 'crm', all: true })],
  ['GET /api/skills/private?q=crm', (c) => c.skills.list({ q: 'crm', all: false })],
  [`GET /api/skills/private/${ID}`, (c) => c.skills.get(ID)],
  [`GET /api/skills/private/${ID}/versions?limit=5`, (c) => c.skills.versions(ID, { limit: 5 })],
  [`GET /api/skills/private/${ID}/report`, (c) => c.skills.report(ID)],
  [`GET /api/skills/private/${ID}/files`, (c) => c.skills.files(ID)],
  [`GET /api/skills/private/${ID}/file?path=a%2Fb+c`, (c) => c.skills.file(ID, 'a/b c')],
  [`GET /api/skills/private/${ID}/diff`, (c) => c.skills.diff(ID)],
  [`GET /api/skills/private/${ID}/approval`, (c) => c.skills.approval(ID)],
  [`GET /api/skills/private/${ID}/installs`, (c) => c.skills.installs(ID)],
  ['GET /api/skills/private/attempts/att-1', (c) => c.skills.attempt('att-1')],
  ['GET /api/skills/private/resolve?name=x&version=1.0.0', (c) => c.skills.resolve({ name: 'x', version: '1.0.0' })],
  [
    `GET /api/skills/private/blobs/${encodeURIComponent(DIGEST)}?tenantId=T`,
    (c) => c.skills.download(DIGEST, { tenantId: 'T' }),
  ],
  ['GET /api/skills/private/blobs/x?k=v', (c) => c.skills.download('/api/skills/private/blobs/x?k=v')],
  ['GET /api/skills/private/blobs/x', (c) => c.skills.download('https://elsewhere.example/api/skills/private/blobs/x')],
  [`PUT /api/skills/private/${ID}/deprecation`, (c) => c.skills.deprecate(ID, { reason: 'old' })],
  [`DELETE /api/skills/private/${ID}/deprecation`, (c) => c.skills.undeprecate(ID)],
  [`PUT /api/skills/private/${ID}/yank`, (c) => c.skills.yank(ID, { reason: 'bad' })],
  [`DELETE /api/skills/private/${ID}/yank`, (c) => c.skills.unyank(ID)],
  [`DELETE /api/skills/private/${ID}`, (c) => c.skills.remove(ID)],
  ['GET /api/admin/reviews', (c) => c.reviews.list()],
  [`GET /api/admin/skills/private/${ID}/review`, (c) => c.reviews.workspace(ID)],
  [`PUT /api/admin/skills/private/${ID}/review`, (c) => c.reviews.decide(ID, { status: 'approved' })],
  [`PUT /api/admin/skills/private/${ID}/revocation`, (c) => c.reviews.revoke(ID, { reason: 'bad' })],
  [`DELETE /api/admin/skills/private/${ID}/revocation`, (c) => c.reviews.unrevoke(ID)],
  ['GET /api/admin/bases/bas-1/review', (c) => c.reviews.base('bas-1')],
  ['PUT /api/admin/bases/bas-1/review', (c) => c.reviews.decideBase('bas-1', { status: 'approved' })],
  ['GET /api/admin/tenants', (c) => c.tenants.list()],
  ['POST /api/admin/tenants', (c) => c.tenants.create({ slug: 'a', name: 'A', ownerEmail: 'a@b.example' })],
  [`GET /api/tenants/${TENANT}`, (c) => c.tenants.get(TENANT)],
  [`GET /api/tenants/${TENANT}/members`, (c) => c.tenants.members(TENANT)],
  [`DELETE /api/tenants/${TENANT}/members/usr-1`, (c) => c.tenants.removeMember(TENANT, 'usr-1')],
  [`GET /api/tenants/${TENANT}/invitations`, (c) => c.tenants.invitations(TENANT)],
  [
    `POST /api/tenants/${TENANT}/invitations`,
    (c) => c.tenants.invite(TENANT, { email: 'a@b.example', role: 'author' }),
  ],
  [`DELETE /api/tenants/${TENANT}/invitations/inv-1`, (c) => c.tenants.withdrawInvitation(TENANT, 'inv-1')],
  [`GET /api/tenants/${TENANT}/keys`, (c) => c.keys.list(TENANT)],
  [`POST /api/tenants/${TENANT}/keys`, (c) => c.keys.create(TENANT, { name: 'ci', scopes: ['skill:read'] })],
  [`DELETE /api/tenants/${TENANT}/keys/key-1`, (c) => c.keys.revoke(TENANT, 'key-1')],
  ['POST /api/admin/invitations', (c) => c.invitations.create({ email: 'a@b.example', role: 'reviewer' })],
  ['POST /api/invitations/preview', (c) => c.invitations.preview('t')],
  ['POST /api/invitations/accept', (c) => c.invitations.accept({ token: 't', name: 'A', password: 'p' })],
  [`GET /api/tenants/${TENANT}/agents`, (c) => c.agents.list(TENANT)],
  [`POST /api/tenants/${TENANT}/agents`, (c) => c.agents.create(TENANT, { name: 'a' })],
  [`GET /api/tenants/${TENANT}/agents/${AGENT}`, (c) => c.agents.get(TENANT, AGENT)],
  [`PATCH /api/tenants/${TENANT}/agents/${AGENT}`, (c) => c.agents.update(TENANT, AGENT, { clusterId: null })],
  [`DELETE /api/tenants/${TENANT}/agents/${AGENT}`, (c) => c.agents.remove(TENANT, AGENT)],
  [`PUT /api/tenants/${TENANT}/agents/${AGENT}/base`, (c) => c.agents.proposeBase(TENANT, AGENT, {})],
  [`GET /api/tenants/${TENANT}/agents/${AGENT}/skills/private`, (c) => c.agents.installs(TENANT, AGENT)],
  [
    `POST /api/tenants/${TENANT}/agents/${AGENT}/skills/private`,
    (c) => c.agents.install(TENANT, AGENT, { privateSkillId: ID }),
  ],
  [`DELETE /api/tenants/${TENANT}/agents/${AGENT}/skills/private/crm`, (c) => c.agents.uninstall(TENANT, AGENT, 'crm')],
  [
    `POST /api/tenants/${TENANT}/agents/${AGENT}/skills/private/crm/rollback`,
    (c) => c.agents.rollback(TENANT, AGENT, 'crm'),
  ],
  ['GET /api/admin/clusters', (c) => c.clusters.list()],
  ['POST /api/admin/clusters', (c) => c.clusters.create({ name: 'c' })],
  [`GET /api/admin/clusters/${CLUSTER}`, (c) => c.clusters.get(CLUSTER)],
  [`DELETE /api/admin/clusters/${CLUSTER}`, (c) => c.clusters.revoke(CLUSTER)],
  [`POST /api/admin/clusters/${CLUSTER}/join-token`, (c) => c.clusters.joinToken(CLUSTER)],
  [`PUT /api/admin/clusters/${CLUSTER}/tenants/${TENANT}`, (c) => c.clusters.place(CLUSTER, TENANT, { mode: 'hard' })],
  [`DELETE /api/admin/clusters/${CLUSTER}/tenants/${TENANT}`, (c) => c.clusters.unplace(CLUSTER, TENANT)],
  ['GET /api/blocked?verdict=denied', (c) => c.blocked.list({ verdict: 'denied' })],
  ['GET /api/audit-logs?action=skill%3Apublish', (c) => c.audit.list({ action: 'skill:publish' })],
];

describe('every method', () => {
  it('goes to its own address, with the credential, and hands on what the registry says', async () => {
    const { url, received } = await serve((_request, response) => sendProblem(response, 403, 'FORBIDDEN'));
    const client = createClient({ url, token: 'aeg_x' });
    for (const [address, call] of ADDRESSES) {
      await expect(call(client), address).rejects.toMatchObject({ code: 'FORBIDDEN' });
      const last = received.at(-1);
      expect(`${last?.method} ${last?.url}`).toBe(address);
      expect(last?.headers.authorization, address).toBe('Bearer aeg_x');
    }
    expect(received).toHaveLength(ADDRESSES.length);
  });
});

describe('the client', () => {
  it('sends no credential when it has none, and asks for a changing one each time', async () => {
    const { url, received } = await serve((_request, response) => sendJson(response, { status: 'ok', wire: '1.0' }));
    expect(await createClient({ url: `${url}/` }).health()).toEqual({ status: 'ok', wire: '1.0' });
    let turn = 0;
    const client = createClient({ url, token: async () => `aeg_${++turn}` });
    await client.health();
    await client.health();
    expect(received.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer aeg_1', 'Bearer aeg_2']);
  });

  it('takes its own fetch and headers', async () => {
    const seen: string[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      seen.push(`${input} ${new Headers(init?.headers).get('x-own')}`);
      return Response.json({ status: 'ok' });
    };
    await createClient({ url: 'https://registry.example/base', fetch, headers: { 'x-own': '1' } }).health();
    expect(seen).toEqual(['https://registry.example/base/api/health 1']);
  });

  it('never leaves the registry for a package', async () => {
    const client = createClient({ url: 'https://registry.example', fetch: async () => Response.json({}) });
    expect(() => client.skills.download('https://elsewhere.example/steal')).toThrow(/wanted a path below \/api\//);
  });

  it('ignores the body of an answer that nobody reads', async () => {
    const { url } = await serve((_request, response) => sendJson(response, { ok: true }));
    expect(await createClient({ url }).skills.remove(ID)).toBeUndefined();
  });
});
