import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { SSO_DOMAINS_MAX } from '@aegis/skill-sdk/limits';
import { id } from '@aegis/skill-sdk/wire/common';
import {
  type SsoConnection,
  SsoConnectionUpdate,
  SsoDomain,
  SsoDomainCreate,
  SsoSettings,
  SsoTest,
} from '@aegis/skill-sdk/wire/sso';
import { createRoute, z } from '@hono/zod-openapi';
import { canTable } from '../../auth.ts';
import type { Context } from '../../context.ts';
import { isUniqueViolation } from '../../db.ts';
import { allowed, body, json, problem, room, signedIn } from '../../http.ts';
import { readIssuer } from '../../issuers.ts';
import { seal } from '../../sealed.ts';
import { reasonAgainstDomain, recordOf } from './domain-proof.ts';
import { redirectUri, secretOwner } from './provider.ts';
import * as store from './store.ts';
import { testConnection } from './test-connection.ts';

const TenantParams = z.object({ tenantId: id('tenant') });
const DomainParams = TenantParams.extend({ domainId: id('ssoDomain') });
const Done = z.object({ ok: z.literal(true) });
const PROOF_BYTES = 16;

function toDomain(row: store.Domain): z.infer<typeof SsoDomain> {
  const { id: domainId, domain, proof, verifiedAtMs, verifiedBy } = row;
  return {
    id: domainId,
    domain,
    record: recordOf(domain, proof),
    verifiedAt: verifiedAtMs === null ? null : toInstant(verifiedAtMs),
    verifiedBy,
  };
}

/** Field by field: the secret, sealed or not, is none of them. */
function toConnection(row: store.Connection): z.infer<typeof SsoConnection> {
  const { issuer, clientId, groupsClaim, roles, fallbackRole, mfaValues, mfaRequired, required } = row;
  return {
    ...{ issuer, clientId, groupsClaim, roles, fallbackRole, mfaValues, mfaRequired, required },
    hasSecret: row.sealedSecret !== null,
    updatedAt: toInstant(row.updatedAtMs),
  };
}

async function settingsOf(ctx: Context, tenantId: string): Promise<z.infer<typeof SsoSettings>> {
  const found = await store.connectionOf(ctx, tenantId);
  return {
    connection: found === undefined ? null : toConnection(found),
    domains: (await store.domainsOf(ctx, tenantId)).map(toDomain),
    redirectUri: redirectUri(ctx, tenantId),
    can: canTable(ctx.caller, { tenantId }, { change: { action: 'sso:write' }, confirm: { action: 'sso:confirm' } }),
  };
}

async function requireConnection(ctx: Context, tenantId: string): Promise<store.Connection> {
  const found = await store.connectionOf(ctx, tenantId);
  if (found !== undefined) return found;
  throw new AegisError('STATE_CONFLICT', { detail: 'This tenant has no single sign-on yet. Set it up first.' });
}

async function requireDomain(ctx: Context, params: z.infer<typeof DomainParams>): Promise<store.Domain> {
  const found = (await store.domainsOf(ctx, params.tenantId)).find(({ id: one }) => one === params.domainId);
  if (found === undefined) throw new AegisError('NOT_FOUND');
  return found;
}

/** The secret of before goes to no other issuer: who may change the address must not learn it by that. */
async function sealedSecretOf(
  ctx: Context,
  tenantId: string,
  ask: z.output<typeof SsoConnectionUpdate>,
  before: store.Connection | undefined,
): Promise<string | null> {
  if (ask.clientSecret === null) return null;
  if (ask.clientSecret !== undefined)
    return await seal(ctx.config.AUTH_SECRET, secretOwner(tenantId), ask.clientSecret);
  if (before === undefined || before.sealedSecret === null || before.issuer === ask.issuer)
    return before?.sealedSecret ?? null;
  const detail = 'Another issuer needs its own client secret: enter it.';
  throw new AegisError('VALIDATION_FAILED', { detail, errors: [{ pointer: '/clientSecret', detail }] });
}

/** Nobody is locked out: it must have worked once, and an owner must get in without it. Throws STATE_CONFLICT. */
async function requireWayIn(ctx: Context, tenantId: string, issuer: string): Promise<void> {
  if (!(await store.hasSignIn(ctx, tenantId, issuer))) {
    throw new AegisError('STATE_CONFLICT', {
      detail: 'Nobody has signed in through this provider yet. Do it once, then require it.',
    });
  }
  if (!(await store.hasBreakGlass(ctx, tenantId))) {
    throw new AegisError('STATE_CONFLICT', {
      detail:
        'No owner has a second factor, so nobody could get in when the provider is down. Set one up under Account first.',
    });
  }
}

async function requireIssuer(ctx: Context, issuer: string): Promise<void> {
  await readIssuer(ctx, issuer, true).catch((cause) => {
    if (!(cause instanceof AegisError)) throw cause;
    const detail = cause.detail ?? cause.title;
    throw new AegisError('VALIDATION_FAILED', { detail, errors: [{ pointer: '/issuer', detail }], cause });
  });
}

