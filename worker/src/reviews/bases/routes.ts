import { signBase } from '@aegis/skill-sdk/approval';
import { toInstant } from '@aegis/skill-sdk/clock';
import { AegisError } from '@aegis/skill-sdk/errors';
import { diffPermissions, permissionsDigest } from '@aegis/skill-sdk/permissions';
import { id } from '@aegis/skill-sdk/wire/common';
import { BaseReview, BaseReviewRequest } from '@aegis/skill-sdk/wire/reviews';
import { createRoute, z } from '@hono/zod-openapi';
import { canTable } from '../../auth.ts';
import { ring } from '../../changes.ts';
import type { Context } from '../../context.ts';
import { isUniqueViolation } from '../../db.ts';
import { body, json, problem, room, signedIn } from '../../http.ts';
import { signingKey } from '../../signing.ts';
import { requireReviewReader } from '../decide.ts';
import { type BaseUnderReview, decideBase } from './decide-base.ts';
import * as store from './store.ts';

const BaseParams = z.object({ baseId: id('base') });
const path = '/api/admin/bases/{baseId}/review';

const underReview = (row: store.BaseRow): BaseUnderReview => ({
  ...row,
  widens: row.before !== null && diffPermissions(row.before, row.permissions).some(({ change }) => change === 'wider'),
});

function toBaseReview(ctx: Context, row: store.BaseRow): z.infer<typeof BaseReview> {
  const { caller } = ctx;
  const reasonAgainst = (status: 'approved' | 'rejected') => {
    try {
      decideBase(underReview(row), caller, { status, notes: 'a note' });
      return null;
    } catch (error) {
      if (error instanceof AegisError) return error.detail ?? error.title;
      throw error;
    }
  };
  const { id: baseId, tenantId, tenantName, agentId, agentName, revision, permissions } = row;
  return {
    id: baseId,
    tenantId,
    tenantName,
    agentId,
    agentName,
    revision,
    permissions,
    changes: diffPermissions(row.before, permissions),
    state: row.decision ?? 'pending_review',
    proposedBy: { kind: row.proposedByKind, id: row.proposedById, name: row.proposedByName },
    proposedAt: toInstant(row.proposedAtMs),
    notes: row.notes,
    can: canTable(caller, row, {
      approve: { action: 'base:review', unless: reasonAgainst('approved') },
      reject: { action: 'base:review', unless: reasonAgainst('rejected') },
    }),
  };
}

/** The signed statement that clusters check before they open a base. */
async function signApproved(ctx: Context, { tenantId, agentId, revision, permissions }: store.BaseRow) {
  return await signBase(
    { tenantId, agentId, revision, permissions },
    {
      permissions,
      permissionsDigest: await permissionsDigest(permissions),
      revision,
      reviewer: { id: ctx.caller.id, name: ctx.caller.name },
      decidedAt: toInstant(ctx.nowMs),
    },
    await signingKey(ctx.config, 'approval'),
  );
}

/** What an agent needs without any skill, decided like a skill's permissions. */
export const baseRoutes = room()
  .openapi(
    createRoute({
      method: 'get',
      path,
      security: signedIn,
      request: { params: BaseParams },
      responses: { 200: json(BaseReview, 'One proposal against the base in force'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      requireReviewReader(ctx.caller);
      const row = await store.baseById(ctx, c.req.valid('param').baseId);
      if (row === undefined) throw new AegisError('NOT_FOUND');
      return c.json(toBaseReview(ctx, row), 200);
    },
  )
  .openapi(
    createRoute({
      method: 'put',
      path,
      security: signedIn,
      request: { params: BaseParams, body: body(BaseReviewRequest) },
      responses: { 200: json(BaseReview, 'Decided; an approved base opens at once'), default: problem },
    }),
    async (c) => {
      const { ctx } = c.var;
      const row = await store.baseById(ctx, c.req.valid('param').baseId);
      const next = decideBase(row === undefined ? undefined : underReview(row), ctx.caller, c.req.valid('json'));
      if (row === undefined) throw new AegisError('NOT_FOUND');
      const envelope = next.kind === 'approved' ? await signApproved(ctx, row) : null;
      const decision = { ...next, baseId: row.id, tenantId: row.tenantId, envelope, decidedAtMs: ctx.nowMs };
      await store.recordBase(ctx, decision, row.agentId).catch((cause) => {
        if (!isUniqueViolation(cause, 'base_decisions.')) throw cause;
        throw new AegisError('REVIEW_CONFLICT', {
          detail: 'Somebody decided about these permissions at the same moment.',
          cause,
        });
      });
      if (next.kind === 'approved') c.executionCtx.waitUntil(ring(ctx, { tenantId: row.tenantId }));
      return c.json(toBaseReview(ctx, { ...row, decision: next.kind, notes: next.notes }), 200);
    },
  );
