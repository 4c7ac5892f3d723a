import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { JOIN_TOKEN_HOURS } from '@aegis/skill-sdk/limits';
import {
  type Cluster,
  ClusterCreate,
  ClusterCreated,
  ClusterList,
  Cluster as ClusterShape,
  type ClusterTenant,
  ClusterUpdate,
  type Enforcement,
  JoinTokenCreated,
  PlacementRequest,
} from '@aegis/skill-sdk/wire/clusters';
import { id } from '@aegis/skill-sdk/wire/common';
import { Page } from '@aegis/skill-sdk/wire/paging';
import { createRoute, z } from '@hono/zod-openapi';
import { canTable } from '../auth.ts';
import { ring } from '../changes.ts';
import type { Context } from '../context.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import { isUniqueViolation } from '../db.ts';
import { allowed, body, json, problem, room, signedIn } from '../http.ts';
import { newToken, tokenHash } from '../secrets.ts';
import * as store from './store.ts';
import { sync } from './sync/routes.ts';

const ClusterParams = z.object({ clusterId: id('cluster') });
const PlacementParams = ClusterParams.extend({ tenantId: id('tenant') });
/** Three missed polls and some patience. */
const SILENT_AFTER_MS = 90_000;
const HOUR_MS = 3_600_000;
const WORST: readonly Enforcement[] = ['none', 'unverified', 'verified'];

type ClusterRow = Awaited<ReturnType<typeof store.listClusters>>[number];
type TenantRow = Awaited<ReturnType<typeof store.tenantStates>>[number];

function toClusterTenant(row: TenantRow): ClusterTenant {
  const current = row.ackedRevision !== null && row.ackedRevision >= row.wantedRevision;
  return {
    tenantId: row.tenantId,
    tenantName: row.tenantName,
    mode: row.mode,
    wantedRevision: row.wantedRevision,
    ackedRevision: row.ackedRevision,
    state: row.state === null || (!current && row.state !== 'failed') ? 'pending' : row.state,
    error: row.error,
    enforcement: row.enforcement ?? 'none',
    ackedAt: row.ackedAtMs === null ? null : toInstant(row.ackedAtMs),
  };
}

function toCluster(ctx: Context, row: ClusterRow, tenants: readonly TenantRow[]): Cluster {
  const own = tenants.filter((tenant) => tenant.clusterId === row.id).map(toClusterTenant);
  const seen = row.lastSeenAtMs;
  const state = row.revokedAtMs !== null ? 'revoked' : row.publicKey === null ? 'waiting' : 'enrolled';
  const gone = row.revokedAtMs === null ? null : 'This cluster was revoked.';
  return {
    id: row.id,
    name: row.name,
    state,
    dryRun: row.dryRun,
    agentVersion: row.agentVersion,
    target: row.target,
    enforcement: WORST.find((word) => own.some((tenant) => tenant.enforcement === word)) ?? null,
    tenants: own,
    lastSeenAt: seen === null ? null : toInstant(seen),
    silent: state === 'enrolled' && (seen === null || ctx.nowMs - seen > SILENT_AFTER_MS),
    createdAt: toInstant(row.createdAtMs),
    can: canTable(
      ctx.caller,
      { tenantId: null },
      {
        place: { action: 'cluster:place', unless: gone },
        joinToken: { action: 'cluster:create', unless: gone },
        revoke: { action: 'cluster:revoke', unless: gone },
        update: { action: 'cluster:update', unless: gone },
      },
    ),
  };
}

async function clusterById(ctx: Context, clusterId: string): Promise<Cluster> {
  const [row] = await store.listClusters(ctx, { clusterId, after: null, limit: 1 });
  if (row === undefined) throw new AegisError('NOT_FOUND');
  return toCluster(ctx, row, await store.tenantStates(ctx, [clusterId]));
}

async function newJoinToken(ctx: Context) {
  const joinToken = await newToken('aegj_');
  const expiresAtMs = ctx.nowMs + JOIN_TOKEN_HOURS * HOUR_MS;
  return {
    joinToken,
    expiresAt: toInstant(expiresAtMs),
    row: { id: ctx.newId('joinToken'), tokenHash: await tokenHash(joinToken), expiresAtMs },
  };
}

