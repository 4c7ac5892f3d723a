import { canonicalBytes } from '@aegis/skill-sdk/canonical';
import { sha256Hex } from '@aegis/skill-sdk/digest';
import { AegisError } from '@aegis/skill-sdk/errors';
import {
  AckRequest,
  ClusterKey,
  ClusterKeyRotation,
  EnrolAnswer,
  EnrolRequest,
  SignedState,
  StateQuery,
  TenantDocument,
} from '@aegis/skill-sdk/wire/clusters';
import { DigestText, id } from '@aegis/skill-sdk/wire/common';
import { createRoute, z } from '@hono/zod-openapi';
import { CompactSign, calculateJwkThumbprint } from 'jose';
import { requireCan } from '../../auth.ts';
import { hubOf, ring } from '../../changes.ts';
import type { Context } from '../../context.ts';
import { body, json, notModified, problem, room, signedIn } from '../../http.ts';
import { tokenHash } from '../../secrets.ts';
import { publicKeys, signingKey } from '../../signing.ts';
import { documentsOf } from '../documents.ts';
import { stateDocument, stateTag } from '../feed.ts';
import { keyOf } from '../find-cluster.ts';
import { clusterForToken, enrol, enrolledCluster, joinedBefore, openJoinToken, touch } from '../store.ts';
import { takeKey } from './rotate-key.ts';
import { readHead, recordAcks } from './store.ts';

const ClusterParams = z.object({ clusterId: id('cluster') });

/** Timers of two machines differ a little: the poll ends when its key has surely ended. */
const AFTER_KEY_SECONDS = 0.1;

/** Only the cluster itself; for everybody else it does not exist. */
function requireSelf(ctx: Context, clusterId: string, action: 'cluster:sync' | 'cluster:rotate' = 'cluster:sync') {
  requireCan(ctx.caller, action, { tenantId: null });
  if (ctx.caller.id !== clusterId) throw new AegisError('NOT_FOUND');
}

/** Holds the poll until the cluster is rung or the time is over; revoked meanwhile is UNAUTHENTICATED. */
async function waitForChange(ctx: Context, clusterId: string, known: string, wanted: number) {
  // A poll outlives no key: one that was replaced holds it to its own end at most.
  const untilMs = ctx.caller.clusterKey?.untilMs ?? Number.POSITIVE_INFINITY;
  const seconds = Math.min(wanted, Math.max(0, (untilMs - ctx.nowMs) / 1000 + AFTER_KEY_SECONDS));
  const cluster = await enrolledCluster(ctx.db, clusterId);
  const head = await readHead(ctx, clusterId);
  if (cluster === undefined || seconds === 0 || stateTag(head.epoch, head.sequence) !== known) return head;
  await hubOf(ctx, cluster.hub).wait(clusterId, seconds);
  const { cluster: now } = await clusterForToken(ctx.db, clusterId);
  if (now === undefined) throw new AegisError('UNAUTHENTICATED', { detail: 'This cluster was revoked.' });
  if (keyOf(now, ctx.caller.clusterKey?.id ?? '', Date.now()) === null)
    throw new AegisError('UNAUTHENTICATED', { detail: 'The key of this credential was replaced.' });
  return await readHead(ctx, clusterId);
}

/** Joins once per token; the same token with the same key again is a lost answer, and gets it once more. */
async function join(ctx: Context, hash: string, key: Parameters<typeof enrol>[2]) {
  const again = await joinedBefore(ctx, hash, key.keyId);
  if (again !== undefined) return again;
  const detail = 'This join token is unknown, used or older than 24 hours. Make a new one on the Clusters page.';
  const token = await openJoinToken(ctx, hash);
  if (token === undefined) throw new AegisError('UNAUTHENTICATED', { detail });
  await enrol(ctx, token, key).catch((cause) => {
    throw new AegisError('UNAUTHENTICATED', { detail, cause });
  });
  return token;
}

