import { id } from '@aegis/skill-sdk/wire/common';
import { ReviewAnswer } from '@aegis/skill-sdk/wire/reviews';
import { LiftRequest, MarkRequest } from '@aegis/skill-sdk/wire/skills';
import { createRoute, z } from '@hono/zod-openapi';
import { ring } from '../changes.ts';
import type { Context } from '../context.ts';
import { body, json, problem, room, signedIn } from '../http.ts';
import { type MarkAsk, type MarkName, mark } from './mark.ts';
import { recordDecision } from './review.ts';
import * as store from './store.ts';

const VersionParams = z.object({ id: id('version') });
const AUDITED = { deprecated: 'skill:deprecate', yanked: 'skill:yank', revoked: 'skill:revoke' } as const;

/** Sets or lifts a mark. Only a revocation changes what clusters run; the others concern new installs. */
async function change(ctx: Context, versionId: string, wanted: { mark: MarkName; set: boolean; ask: MarkAsk }) {
  const row = await store.markable(ctx, versionId);
  const next = mark(row, ctx.caller, wanted, ctx.nowMs);
  const revocation = wanted.mark === 'revoked';
  const answer = await recordDecision(ctx, next, {
    action: AUDITED[wanted.mark],
    before: { status: row?.status ?? '' },
    severity: revocation ? 'critical' : 'warning',
    change: revocation ? 'mark' : null,
  });
  return { answer, rung: revocation ? ring(ctx, { tenantId: next.tenantId }) : Promise.resolve() };
}

const setRoute = <P extends string>(path: P, description: string) =>
  createRoute({
    method: 'put',
    path,
    security: signedIn,
    request: { params: VersionParams, body: body(MarkRequest) },
    responses: { 200: json(ReviewAnswer, description), default: problem },
  });

const liftRoute = <P extends string>(path: P, description: string) =>
  createRoute({
    method: 'delete',
    path,
    security: signedIn,
    request: { params: VersionParams, body: body(LiftRequest) },
    responses: { 200: json(ReviewAnswer, description), default: problem },
  });

/** Deprecate warns, yank stops new installs, revoke removes it from every cluster (A96, X1). */
export const markRoutes = room()
  .openapi(setRoute('/api/skills/private/{id}/deprecation', 'Deprecated: installs warn'), async (c) => {
    const wanted = { mark: 'deprecated' as const, set: true, ask: c.req.valid('json') };
    return c.json((await change(c.var.ctx, c.req.valid('param').id, wanted)).answer, 200);
  })
  .openapi(liftRoute('/api/skills/private/{id}/deprecation', 'No longer deprecated'), async (c) => {
    const wanted = { mark: 'deprecated' as const, set: false, ask: c.req.valid('json') };
    return c.json((await change(c.var.ctx, c.req.valid('param').id, wanted)).answer, 200);
  })
  .openapi(setRoute('/api/skills/private/{id}/yank', 'Yanked: no new installs'), async (c) => {
    const wanted = { mark: 'yanked' as const, set: true, ask: c.req.valid('json') };
    return c.json((await change(c.var.ctx, c.req.valid('param').id, wanted)).answer, 200);
  })
  .openapi(liftRoute('/api/skills/private/{id}/yank', 'No longer yanked'), async (c) => {
    const wanted = { mark: 'yanked' as const, set: false, ask: c.req.valid('json') };
    return c.json((await change(c.var.ctx, c.req.valid('param').id, wanted)).answer, 200);
  })
  .openapi(setRoute('/api/admin/skills/private/{id}/revocation', 'Revoked: every cluster removes it'), async (c) => {
    const wanted = { mark: 'revoked' as const, set: true, ask: c.req.valid('json') };
    const { answer, rung } = await change(c.var.ctx, c.req.valid('param').id, wanted);
    c.executionCtx.waitUntil(rung);
    return c.json(answer, 200);
  })
  .openapi(liftRoute('/api/admin/skills/private/{id}/revocation', 'No longer revoked'), async (c) => {
    const wanted = { mark: 'revoked' as const, set: false, ask: c.req.valid('json') };
    const { answer, rung } = await change(c.var.ctx, c.req.valid('param').id, wanted);
    c.executionCtx.waitUntil(rung);
    return c.json(answer, 200);
  });