export const clusters = room()
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/admin/clusters',
      security: signedIn,
      request: { query: Page },
      responses: { 200: json(ClusterList, 'Clusters with what each tenant has acknowledged'), default: problem },
    }),
    async (c) => {
      const ctx = allowed(c, 'cluster:read', { tenantId: null });
      const { limit, cursor } = c.req.valid('query');
      const after = decodeCursor(cursor, 1);
      const page = pageOf(
        await store.listClusters(ctx, { after: after === null ? null : String(after[0]), limit }),
        limit,
        (row) => [row.id],
      );
      const tenants = await store.tenantStates(
        ctx,
        page.rows.map((row) => row.id),
      );
      return c.json(
        { clusters: page.rows.map((row) => toCluster(ctx, row, tenants)), nextCursor: page.nextCursor },
        200,
      );
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/admin/clusters',
      security: signedIn,
      request: { body: body(ClusterCreate) },
      responses: { 201: json(ClusterCreated, 'The cluster and its join token, shown once'), default: problem },
    }),
    async (c) => {
      const ctx = allowed(c, 'cluster:create', { tenantId: null });
      const { name, dryRun } = c.req.valid('json');
      const clusterId = ctx.newId('cluster');
      const { joinToken, expiresAt, row } = await newJoinToken(ctx);
      await store.createCluster(ctx, { id: clusterId, name, dryRun }, row).catch((cause) => {
        if (!isUniqueViolation(cause)) throw cause;
        throw new AegisError('ALREADY_EXISTS', { detail: `There is a cluster with the name ${name} already.`, cause });
      });
      return c.json({ cluster: await clusterById(ctx, clusterId), joinToken, expiresAt }, 201);
    },
  )
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/admin/clusters/{clusterId}',
      security: signedIn,
      request: { params: ClusterParams },
      responses: { 200: json(ClusterShape, 'One cluster'), default: problem },
    }),
    async (c) =>
      c.json(await clusterById(allowed(c, 'cluster:read', { tenantId: null }), c.req.valid('param').clusterId), 200),
  )
  .openapi(
    createRoute({
      method: 'patch',
      path: '/api/admin/clusters/{clusterId}',
      security: signedIn,
      request: { params: ClusterParams, body: body(ClusterUpdate) },
      responses: {
        200: json(ClusterShape, 'Whether it runs dry-runs, for the tenants placed there'),
        default: problem,
      },
    }),
    async (c) => {
      const ctx = allowed(c, 'cluster:update', { tenantId: null });
      const { clusterId } = c.req.valid('param');
      const { dryRun } = c.req.valid('json');
      const before = await clusterById(ctx, clusterId);
      if (before.state === 'revoked') throw new AegisError('STATE_CONFLICT', { detail: 'This cluster was revoked.' });
      if (before.dryRun !== dryRun) await store.markDryRun(ctx, clusterId, dryRun);
      c.executionCtx.waitUntil(ring(ctx, { tenantId: null, clusterId }));
      return c.json(await clusterById(ctx, clusterId), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/admin/clusters/{clusterId}',
      security: signedIn,
      request: { params: ClusterParams },
      responses: { 200: json(ClusterShape, 'Revoked: its credentials and open polls end'), default: problem },
    }),
    async (c) => {
      const ctx = allowed(c, 'cluster:revoke', { tenantId: null });
      const { clusterId } = c.req.valid('param');
      if (!(await store.revokeCluster(ctx, clusterId))) throw new AegisError('NOT_FOUND');
      c.executionCtx.waitUntil(ring(ctx, { tenantId: null, clusterId }));
      return c.json(await clusterById(ctx, clusterId), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/admin/clusters/{clusterId}/join-token',
      security: signedIn,
      request: { params: ClusterParams },
      responses: { 201: json(JoinTokenCreated, 'A new join token; older unused ones end'), default: problem },
    }),
    async (c) => {
      const ctx = allowed(c, 'cluster:create', { tenantId: null });
      const { clusterId } = c.req.valid('param');
      const cluster = await clusterById(ctx, clusterId);
      if (cluster.state === 'revoked')
        throw new AegisError('STATE_CONFLICT', { detail: 'This cluster was revoked. Make a new one.' });
      const { joinToken, expiresAt, row } = await newJoinToken(ctx);
      await store.createJoinToken(ctx, clusterId, row);
      return c.json({ joinToken, expiresAt }, 201);
    },
  )
  .openapi(
    createRoute({
      method: 'put',
      path: '/api/admin/clusters/{clusterId}/tenants/{tenantId}',
      security: signedIn,
      request: { params: PlacementParams, body: body(PlacementRequest) },
      responses: { 200: json(ClusterShape, 'Placed in this mode'), default: problem },
    }),
    async (c) => {
      const ctx = allowed(c, 'cluster:place', { tenantId: null });
      const at = c.req.valid('param');
      const cluster = await clusterById(ctx, at.clusterId);
      if (cluster.state === 'revoked') throw new AegisError('STATE_CONFLICT', { detail: 'This cluster was revoked.' });
      if (!(await store.tenantExists(ctx, at.tenantId)))
        throw new AegisError('NOT_FOUND', { detail: 'There is no such tenant.' });
      await store.place(ctx, at, c.req.valid('json').mode);
      c.executionCtx.waitUntil(ring(ctx, { tenantId: null, clusterId: at.clusterId }));
      return c.json(await clusterById(ctx, at.clusterId), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/admin/clusters/{clusterId}/tenants/{tenantId}',
      security: signedIn,
      request: { params: PlacementParams },
      responses: { 200: json(ClusterShape, 'No longer placed'), default: problem },
    }),
    async (c) => {
      const ctx = allowed(c, 'cluster:place', { tenantId: null });
      const at = c.req.valid('param');
      if (!(await store.unplace(ctx, at))) throw new AegisError('NOT_FOUND');
      c.executionCtx.waitUntil(ring(ctx, { tenantId: null, clusterId: at.clusterId }));
      return c.json(await clusterById(ctx, at.clusterId), 200);
    },
  )
  .route('/', sync);
