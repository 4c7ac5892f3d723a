import { AegisError } from '@aegis/skill-sdk/errors';
import { id } from '@aegis/skill-sdk/wire/common';
import { ATTEMPT_HEADER, UploadAnswer } from '@aegis/skill-sdk/wire/skills';
import { createRoute, z } from '@hono/zod-openapi';
import { type Caller, requireCan } from '../auth.ts';
import { ring } from '../changes.ts';
import type { Context } from '../context.ts';
import { json, problem, room, signedIn } from '../http.ts';
import { requireBoundary } from './multipart.ts';
import { type Published, publish } from './publish.ts';
import { parseUpload, readBody, requireLength } from './receive.ts';
import * as store from './store.ts';
import { tenantOf } from './tenant-of.ts';

/** Described and not validated by zod: the body is read once, into one bounded buffer. */
const uploadBody = {
  required: true,
  content: {
    'multipart/form-data': {
      schema: {
        type: 'object' as const,
        required: ['file'],
        properties: {
          file: { type: 'string' as const, format: 'binary', description: 'The package, tar.gz, at most 16 MiB' },
          manifest: { type: 'string' as const, description: 'JSON; compared with the manifest inside the package' },
          archiveDigest: { type: 'string' as const, description: 'sha256:<64 hex> of `file`, as you declare it' },
        },
      },
    },
  },
};

/** Runs a publish and writes into its attempt why it failed. */
async function recorded(ctx: Context, attemptId: string, run: () => Promise<Published>): Promise<Published> {
  try {
    return await run();
  } catch (error) {
    const known = error instanceof AegisError ? error : new AegisError('INTERNAL');
    await store
      .failAttempt(ctx, attemptId, { code: known.code, detail: known.detail ?? known.title })
      .catch((cause) => ctx.log.warn('attempt was not recorded', { error: cause, attemptId }));
    throw error;
  }
}

/** The tenant that is published to; a job may only name its own, and `publish` looks at the name of the skill. */
function publishingTenant(caller: Caller, named: string | undefined): string {
  if (caller.skill === undefined || caller.tenantId === null) return tenantOf(caller, 'skill:publish', named);
  const tenantId = named ?? caller.tenantId;
  requireCan(caller, 'skill:publish', { tenantId, skill: caller.skill });
  return tenantId;
}

/** A81-A83, A102-A104. */
export const uploadRoutes = room().openapi(
  createRoute({
    method: 'post',
    path: '/api/skills/private/upload',
    security: signedIn,
    request: { query: z.object({ tenantId: id('tenant').optional() }), body: uploadBody },
    responses: {
      200: json(UploadAnswer, 'These bytes were published before'),
      201: json(UploadAnswer, 'Published; a reviewer decides. `Location` is the version, `Aegis-Attempt` the attempt'),
      default: problem,
    },
  }),
  async (c) => {
    const { ctx } = c.var;
    const tenantId = publishingTenant(ctx.caller, c.req.valid('query').tenantId);
    const contentType = c.req.header('content-type') ?? '';
    requireBoundary(c.req.header('content-type'));
    const length = requireLength(c.req.header('content-length'));
    const attemptId = await store.startAttempt(ctx, tenantId);
    c.header(ATTEMPT_HEADER, attemptId);
    const { version, created } = await recorded(ctx, attemptId, async () => {
      const body = await readBody(c.req.raw.body, length);
      return await publish(ctx, tenantId, attemptId, parseUpload(body, contentType));
    });
    if (!created) return c.json(version, 200);
    // Its first dry-run waits already; what the queue analyses is found at the next poll.
    c.executionCtx.waitUntil(ring(ctx, { tenantId, dryRun: true }));
    c.header('location', `/api/skills/private/${version.id}`);
    return c.json(version, 201);
  },
);
