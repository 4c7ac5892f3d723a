import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { CI_TOKEN_MINUTES, PUBLISHERS_MAX } from '@aegis/skill-sdk/limits';
import { id } from '@aegis/skill-sdk/wire/common';
import {
  CiToken,
  CiTokenRequest,
  GithubClaims,
  TrustedPublisher,
  TrustedPublisherCreate,
  TrustedPublisherList,
} from '@aegis/skill-sdk/wire/publishers';
import { createRoute, z } from '@hono/zod-openapi';
import { spend } from '../allowance.ts';
import { canTable } from '../auth.ts';
import type { Context } from '../context.ts';
import { isUniqueViolation } from '../db.ts';
import type { TrustedIssuer } from '../env.ts';
import { allowed, body, json, problem, room, signedIn } from '../http.ts';
import { newToken, tokenHash } from '../secrets.ts';
import { audiencesOf, verifyIdToken } from './id-token.ts';
import { describeToken, reasonAgainstToken } from './match.ts';
import * as store from './store.ts';

const TenantParams = z.object({ tenantId: id('tenant') });
const CI_PREFIX = 'aec_';
const MINUTE_MS = 60_000;

type WireId = z.infer<typeof TrustedPublisher>['id'];

function toPublisher(
  row: store.PublisherRow,
  createdBy: string | null,
  published: boolean,
): z.infer<typeof TrustedPublisher> {
  const { skillName, issuerId, label, claims, workflows, environment } = row;
  return {
    id: row.id as WireId,
    ...{ skillName, issuerId, label, claims, workflows, environment },
    pending: !published,
    createdBy: createdBy ?? 'unknown',
    createdAt: toInstant(row.createdAtMs),
    lastUsedAt: row.lastUsedAtMs === null ? null : toInstant(row.lastUsedAtMs),
  };
}

function issuerById(ctx: Context, issuerId: string): TrustedIssuer {
  const found = ctx.config.TRUSTED_ISSUERS.find((issuer) => issuer.id === issuerId);
  if (found !== undefined) return found;
  const known = ctx.config.TRUSTED_ISSUERS.map((issuer) => issuer.id).join(', ');
  throw new AegisError('VALIDATION_FAILED', {
    detail: `This registry does not trust an issuer ${issuerId}. It trusts: ${known}.`,
    errors: [{ pointer: '/issuerId', detail: `one of: ${known}` }],
  });
}

/** What is pinned must be what cannot change hands. Throws VALIDATION_FAILED with each wrong field. */
function requirePinned(issuer: TrustedIssuer, ask: z.output<typeof TrustedPublisherCreate>): void {
  const errors =
    issuer.kind === 'github'
      ? (GithubClaims.safeParse(ask.claims).error?.issues ?? []).map(({ path, message }) => ({
          pointer: `/claims/${path.join('/')}`,
          detail: message,
        }))
      : [...new Set([...issuer.claims, ...Object.keys(ask.claims)])]
          .filter((name) => !issuer.claims.includes(name) || ask.claims[name] === undefined)
          .map((name) => ({ pointer: `/claims/${name}`, detail: `wanted exactly: ${issuer.claims.join(', ')}` }));
  if (issuer.kind === 'github' && ask.workflows.length === 0)
    errors.push({ pointer: '/workflows', detail: 'at least one workflow, such as publish.yml' });
  if (errors.length > 0)
    throw new AegisError('VALIDATION_FAILED', { detail: 'A publisher pins immutable ids; see errors.', errors });
}

/** The one publisher that a verified token fits. Throws INVALID_GRANT, in words that only repeat the token's own. */
function chosen(
  ctx: Context,
  candidates: readonly store.PublisherRow[],
  claims: Record<string, unknown>,
  skill: string,
): store.PublisherRow {
  const kindOf = (issuerId: string) =>
    ctx.config.TRUSTED_ISSUERS.find(({ id: one }) => one === issuerId)?.kind ?? 'oidc';
  const fitting = candidates.filter(
    (row) => reasonAgainstToken({ ...row, issuerKind: kindOf(row.issuerId) }, claims) === null,
  );
  const [only, ...others] = fitting;
  if (only !== undefined && others.every(({ tenantId }) => tenantId === only.tenantId)) return only;
  throw new AegisError('INVALID_GRANT', {
    detail:
      only === undefined
        ? `No trusted publisher of a skill ${skill} fits this job: ${describeToken(claims)}. Compare it with the page “Trusted publishers”.`
        : `Several tenants trust this job for a skill ${skill}. Say which one is meant: tenantId.`,
  });
}