async function verify(ctx: Context, domain: store.Domain, by: 'dns' | 'admin') {
  if (domain.verifiedAtMs === null) {
    await store.verifyDomain(ctx, domain, by).catch((cause) => {
      if (!isUniqueViolation(cause, 'sso_domains.')) throw cause;
      throw new AegisError('STATE_CONFLICT', {
        detail: `Another tenant of this registry has proved ${domain.domain}. A platform admin can tell.`,
        cause,
      });
    });
  }
  return toDomain({ ...domain, verifiedAtMs: domain.verifiedAtMs ?? ctx.nowMs, verifiedBy: domain.verifiedBy ?? by });
}

/** How a tenant's people sign in through their company. */
export const ssoSettingsRoutes = room()
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/tenants/{tenantId}/sso',
      security: signedIn,
      request: { params: TenantParams },
      responses: { 200: json(SsoSettings, 'Without the client’s secret'), default: problem },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      return c.json(await settingsOf(allowed(c, 'sso:read', { tenantId }), tenantId), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'put',
      path: '/api/tenants/{tenantId}/sso',
      security: signedIn,
      request: { params: TenantParams, body: body(SsoConnectionUpdate) },
      responses: { 200: json(SsoSettings, 'Holds from now on, also for sessions that are open'), default: problem },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      const ctx = allowed(c, 'sso:write', { tenantId });
      const ask = c.req.valid('json');
      const before = await store.connectionOf(ctx, tenantId);
      const sealedSecret = await sealedSecretOf(ctx, tenantId, ask, before);
      if (ask.issuer !== before?.issuer) await requireIssuer(ctx, ask.issuer);
      if (ask.required) await requireWayIn(ctx, tenantId, ask.issuer);
      const { clientSecret: _, ...rest } = ask;
      await store.saveConnection(ctx, { ...rest, tenantId, sealedSecret, updatedAtMs: ctx.nowMs }, before);
      return c.json(await settingsOf(ctx, tenantId), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/tenants/{tenantId}/sso',
      security: signedIn,
      request: { params: TenantParams },
      responses: { 200: json(Done, 'Gone; sessions that came by it reach nothing'), default: problem },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      const ctx = allowed(c, 'sso:write', { tenantId });
      await store.removeConnection(ctx, await requireConnection(ctx, tenantId));
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/tenants/{tenantId}/sso/test',
      security: signedIn,
      request: { params: TenantParams },
      responses: { 200: json(SsoTest, 'What works and what does not, in words'), default: problem },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      const ctx = allowed(c, 'sso:write', { tenantId });
      const connection = await requireConnection(ctx, tenantId);
      return c.json({ checks: await testConnection(ctx, connection, await store.domainsOf(ctx, tenantId)) }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/tenants/{tenantId}/sso/domains',
      security: signedIn,
      request: { params: TenantParams, body: body(SsoDomainCreate) },
      responses: { 201: json(SsoDomain, 'Claimed; it counts when it is proved'), default: problem },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      const ctx = allowed(c, 'sso:write', { tenantId });
      const { domain } = c.req.valid('json');
      if ((await store.domainsOf(ctx, tenantId)).length >= SSO_DOMAINS_MAX)
        throw new AegisError('QUOTA_EXCEEDED', { detail: `A tenant has at most ${SSO_DOMAINS_MAX} domains.` });
      const proof = Buffer.from(crypto.getRandomValues(new Uint8Array(PROOF_BYTES))).toString('hex');
      const unproved = { createdAtMs: ctx.nowMs, verifiedAtMs: null, verifiedBy: null };
      const row = { id: ctx.newId('ssoDomain'), tenantId, domain, proof, ...unproved };
      await store.addDomain(ctx, row).catch((cause) => {
        if (!isUniqueViolation(cause, 'sso_domains.')) throw cause;
        throw new AegisError('ALREADY_EXISTS', { detail: `${domain} is on the list already.`, cause });
      });
      return c.json(toDomain(row), 201);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/tenants/{tenantId}/sso/domains/{domainId}/check',
      security: signedIn,
      request: { params: DomainParams },
      responses: { 200: json(SsoDomain, 'The record is there'), default: problem },
    }),
    async (c) => {
      const params = c.req.valid('param');
      const ctx = allowed(c, 'sso:write', { tenantId: params.tenantId });
      const domain = await requireDomain(ctx, params);
      const reason = await reasonAgainstDomain(ctx, domain.domain, domain.proof);
      if (reason !== null) throw new AegisError('STATE_CONFLICT', { detail: reason });
      return c.json(await verify(ctx, domain, 'dns'), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/tenants/{tenantId}/sso/domains/{domainId}',
      security: signedIn,
      request: { params: DomainParams },
      responses: { 200: json(Done, 'Addresses of it no longer come in'), default: problem },
    }),
    async (c) => {
      const params = c.req.valid('param');
      const ctx = allowed(c, 'sso:write', { tenantId: params.tenantId });
      await store.removeDomain(ctx, await requireDomain(ctx, params));
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'put',
      path: '/api/admin/tenants/{tenantId}/sso/domains/{domainId}',
      security: signedIn,
      request: { params: DomainParams },
      responses: { 200: json(SsoDomain, 'Confirmed by the platform'), default: problem },
    }),
    async (c) => {
      const params = c.req.valid('param');
      const ctx = allowed(c, 'sso:confirm', { tenantId: params.tenantId });
      return c.json(await verify(ctx, await requireDomain(ctx, params), 'admin'), 200);
    },
  );
