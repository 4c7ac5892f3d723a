import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf } from '@aegis/skill-sdk/digest';
import { AegisError, toProblem } from '@aegis/skill-sdk/errors';
import { BlockedBatch, type BlockedEvent } from '@aegis/skill-sdk/wire/blocked';
import {
  type Ack,
  AckRequest,
  ClusterKeyRotation,
  EnrolRequest,
  KEY_PROOF_AUDIENCE,
  type KeySet,
  type PublicKey,
  type TenantDocument,
} from '@aegis/skill-sdk/wire/clusters';
import { importJWK, jwtVerify } from 'jose';
import { onTestFinished } from 'vitest';
import { clusterId, makeRegistryKey, signJws, type TestKey } from './identity.ts';
import { bytesOf } from './signed.ts';

/** What happens to a request instead of an answer. */
export type Fault = 'drop' | 'garbage' | { status: number; body?: unknown; headers?: Record<string, string> };

export interface TestRegistry {
  url: string;
  keys: KeySet;
  approvalKey: TestKey;
  stateKey: TestKey;
  clusterId: string;
  joinToken: string;
  /** Every request, as `METHOD /path?query`. */
  requests: string[];
  acks: Ack[];
  /** Stored once by boot and number. */
  blocked: Map<string, BlockedEvent>;
  /** Batches as they came, also those that were sent twice. */
  batches: BlockedBatch[];
  /** Asked before each answer; undefined answers as usual. */
  fault: (request: string) => Fault | undefined;
  /** Changes the state before it is signed; a text is sent as it is. */
  forge: (state: Record<string, unknown>) => Record<string, unknown> | Promise<string>;
  blobs: Map<string, Uint8Array>;
  position: { epoch: number; sequence: number };
  /** The key of the cluster before its last rotation works no longer. */
  endOverlap(): void;
  /** The documents of the desired state from now on; raises the sequence and wakes polls. */
  publish(...documents: TenantDocument[]): Promise<void>;
  stop(): Promise<void>;
  /** Starts again on the same port. */
  start(): Promise<void>;
}