export const sync = room()
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/clusters/enrol',
      request: { body: body(EnrolRequest) },
      responses: { 201: json(EnrolAnswer, 'Joined; the keys are to be pinned'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { joinToken, publicKey, bootId, agentVersion } = c.req.valid('json');
      const { kty, crv, x } = publicKey;
      const key = {
        publicKey: { kty, crv, x },
        keyId: await calculateJwkThumbprint({ kty, crv, x }),
        bootId,
        agentVersion,
      };
      const { clusterId, clusterName } = await join(ctx, await tokenHash(joinToken), key);
      // Whoever held a poll with a key from before is out.
      c.executionCtx.waitUntil(ring(ctx, { tenantId: null, clusterId }));
      return c.json({ clusterId, name: clusterName, keys: publicKeys(ctx.config) }, 201);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/clusters/{clusterId}/key',
      security: signedIn,
      request: { params: ClusterParams, body: body(ClusterKeyRotation) },
      responses: { 200: json(ClusterKey, 'In force; the key before works for some minutes'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { clusterId } = c.req.valid('param');
      requireSelf(ctx, clusterId, 'cluster:rotate');
      return c.json(await takeKey(ctx, clusterId, c.req.valid('json')), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/clusters/{clusterId}/state',
      security: signedIn,
      request: { params: ClusterParams, query: StateQuery },
      responses: {
        200: json(SignedState, 'The signed desired state'),
        304: { description: 'Nothing new' },
        default: problem,
      },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { clusterId } = c.req.valid('param');
      requireSelf(ctx, clusterId);
      await touch(ctx, clusterId);
      const known = c.req.header('if-none-match') ?? '';
      const { epoch, sequence } = await waitForChange(ctx, clusterId, known, c.req.valid('query').wait);
      const same = notModified(c, stateTag(epoch, sequence));
      if (same !== null) return same as never;
      const tenants = (await documentsOf(ctx, clusterId, epoch)).map(({ tenantId, revision, digest }) => ({
        tenantId,
        revision,
        digest,
      }));
      const { kid, privateKey } = await signingKey(ctx.config, 'state');
      const bytes = canonicalBytes(stateDocument({ clusterId, epoch, sequence, tenants }, Date.now()));
      const state = await new CompactSign(bytes)
        .setProtectedHeader({ alg: 'Ed25519', kid, typ: 'aegis-state+jws' })
        .sign(privateKey);
      return c.json({ state }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/clusters/{clusterId}/tenants/{digest}',
      security: signedIn,
      request: { params: ClusterParams.extend({ digest: DigestText }) },
      responses: { 200: json(TenantDocument, 'The exact bytes whose sha256 is the digest'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { clusterId, digest } = c.req.valid('param');
      requireSelf(ctx, clusterId);
      const { epoch } = await readHead(ctx, clusterId);
      const found = (await documentsOf(ctx, clusterId, epoch)).find((document) => document.digest === digest);
      if (found === undefined)
        throw new AegisError('NOT_FOUND', { detail: 'This document is no longer current. Read the state again.' });
      return c.body(found.bytes, 200, {
        'content-type': 'application/json',
        etag: `"${await sha256Hex(found.bytes)}"`,
      }) as never;
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/clusters/{clusterId}/acks',
      security: signedIn,
      request: { params: ClusterParams, body: body(AckRequest) },
      responses: {
        200: json(z.object({ refused: z.array(z.string()) }), 'Stored; `refused` are tenants that are not placed here'),
        default: problem,
      },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { clusterId } = c.req.valid('param');
      requireSelf(ctx, clusterId);
      const ask = c.req.valid('json');
      const placed = ask.acks.filter((ack) => ctx.caller.tenants.has(ack.tenantId));
      await recordAcks(ctx, clusterId, { ...ask, acks: placed });
      return c.json({ refused: ask.acks.filter((ack) => !placed.includes(ack)).map((ack) => ack.tenantId) }, 200);
    },
  );