/** Publishing from CI without a secret: a job shows its OIDC token, and gets fifteen minutes for one skill. */
export const publishers = room()
  .openapi(
    createRoute({
      method: 'get',
      path: '/api/tenants/{tenantId}/publishers',
      security: signedIn,
      request: { params: TenantParams },
      responses: {
        200: json(TrustedPublisherList, 'Who may publish without a secret, newest first'),
        default: problem,
      },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      const ctx = allowed(c, 'publisher:read', { tenantId });
      const rows = await store.listPublishers(ctx, tenantId, PUBLISHERS_MAX);
      return c.json(
        {
          publishers: rows.map((row) => toPublisher(row.publisher, row.createdByName, row.published)),
          issuers: [...ctx.config.TRUSTED_ISSUERS],
          audience: audiencesOf(ctx)[0] ?? '',
          can: canTable(ctx.caller, { tenantId }, { change: { action: 'publisher:write' } }),
        },
        200,
      );
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/tenants/{tenantId}/publishers',
      security: signedIn,
      request: { params: TenantParams, body: body(TrustedPublisherCreate) },
      responses: { 201: json(TrustedPublisher, 'Trusted from now on, also for a skill to come'), default: problem },
    }),
    async (c) => {
      const { tenantId } = c.req.valid('param');
      const ctx = allowed(c, 'publisher:write', { tenantId });
      const ask = c.req.valid('json');
      requirePinned(issuerById(ctx, ask.issuerId), ask);
      if ((await store.countPublishers(ctx, tenantId)) >= PUBLISHERS_MAX) {
        throw new AegisError('QUOTA_EXCEEDED', {
          detail: `A tenant has at most ${PUBLISHERS_MAX} trusted publishers.`,
        });
      }
      const publisherId = ctx.newId('publisher');
      await store.createPublisher(ctx, { ...ask, id: publisherId, tenantId });
      const rows = await store.listPublishers(ctx, tenantId, PUBLISHERS_MAX);
      const made = rows.find(({ publisher }) => publisher.id === publisherId);
      if (made === undefined) throw new AegisError('NOT_FOUND');
      return c.json(toPublisher(made.publisher, made.createdByName, made.published), 201);
    },
  )
  .openapi(
    createRoute({
      method: 'delete',
      path: '/api/tenants/{tenantId}/publishers/{publisherId}',
      security: signedIn,
      request: { params: TenantParams.extend({ publisherId: id('publisher') }) },
      responses: {
        200: json(z.object({ ok: z.literal(true) }), 'No longer trusted; its tokens end within half a second'),
        default: problem,
      },
    }),
    async (c) => {
      const { tenantId, publisherId } = c.req.valid('param');
      const ctx = allowed(c, 'publisher:write', { tenantId });
      if (!(await store.removePublisher(ctx, tenantId, publisherId))) throw new AegisError('NOT_FOUND');
      return c.json({ ok: true as const }, 200);
    },
  )
  .openapi(
    createRoute({
      method: 'post',
      path: '/api/ci/token',
      request: { body: body(CiTokenRequest) },
      responses: { 200: json(CiToken, 'A token of fifteen minutes, for one skill'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const { token, skill, tenantId } = c.req.valid('json');
      await spend(ctx, 'ciToken', `address ${ctx.ipAddress ?? 'unknown'}`);
      const { issuer, claims } = await verifyIdToken(ctx, token);
      const candidates = await store.publishersFor(ctx, { issuerId: issuer.id, skillName: skill, tenantId });
      const publisher = chosen(ctx, candidates, claims, skill);
      const secret = await newToken(CI_PREFIX);
      const kept = {
        id: ctx.newId('ciToken'),
        hash: await tokenHash(secret),
        proofHash: await tokenHash(`${issuer.issuer} ${claims.jti}`),
        expiresAtMs: ctx.nowMs + CI_TOKEN_MINUTES * MINUTE_MS,
        job: describeToken(claims),
      };
      await store.addCiToken(ctx, publisher, kept).catch((cause) => {
        if (!isUniqueViolation(cause, 'ci_tokens.')) throw cause;
        throw new AegisError('INVALID_GRANT', { detail: 'This token was exchanged before. Ask for a new one.', cause });
      });
      return c.json(
        {
          access_token: secret,
          token_type: 'Bearer' as const,
          expires_in: CI_TOKEN_MINUTES * 60,
          tenant_id: publisher.tenantId as z.infer<typeof CiToken>['tenant_id'],
          skill,
        },
        200,
      );
    },
  );