/** A small registry on loopback that speaks the wire with real signatures and fails as it is told to. */
export async function startTestRegistry(): Promise<TestRegistry> {
  const stateKey = await makeRegistryKey('state');
  const approvalKey = await makeRegistryKey('approval');
  let documents: { document: TenantDocument; bytes: Uint8Array; digest: string }[] = [];
  let publicKey: PublicKey | null = null;
  let previousKey: PublicKey | null = null;
  const waiting = new Set<() => void>();
  const registry: TestRegistry = {
    url: '',
    keys: { keys: [approvalKey.publicKey, stateKey.publicKey] },
    approvalKey,
    stateKey,
    clusterId: clusterId(),
    joinToken: 'join-me',
    requests: [],
    acks: [],
    blocked: new Map(),
    batches: [],
    fault: () => undefined,
    forge: (state) => state,
    blobs: new Map(),
    position: { epoch: 1, sequence: 0 },
    endOverlap() {
      previousKey = null;
    },
    async publish(...next) {
      documents = await Promise.all(
        next.map(async (document) => ({
          document,
          bytes: bytesOf(document),
          digest: await digestOf(bytesOf(document)),
        })),
      );
      registry.position = { ...registry.position, sequence: registry.position.sequence + 1 };
      for (const wake of waiting) wake();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const wake of waiting) wake();
      }),
    start: () => new Promise((resolve) => server.listen(Number(new URL(registry.url).port), '127.0.0.1', resolve)),
  };

  const etag = () => `"${registry.position.epoch}.${registry.position.sequence}"`;
  const signedState = async (): Promise<string> => {
    const now = Date.now();
    const state = await registry.forge({
      v: 1,
      clusterId: registry.clusterId,
      ...registry.position,
      issuedAt: new Date(now).toISOString(),
      expiresAt: new Date(now + 86_400_000).toISOString(),
      tenants: documents.map(({ document: { tenantId, revision }, digest }) => ({ tenantId, revision, digest })),
    });
    return typeof state === 'string' ? state : signJws(state, registry.stateKey);
  };
  const authenticate = async (request: IncomingMessage) => {
    if (publicKey === null) throw new AegisError('UNAUTHENTICATED');
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const expected = {
      algorithms: ['Ed25519'],
      audience: 'aegis-registry',
      issuer: registry.clusterId,
      subject: registry.clusterId,
    };
    const before = previousKey;
    await jwtVerify(token, await importJWK(publicKey, 'Ed25519'), expected)
      .catch(async (cause) => {
        if (before === null) throw cause;
        await jwtVerify(token, await importJWK(before, 'Ed25519'), expected);
      })
      .catch((cause) => {
        throw new AegisError('UNAUTHENTICATED', { cause });
      });
  };

  const routes: [
    pattern: RegExp,
    answer: (found: RegExpExecArray, request: IncomingMessage, text: string) => Promise<Answer>,
  ][] = [
    [
      /^POST \/api\/clusters\/enrol$/,
      async (_, _request, text) => {
        const body = EnrolRequest.parse(JSON.parse(text));
        if (body.joinToken !== registry.joinToken)
          throw new AegisError('UNAUTHENTICATED', { detail: 'This join token is unknown.' });
        const { kty, crv, x } = body.publicKey;
        publicKey = { kty, crv, x };
        return { status: 201, body: { clusterId: registry.clusterId, name: 'berlin', keys: registry.keys } };
      },
    ],
    [
      /^POST \/api\/clusters\/[^/]+\/key$/,
      async (_, _request, text) => {
        const body = ClusterKeyRotation.parse(JSON.parse(text));
        const { kty, crv, x, kid = '' } = body.publicKey;
        if (x !== publicKey?.x) {
          await jwtVerify(body.proof, await importJWK(body.publicKey, 'Ed25519'), { audience: KEY_PROOF_AUDIENCE });
          previousKey = publicKey;
          publicKey = { kty, crv, x };
        }
        return { status: 200, body: { keyId: kid, previousUntil: new Date(Date.now() + 600_000).toISOString() } };
      },
    ],
    [
      /^GET \/api\/clusters\/[^/]+\/state\?wait=(\d+)$/,
      async ([, wait], request) => {
        const known = request.headers['if-none-match'];
        if (known === etag() && wait !== '0') {
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, Number(wait) * 1000);
            waiting.add(() => {
              clearTimeout(timer);
              resolve();
            });
          });
          waiting.clear();
        }
        return known === etag()
          ? { status: 304 }
          : { status: 200, body: { state: await signedState() }, headers: { etag: etag() } };
      },
    ],
    [
      /^GET \/api\/clusters\/[^/]+\/tenants\/(.+)$/,
      async ([, digest = '']) => {
        const found = documents.find((one) => one.digest === decodeURIComponent(digest));
        if (found === undefined) throw new AegisError('NOT_FOUND');
        return { status: 200, bytes: found.bytes };
      },
    ],
    [
      /^POST \/api\/clusters\/[^/]+\/acks$/,
      async (_, _request, text) => {
        registry.acks.push(...AckRequest.parse(JSON.parse(text)).acks);
        return { status: 200, body: { refused: [] } };
      },
    ],
    [
      /^POST \/api\/clusters\/[^/]+\/blocked$/,
      async (_, _request, text) => {
        const batch = BlockedBatch.parse(JSON.parse(text));
        registry.batches.push(batch);
        for (const event of batch.events) registry.blocked.set(`${batch.bootId} ${event.seq}`, event);
        return { status: 200, body: { ackedSeq: batch.events.at(-1)?.seq, refused: [] } };
      },
    ],
    [/^GET \/\.well-known\/aegis\/keys\.json$/, async () => ({ status: 200, body: registry.keys })],
    [
      /^GET \/api\/skills\/private\/blobs\/(.+)$/,
      async ([, digest = '']) => {
        const bytes = registry.blobs.get(decodeURIComponent(digest));
        if (bytes === undefined) throw new AegisError('NOT_FOUND');
        return { status: 200, bytes, headers: { 'content-type': 'application/gzip' } };
      },
    ],
  ];

  const server = createServer((request, response) => {
    void respond(request, response);
  });
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const named = `${request.method} ${request.url}`;
    registry.requests.push(named);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const fault = registry.fault(named);
    if (fault === 'drop') return void request.socket.destroy();
    if (fault === 'garbage')
      return void response.writeHead(200, { 'content-type': 'application/json' }).end('{"state": 7');
    if (fault !== undefined) return send(response, fault);
    try {
      if (!/\/enrol$|keys\.json$/.test(named)) await authenticate(request);
      for (const [pattern, answer] of routes) {
        const found = pattern.exec(named);
        if (found !== null) return send(response, await answer(found, request, Buffer.concat(chunks).toString('utf8')));
      }
      throw new AegisError('NOT_FOUND');
    } catch (error) {
      const known = error instanceof AegisError ? error : new AegisError('INTERNAL', { detail: String(error) });
      send(response, {
        status: known.status,
        body: toProblem(known),
        headers: { 'content-type': 'application/problem+json' },
      });
    }
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  registry.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => (server.listening ? registry.stop() : undefined));
  return registry;
}

interface Answer {
  status: number;
  body?: unknown;
  bytes?: Uint8Array;
  headers?: Record<string, string>;
}

function send(response: ServerResponse, { status, body, bytes, headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(bytes ?? (body === undefined ? undefined : JSON.stringify(body)));
}
