import { describe, expect, it } from 'vitest';
import { sendJson, sendProblem, serve } from '../testing/loopback.ts';
import { createClient } from './client.ts';

const CLUSTER = 'clu-01jd0000000000000000000000';
const DIGEST = `sha256:${'b'.repeat(64)}`;
const credential = { clusterId: CLUSTER, token: async () => 'cluster-token' };

describe('the long-poll', () => {
  it('hands on state and ETag, then asks with that ETag, and 304 means unchanged', async () => {
    const { url, received } = await serve((request, response) => {
      if (request.headers['if-none-match'] === '"1.7"') response.writeHead(304, { etag: '"1.7"' }).end();
      else sendJson(response, { state: 'a.b.c' }, 200, { etag: '"1.7"' });
    });
    const { sync } = createClient({ url, token: 'another-token' });
    expect(await sync.state(credential, { waitSeconds: 3 })).toEqual({ changed: true, state: 'a.b.c', etag: '"1.7"' });
    expect(await sync.state(credential, { etag: '"1.7"' })).toEqual({ changed: false });
    expect(received.map((request) => request.url)).toEqual([
      `/api/clusters/${CLUSTER}/state?wait=3`,
      `/api/clusters/${CLUSTER}/state?wait=20`,
    ]);
    expect(received.every(({ headers }) => headers.authorization === 'Bearer cluster-token')).toBe(true);
  });

  it('is not repeated by the client: the agent’s own loop decides', async () => {
    const { url, received } = await serve((_request, response) => sendProblem(response, 503, 'UNAVAILABLE'));
    await expect(createClient({ url }).sync.state(credential)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(received).toHaveLength(1);
  });

  it('can be called off', async () => {
    const stop = new AbortController();
    const { url } = await serve(() => stop.abort(new Error('shutting down')));
    await expect(createClient({ url }).sync.state({ ...credential, signal: stop.signal })).rejects.toThrow(
      'shutting down',
    );
  });
});

describe('what a cluster sends', () => {
  it('is a batch that is told what was stored, acknowledgements, and one enrolment that is never repeated', async () => {
    const { url, received } = await serve((request, response) => {
      if (request.url.endsWith('/blocked')) sendJson(response, { ackedSeq: 4, refused: [] });
      else if (request.url.endsWith('/enrol')) sendProblem(response, 503, 'UNAVAILABLE');
      else sendJson(response, { ok: true });
    });
    const { sync } = createClient({ url });
    expect(await sync.blocked(credential, { bootId: 'bot-01jd0000000000000000000000', events: [] })).toEqual({
      ackedSeq: 4,
      refused: [],
    });
    await sync.acks(credential, {
      bootId: 'bot-1',
      epoch: 1,
      sequence: 2,
      agentVersion: '1',
      target: 'manifests',
      acks: [],
    });
    const publicKey = { kty: 'OKP', crv: 'Ed25519', x: 'x' } as const;
    await expect(sync.enrol({ joinToken: 'jt', publicKey, bootId: 'bot-1', agentVersion: '1' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    expect(received.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      `POST /api/clusters/${CLUSTER}/blocked`,
      `POST /api/clusters/${CLUSTER}/acks`,
      'POST /api/clusters/enrol',
    ]);
    expect(received[2]?.headers.authorization).toBeUndefined();
  });
});

describe('a tenant document', () => {
  it('comes as the exact bytes that its digest covers', async () => {
    const text = '{"v":1,  "kept": "as it is"}';
    const { url, received } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    });
    const bytes = await createClient({ url }).sync.tenantDocument(credential, DIGEST);
    expect(new TextDecoder().decode(bytes)).toBe(text);
    expect(received[0]?.url).toBe(`/api/clusters/${CLUSTER}/tenants/${encodeURIComponent(DIGEST)}`);
  });
});
